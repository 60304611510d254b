import { pictureSentence, type ExportFacts } from './facts';
import { judgeLimits } from './limits';
import { escapeHtml, paragraph, section, table } from './report.html';
import type { Tongue } from './report.tongue';

/** What this browser measured while the run went on. Never part of an export: the same recipe must give the same bytes. */
export interface ReportTimes {
  /** Seconds of each stage; null where an earlier run's result was used. */
  stages: { id: string; seconds: number | null }[];
}

/** Steps of one pass over so many images. */
const pass = (images: number, batch: number): number => Math.ceil(images / batch);

/** The name of a stage, such as "Training curve: random". */
export function stageName(id: string, { words }: Tongue): string {
  if (id === 'random') return words.stageOf(words.stages.select, words.parts.random);
  const [stage, part] = id.split(':');
  const name = Object.entries(words.stages).find(([known]) => known === stage)?.[1] ?? stage;
  return part === undefined ? name : words.stageOf(name, words.parts[part] ?? part);
}

/** Seconds of a training step by the longest curve that was computed in this run; sampling and evaluation are in it. */
function stepSeconds(facts: ExportFacts, times: ReportTimes | null): number | null {
  const found = times?.stages.filter(({ id, seconds }) => id.startsWith('curve:') && seconds !== null).map(({ seconds }) => seconds ?? 0) ?? [];
  return facts.training && found.length > 0 ? Math.max(...found) / facts.training.steps : null;
}

/** What was saved: images, bytes, steps of a pass and, outside of exports, measured time. */
export function savedSection(facts: ExportFacts, times: ReportTimes | null, tongue: Tongue): string {
  const { words, count, percent, bytes, seconds } = tongue;
  const say = words.saved;
  const { trainImages, trainBytes } = facts.dataset;
  const less = (after: number, before: number) => percent(1 - after / before);
  const rows = [
    [say.images, count(trainImages), count(facts.count), less(facts.count, trainImages)],
    [say.bytes, bytes(trainBytes), bytes(facts.pictures.bytes), less(facts.pictures.bytes, trainBytes)],
  ];
  const perStep = stepSeconds(facts, times);
  if (facts.training) {
    const { batch } = facts.training;
    const [before, after] = [pass(trainImages, batch), pass(facts.count, batch)];
    rows.push([say.steps(String(batch)), count(before), count(after), less(after, before)]);
    if (perStep !== null) rows.push([say.time(words.stages.curve), seconds(before * perStep), seconds(after * perStep), less(after, before)]);
  }
  const engine = facts.engine ? `${facts.engine.kind}, ${facts.engine.adapter}` : words.notRecorded;
  return section(
    say.title,
    paragraph(say.sentence(count(facts.count), count(trainImages), percent(facts.count / trainImages), bytes(facts.pictures.bytes), bytes(trainBytes)), 'lead'),
    table(say.caption, [say.quantity, say.before, say.after, say.saved], rows),
    paragraph(say.pass(percent(facts.count / trainImages))),
    facts.training && facts.result ? paragraph(say.equal(count(facts.training.steps))) : '',
    paragraph(pictureSentence(facts, tongue)),
    times ? (perStep === null ? '' : paragraph(say.timeNote(seconds(perStep), engine))) : paragraph(say.noTimes, 'quiet'),
  );
}

/** The figures a manager asks for first, as tiles. */
export function keyFigures(facts: ExportFacts, { words, count, percent, bytes, figure }: Tongue): string {
  const say = words.key;
  const { trainImages, trainBytes } = facts.dataset;
  const metrics = facts.result?.metrics;
  const found = judgeLimits(facts.limits, facts);
  const having = (verdict: string) => String(found.filter((each) => each.verdict === verdict).length);
  const tiles: [string, string, string][] = [
    [say.images, count(facts.count), say.of(percent(facts.count / trainImages), count(trainImages))],
    [say.bytes, bytes(facts.pictures.bytes), say.of(percent(facts.pictures.bytes / trainBytes), bytes(trainBytes))],
  ];
  if (facts.training) {
    const [before, after] = [pass(trainImages, facts.training.batch), pass(facts.count, facts.training.batch)];
    tiles.push([say.steps, count(after), say.of(percent(after / before), count(before))]);
  }
  tiles.push([say.quality, metrics ? figure(metrics.fdDomain.method) : words.notMeasured, metrics ? say.against(figure(metrics.fdDomain.random), figure(metrics.fdDomain.full)) : '']);
  if (metrics?.students) {
    const { method, random, full } = metrics.students;
    tiles.push([say.accuracy, percent(method.hard.mean), say.against(percent(random.hard.mean), percent(full.hard.mean))]);
  }
  tiles.push([say.limits, found.length === 0 ? say.limitsNone : say.limitsMet(having('met'), String(found.length)), found.length === 0 ? '' : say.limitsNote(having('not-met'), having('not-measured'))]);
  const shown = tiles.map((parts) => {
    const [name, value, note] = parts.map(escapeHtml);
    return `<div><dt>${name}</dt><dd class="big">${value}</dd>${note === '' ? '' : `<dd class="note">${note}</dd>`}</div>`;
  });
  return `<dl class="key">${shown.join('\n')}</dl>`;
}
