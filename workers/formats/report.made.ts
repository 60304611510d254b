import { describeSelection, SUSPECTS_LISTED, type ExportFacts } from './facts';
import { bullets, paragraph, section, subtitle, table, terms } from './report.html';
import { stageName, type ReportTimes } from './report.saved';
import type { Tongue } from './report.tongue';

/** What the audit found in the folder and how much of it is in this set, with the first paths of each kind. */
export function auditSection(facts: ExportFacts, tongue: Tongue): string {
  const { words, count, percent, figure } = tongue;
  const say = words.audit;
  if (facts.audit === null) return section(say.title, paragraph(say.none));
  const { figures, found } = facts.audit;
  const kept = found?.kept;
  const inSet = (number: number | undefined) => (number === undefined ? words.notMeasured : count(number));
  const rows = [
    [say.exact, count(figures.exactDuplicates), '0'],
    [say.near, count(figures.nearDuplicates), kept ? say.nearKept(count(kept.nearDuplicates)) : words.notMeasured],
    [say.mislabelled, count(figures.mislabelled), inSet(kept?.mislabelled)],
    [say.outliers, count(figures.outliers), inSet(kept?.outliers)],
  ];
  const lists = found === null || facts.hideNames ? [] : [
    [say.near, found.nearDuplicates.map(({ first, second }) => say.pair(first, second))] as const,
    [say.mislabelled, found.mislabelled.map(({ path, label, suggested }) => say.suspect(path, label, suggested))] as const,
    [say.outliers, found.outliers] as const,
  ].filter(([, items]) => items.length > 0);
  return section(
    say.title,
    paragraph(say.sentence(count(figures.looked))),
    table(say.caption, [say.finding, say.found, say.inSet], rows),
    paragraph(say.margin(figure(figures.margin), percent(figures.outlierLevel)), 'quiet'),
    facts.hideNames ? paragraph(say.hidden, 'quiet') : lists.length > 0 ? paragraph(say.lists(String(SUSPECTS_LISTED))) : '',
    ...lists.map(([title, items]) => subtitle(title) + bullets(items)),
  );
}

/** What each stage computed, as a hash, and how long it took where that may be told: in the order of the run then, else of the names. */
function stages(facts: ExportFacts, times: ReportTimes | null, tongue: Tongue): string[] {
  const { words, seconds: show, join } = tongue;
  const { made, saved } = words;
  const keys = new Map(facts.stages.map(({ id, key }) => [id, key]));
  if (times === null) {
    const rows = [...keys].map(([id, key]) => [stageName(id, tongue), key]);
    return rows.length > 0 ? [table(made.keys, [made.stage, made.key], rows, 'hash small'), paragraph(made.keysNote, 'quiet')] : [];
  }
  const total = times.stages.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  const rows = times.stages.map(({ id, seconds }) => [stageName(id, tongue), keys.get(id) ?? '', seconds === null ? saved.reused : show(seconds)]);
  return [
    table(saved.times, [made.stage, made.key, saved.seconds], [...rows, [saved.total, '', show(total)]], 'hash small'),
    paragraph(join(saved.timesNote, made.keysNote), 'quiet'),
  ];
}

/** Recipe, engine and hashes: what somebody needs to make the set again and to know it is the same. */
export function madeSection(facts: ExportFacts, times: ReportTimes | null, tongue: Tongue): string {
  const { words, list } = tongue;
  const say = words.made;
  const { recipe, engine, dataset } = facts;
  const pairs: [string, string][] = [
    [say.selection, describeSelection(facts.selection, tongue)],
    [say.engine, engine ? `${engine.kind}, ${engine.adapter}` : words.notRecorded],
    [say.source, say.sourceText(dataset.name === '' ? words.hidden : dataset.name, dataset.hash)],
    [say.seed, say.seedText(String(recipe.seed), recipe.preset)],
    [say.licence, facts.licence === '' ? words.notStated : facts.licence],
    [say.app, say.appText(facts.appVersion)],
    [say.recipe, recipe.sha256],
  ];
  const options = recipe.options.map(({ stage, values }) => [stageName(stage, tongue), list(values.map(([name, value]) => `${name} ${value === '' ? '""' : String(value)}`))]);
  return section(
    say.title, terms(pairs),
    table(say.options, [say.stage, say.values], options, 'text small'),
    ...stages(facts, times, tongue),
  );
}

/** What these figures cannot tell. */
export function honestSection(facts: ExportFacts, { words }: Tongue): string {
  const say = words.honest;
  const metrics = facts.result?.metrics;
  return section(say.title, bullets([
    ...(metrics ? [say.oneSeed, say.equalSteps, say.smallN(String(metrics.fdDomain.n)), metrics.judgeIsDisjoint ? say.small : say.shared] : []),
    ...(metrics?.students ? [say.fewSeeds(String(metrics.students.method.hard.n))] : []),
    say.unmeasured,
  ]));
}
