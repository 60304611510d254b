import { escapeXml } from './svg';

export { escapeXml as escapeHtml } from './svg';

/** A number and its sign of per cent stay on one line. */
const cellText = (text: string): string => escapeXml(text).replace(/(\d) %/g, '$1\u00a0%');

/** A table of texts, escaped. The first cell of a row is its heading; short tables stay on one page, longer ones repeat their head. */
export function table(caption: string, head: readonly string[], rows: readonly (readonly string[])[], style = ''): string {
  const classes = [style, rows.length <= 12 ? 'short' : ''].filter((each) => each !== '').join(' ');
  const columns = head.map((cell) => `<th scope="col">${escapeXml(cell)}</th>`).join('');
  const body = rows.map(([first, ...rest]) => `<tr><th scope="row">${escapeXml(first)}</th>${rest.map((cell) => `<td>${cellText(cell)}</td>`).join('')}</tr>`);
  return `<table${classes === '' ? '' : ` class="${classes}"`}><caption>${escapeXml(caption)}</caption><thead><tr>${columns}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`;
}

export function paragraph(text: string, style = ''): string {
  return text === '' ? '' : `<p${style === '' ? '' : ` class="${style}"`}>${escapeXml(text)}</p>`;
}

export function bullets(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${escapeXml(item)}</li>`).join('\n')}</ul>`;
}

/** A chart of ours with its sentence; nothing where there is no chart. */
export function chart(svg: string, sentence: string): string {
  return svg === '' ? '' : `<figure>${svg}<figcaption>${escapeXml(sentence)}</figcaption></figure>`;
}

export function section(title: string, ...parts: readonly string[]): string {
  return ['<section>', `<h2>${escapeXml(title)}</h2>`, ...parts.filter((part) => part !== ''), '</section>'].join('\n');
}

export function subtitle(text: string): string {
  return `<h3>${escapeXml(text)}</h3>`;
}

export function terms(pairs: readonly (readonly [string, string])[], style = ''): string {
  return `<dl${style === '' ? '' : ` class="${style}"`}>${pairs.map(([name, value]) => `<dt>${escapeXml(name)}</dt><dd>${escapeXml(value)}</dd>`).join('\n')}</dl>`;
}
