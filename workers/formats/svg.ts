import type { Arm, CurvePoint } from '../protocol';
import { EN, figure, type Tongue } from './report.tongue';

/**
 * Small static charts. SVG and never PNG, because loaders such as EDM's take every picture in a zip for data. Colours differ
 * in lightness too and lines in their dashes, so that print and colour blindness lose nothing.
 */

export const WIDTH = 640;
const FONT = 'font-family="system-ui, sans-serif" font-size="12"';

export function escapeXml(text: string): string {
  // Control characters are not allowed in XML at all, even escaped.
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

export function svg(height: number, title: string, body: string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(title)}" ${FONT}>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`, ...body, '</svg>', '',
  ].join('\n');
}

export const at = (value: number): string => String(Math.round(value * 100) / 100);

/** Markers differ as well as dashes, so that a line is told from the others where it is one point. */
const ARMS: { arm: Arm; colour: string; dash: string; marker: 'circle' | 'square' | 'triangle' }[] = [
  { arm: 'method', colour: '#0b5cad', dash: '', marker: 'circle' },
  { arm: 'random', colour: '#c4620a', dash: ' stroke-dasharray="6 4"', marker: 'square' },
  { arm: 'full', colour: '#4d4d4d', dash: ' stroke-dasharray="2 3"', marker: 'triangle' },
];

function mark(shape: (typeof ARMS)[number]['marker'], x: number, y: number, colour: string): string {
  if (shape === 'circle') return `<circle cx="${at(x)}" cy="${at(y)}" r="3.5" fill="${colour}"/>`;
  if (shape === 'square') return `<rect x="${at(x - 3.5)}" y="${at(y - 3.5)}" width="7" height="7" fill="#ffffff" stroke="${colour}" stroke-width="1.5"/>`;
  return `<path d="M${at(x)} ${at(y - 4.5)}l4.5 8h-9z" fill="${colour}"/>`;
}

/** About five round numbers from 0 to at least `most`. */
export function ticks(most: number): number[] {
  const raw = most / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 2.5, 5, 10].find((each) => each * power >= raw) ?? 10);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) => i * step);
}

/** FD(domain) over training steps for each arm, with the noise floor as a band. Empty string when there is no point to draw. */
export function curveChart(curves: Record<Arm, readonly CurvePoint[]>, floor: number, { words }: Tongue = EN): string {
  const points = ARMS.flatMap(({ arm }) => curves[arm]).filter(({ fd }) => Number.isFinite(fd));
  if (points.length === 0) return '';
  const box = { left: 56, right: WIDTH - 16, top: 36, bottom: 264 };
  const lastStep = Math.max(1, ...points.map(({ step }) => step));
  const levels = ticks(Math.max(floor, ...points.map(({ fd }) => fd)) || 1);
  const top = levels[levels.length - 1];
  const x = (step: number) => box.left + (step / lastStep) * (box.right - box.left);
  const y = (fd: number) => box.bottom - (fd / top) * (box.bottom - box.top);
  const body = levels.flatMap((level) => [
    `<line x1="${box.left}" x2="${box.right}" y1="${at(y(level))}" y2="${at(y(level))}" stroke="#dddddd"/>`,
    `<text x="${box.left - 6}" y="${at(y(level))}" text-anchor="end" dominant-baseline="middle">${figure(level)}</text>`,
  ]);
  body.push(`<rect x="${box.left}" width="${box.right - box.left}" y="${at(y(floor))}" height="${at(box.bottom - y(floor))}" fill="#000000" fill-opacity="0.08"><title>${escapeXml(words.cost.floor(figure(floor)))}</title></rect>`);
  ARMS.forEach(({ arm, colour, dash, marker }, index) => {
    const drawn = curves[arm].filter(({ fd }) => Number.isFinite(fd)).map(({ step, fd }) => [x(step), y(fd)]);
    const left = box.left + index * 180;
    body.push(
      `<polyline points="${drawn.map(([px, py]) => `${at(px)},${at(py)}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`,
      ...drawn.map(([px, py]) => mark(marker, px, py, colour)),
      `<line x1="${left}" x2="${left + 24}" y1="18" y2="18" stroke="${colour}" stroke-width="2"${dash}/>`,
      mark(marker, left + 12, 18, colour),
      `<text x="${left + 30}" y="18" dominant-baseline="middle">${escapeXml(words.arms[arm])}</text>`,
    );
  });
  body.push(
    `<text x="${box.left}" y="284" dominant-baseline="middle">0</text>`,
    `<text x="${box.right}" y="284" text-anchor="end" dominant-baseline="middle">${escapeXml(words.cost.steps(String(lastStep)))}</text>`,
    `<text x="${WIDTH / 2}" y="284" text-anchor="middle" dominant-baseline="middle">${escapeXml(words.cost.axis)}</text>`,
  );
  return svg(300, words.cost.chart, body);
}
