import type { ExportFacts } from './facts';
import { chart, paragraph, section, subtitle, table } from './report.html';
import type { Tongue } from './report.tongue';
import { difficultyChart, shareChart } from './svg.bars';

/** Rows of a metadata table: beyond that a value moved less than those shown. */
const VALUES_SHOWN = 12;
/** Groups of a chart; more are in the table alone. */
const CHARTED = 20;

interface Group {
  name: string;
  before: number;
  after: number;
}

interface Shift extends Group {
  was: number;
  is: number;
}

function shifts(groups: readonly Group[]): Shift[] {
  const [kept, all] = [groups.reduce((sum, each) => sum + each.after, 0), groups.reduce((sum, each) => sum + each.before, 0)];
  return groups.map((each) => ({ ...each, was: each.before / all, is: each.after / kept }));
}

const change = ({ was, is }: Shift): number => Math.abs(is - was);
const furthest = (list: readonly Shift[]): Shift => list.reduce((most, each) => (change(each) > change(most) ? each : most));

function note({ was, is, before, after }: Shift, { words }: Tongue): string {
  if (before > 0 && after === 0) return words.shares.gone;
  return is < was / 2 ? words.shares.lost : '';
}

function sentence(list: readonly Shift[], drift: string, { words, percent, join }: Tongue): string {
  const most = furthest(list);
  return join(drift, change(most) > 0 ? words.shares.largest(most.name, percent(most.was), percent(most.is)) : '');
}

/** Every column of the label table: shares of its values before and after, those that moved most first. */
function metadata(facts: ExportFacts, tongue: Tongue): string {
  const { words, count, percent, points } = tongue;
  const say = words.shares;
  if (facts.columns.length === 0) return paragraph(say.noColumns, 'quiet');
  return facts.columns.map(({ name, values, drift }) => {
    const named = values.map(({ value, ...counts }, index) => ({
      ...counts, name: facts.hideNames ? say.hiddenValue(String(index + 1)) : value === '' ? say.empty : value,
    }));
    const found = shifts(named);
    const shown = found.toSorted((a, b) => change(b) - change(a)).slice(0, VALUES_SHOWN);
    const rows = shown.map((each) => [each.name, count(each.before), count(each.after), percent(each.was), percent(each.is), points(each.is - each.was), note(each, tongue)]);
    const rest = found.length - shown.length;
    return [
      subtitle(say.metadata(name)),
      paragraph(sentence(found, say.columnDrift(percent(drift)), tongue)),
      table(say.columnCaption, [say.value, say.images, say.kept, say.before, say.after, say.change, say.note], rows),
      rest > 0 ? paragraph(words.others(String(rest)), 'quiet') : '',
    ].join('\n');
  }).join('\n');
}

/** Shares of classes and of metadata values before and after, with the distance between them. */
export function sharesSection(facts: ExportFacts, tongue: Tongue): string {
  const { words, count, percent, points } = tongue;
  const say = words.shares;
  const found = shifts(facts.classes);
  const told = sentence(found, say.drift(percent(facts.classDrift)), tongue);
  const rows = facts.classes.map((each, at) => {
    const shift = found[at];
    return [each.name, String(each.index), count(each.before), count(each.after), percent(shift.was), percent(shift.is), points(shift.is - shift.was), note(shift, tongue)];
  });
  return section(
    say.title,
    facts.classes.length <= CHARTED ? chart(shareChart(facts.classes, tongue), told) : paragraph(told),
    table(say.caption, [say.name, say.label, say.images, say.kept, say.before, say.after, say.change, say.note], rows),
    metadata(facts, tongue),
  );
}

/** Where the kept images lie on the scale of difficulty. Nothing when there are no scores. */
export function difficultySection({ difficulty }: ExportFacts, tongue: Tongue): string {
  if (difficulty === null) return '';
  const { words, figure, count, percent } = tongue;
  const say = words.difficulty;
  const { edges, most, before, after, median, above, below } = difficulty;
  const end = (index: number) => (index === before.length - 1 ? most : edges[index + 1]);
  const rows = before.map((number, index) => [figure(edges[index]), figure(end(index)), count(number), count(after[index])]);
  return section(
    say.title,
    chart(difficultyChart(difficulty, tongue), say.sentence(figure(median.before), figure(median.after), percent(above), percent(below))),
    table(say.caption, [say.from, say.to, say.all, say.kept], rows),
  );
}
