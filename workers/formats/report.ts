import type { ExportFacts } from './facts';
import { costSection } from './report.cost';
import { escapeHtml, paragraph } from './report.html';
import { limitsSection } from './report.limits';
import { auditSection, honestSection, madeSection } from './report.made';
import { keyFigures, savedSection, type ReportTimes } from './report.saved';
import { difficultySection, sharesSection } from './report.shares';
import { REPORT_STYLE } from './report.style';
import { EN, TONGUES, type Tongue } from './report.tongue';

export type { ReportTimes } from './report.saved';

function article(facts: ExportFacts, times: ReportTimes | null, tongue: Tongue): string {
  const { words } = tongue;
  return [
    `<article lang="${tongue.code}">`,
    `<h1>${escapeHtml(facts.title)}</h1>`, paragraph(words.report, 'quiet'),
    keyFigures(facts, tongue),
    savedSection(facts, times, tongue),
    costSection(facts, tongue),
    limitsSection(facts, tongue),
    sharesSection(facts, tongue),
    difficultySection(facts, tongue),
    auditSection(facts, tongue),
    madeSection(facts, times, tongue),
    honestSection(facts, tongue),
    '</article>',
  ].filter((part) => part !== '').join('\n');
}

/** A text in every language, of which the style shows one. */
function both(write: (tongue: Tongue) => string): string {
  return TONGUES.map((tongue) => `<span lang="${tongue.code}">${escapeHtml(write(tongue))}</span>`).join('');
}

/** A few pictures of each class, once for all languages. The addresses are data made by the export. */
function sheet(facts: ExportFacts): string {
  const shown = facts.sheet.reduce((sum, { pictures }) => sum + pictures.length, 0);
  if (shown === 0) return '';
  const rows = facts.sheet.map(({ classIndex, pictures }) => {
    const { name, after } = facts.classes[classIndex];
    const title = both(({ words, count }) => words.sheet.row(name, count(pictures.length), count(after)));
    const images = pictures.map((address) => `<img alt="" src="${escapeHtml(address)}"/>`);
    return `<p>${title}</p><div>${images.join('')}</div>`;
  });
  return [
    '<section class="both">', `<h2>${both(({ words }) => words.sheet.title)}</h2>`,
    `<p>${both(({ words, count }) => words.sheet.note(count(shown), count(facts.count)))}</p>`, `<div class="sheet">${rows.join('\n')}</div>`, '</section>',
  ].join('\n');
}

/**
 * report.html: one self-contained page to read or print, for someone who has to decide and was not there, in English and Japanese with a switch that needs no script. No
 * date, no link outside.
 *
 * @param times what this browser measured; null in an export, whose bytes may not depend on a clock. @param language the one it opens in.
 */
export function writeReport(facts: ExportFacts, times: ReportTimes | null = null, language: Tongue['code'] = EN.code): string {
  const switches = TONGUES.map(({ code, words }) =>
    `<input class="switch" type="radio" name="language" id="in-${code}"${code === language ? ' checked=""' : ''}/><label for="in-${code}"><span lang="${code}">${escapeHtml(words.language)}</span></label>`);
  return [
    '<!doctype html>', `<html lang="${language}">`, '<head>', '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">', `<title>${escapeHtml(facts.title)}</title>`, `<style>${REPORT_STYLE}</style>`, '</head>', '<body>',
    ...switches, ...TONGUES.map((tongue) => article(facts, times, tongue)), sheet(facts), '</body>', '</html>', '',
  ].join('\n');
}
