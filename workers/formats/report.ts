import { pictureSentence } from './card';
import type { Arm } from '../protocol';
import { describeSelection, figure, humanBytes, metricRows, percent, verdicts, type ExportFacts } from './facts';
import { escapeXml as text } from './svg';

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2rem 0 .5rem;border-bottom:1px solid #ccc}
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{text-align:right;padding:.25rem .5rem;border-bottom:1px solid #e2e2e2}
th:first-child,td:first-child{text-align:left}caption{text-align:left;color:#555}figure{margin:1rem 0}svg{width:100%;height:auto}
dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}.met{color:#17663a}.missed{color:#a32020}
@media print{body{margin:0;max-width:none;font-size:11pt}h2{break-after:avoid}figure,tr{break-inside:avoid}}`;

function table(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) => row.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join('');
  return `<table><caption>${text(caption)}</caption><thead><tr>${cells('th', head)}</tr></thead><tbody>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')}</tbody></table>`;
}

interface Check {
  question: string;
  met: boolean;
  detail: string;
}

/** The limits a set should keep before it is handed on. Each is decided by the figures beside it, not by taste. */
function checks(facts: ExportFacts): Check[] {
  const least = facts.classes.reduce((low, each) => (each.after / each.before < low.after / low.before ? each : low));
  const list: Check[] = [{
    question: 'Every class is still there',
    met: facts.classes.every(({ after }) => after > 0),
    detail: `The smallest share kept is ${percent(least.after / least.before)}, of ${least.name}.`,
  }];
  if (facts.result) {
    const { fdDomain, fdRaw } = facts.result.metrics;
    list.push(
      { question: 'Better than a random set of the same size, as training data', met: fdDomain.method < fdDomain.random, detail: `FD(domain) ${figure(fdDomain.method)} against ${figure(fdDomain.random)}, one training each.` },
      { question: 'At least as close to the held-out images as random draws are', met: fdRaw.method <= fdRaw.random.mean, detail: `FD(domain) of the images ${figure(fdRaw.method)} against ${figure(fdRaw.random.mean)} ± ${figure(fdRaw.random.sd)}.` },
    );
  }
  return list;
}

function cost(facts: ExportFacts): string {
  if (facts.result === null) return `<p>${text(facts.unmeasured)}</p>`;
  const { fdDomain, recall } = facts.result.metrics;
  const rows = metricRows(facts.result).map((row) => [row.name, row.method, row.random, row.full, row.floor]);
  const reached = (arm: Arm) => (recall ? `, recall ${percent(recall[arm])}` : '');
  return [
    `<p>Trained on this set, FD(domain) is ${figure(fdDomain.method)}${reached('method')}; trained on all ${facts.dataset.trainImages} images it is ${figure(fdDomain.full)}${reached('full')}. Lower is better${recall ? ', and recall higher' : ''}.</p>`,
    table('Figures with their baselines', ['Figure', 'This set', 'Random, same size', 'All images', 'Floor'], rows),
    `<ul>${verdicts(facts.result).map((sentence) => `<li>${text(sentence)}</li>`).join('\n')}</ul>`,
  ].join('\n');
}

function shares(facts: ExportFacts): string {
  const rows = facts.classes.map(({ index, name, before, after }) => {
    const was = before / facts.dataset.trainImages;
    const is = after / facts.count;
    return [name, String(index), String(before), String(after), percent(was), percent(is), is < was / 2 ? 'less than half its share' : ''];
  });
  const drift = facts.result?.metrics.classDrift;
  return [
    ...(drift ? [`<p>${percent(drift.total)} of the images would have to be of another class for the classes to have the shares they had (total variation).</p>`] : []),
    table('Share of every class before and after', ['Class', 'Label', 'Training images', 'Kept', 'Share before', 'Share now', 'Note'], rows),
  ].join('\n');
}

/**
 * report.html: one self-contained page to read or print, for someone who has to decide and was not there. `charts` are SVG
 * texts made by this project. No script, no date, no link outside.
 */
export function writeReport(facts: ExportFacts, charts: readonly string[]): string {
  const before = facts.dataset;
  const verdictRows = checks(facts).map(({ question, met, detail }) => `<li><strong class="${met ? 'met' : 'missed'}">${met ? 'Met' : 'Not met'}</strong>: ${text(question)}. ${text(detail)}</li>`);
  const settings: [string, string][] = [
    ['Selection', describeSelection(facts.selection)],
    ['Engine', facts.engine ? `${facts.engine.kind}, ${facts.engine.adapter}` : 'not recorded'],
    ['Source', `${before.name === '' ? 'name hidden' : before.name}, data hash ${before.hash}`],
    ['Licence', facts.licence === '' ? 'not stated' : facts.licence],
    ['Made with', `Retort ${facts.appVersion}; recipe.json replays it`],
  ];
  return [
    '<!doctype html>', '<html lang="en">', '<head>', '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">', `<title>${text(facts.title)}</title>`, `<style>${STYLE}</style>`, '</head>', '<body>',
    `<h1>${text(facts.title)}</h1>`, '<p>Report on a condensed data set.</p>',
    '<h2>What was saved</h2>',
    `<p>${facts.count} images instead of ${before.trainImages} (${percent(facts.count / before.trainImages)}), ${humanBytes(facts.pictures.bytes)} of pictures instead of ${humanBytes(before.trainBytes)}. One pass over the set takes ${percent(facts.count / before.trainImages)} of the training steps that one pass over all images takes at the same batch size.</p>`,
    `<p>${text(pictureSentence(facts))}</p>`,
    '<h2>What it cost in quality</h2>', cost(facts),
    '<h2>Limits kept</h2>', `<ul>${verdictRows.join('\n')}</ul>`,
    '<h2>Classes</h2>', shares(facts),
    ...charts.filter((chart) => chart !== '').map((chart) => `<figure>${chart}</figure>`),
    '<h2>How it was made</h2>', `<dl>${settings.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`).join('\n')}</dl>`,
    '</body>', '</html>', '',
  ].join('\n');
}
