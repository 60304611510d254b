import { SUSPECTS_LISTED, type AuditFacts, type DifficultyFacts, type ExportFacts, type ValueFacts } from '../formats/facts';
import { safeSourcePath } from '../formats/metadata';
import { compareCodePoints } from '../formats/slug';
import { quantile } from '../metrics/bootstrap';
import { shareDrift } from '../metrics/drift';
import type { ChosenSet, ExportSource } from './types';

const BINS = 12;
/** The last bin begins here at the latest: a few very hard images would else squeeze all others into one bin. */
const REACH = 0.995;

/** Total variation between the shares of groups before and after. */
export function groupDrift(groups: readonly { before: number; after: number }[]): number {
  return shareDrift(groups.map(({ after }) => after), groups.map(({ before }) => before)).total;
}

/** Shares of the values of every further column of the label table, in training images and in the chosen ones. */
export function columnFacts({ dataset }: ExportSource, chosen: ChosenSet): ExportFacts['columns'] {
  const names = dataset.summary.metadata?.columns ?? [];
  return names.map((name, column) => {
    const values = new Map<string, ValueFacts>();
    const count = (rows: Uint32Array, side: 'before' | 'after') => {
      for (const row of rows) {
        const value = dataset.records[row].metadata?.[column] ?? '';
        const facts = values.get(value) ?? { value, before: 0, after: 0 };
        facts[side]++;
        values.set(value, facts);
      }
    };
    count(dataset.rows('train'), 'before');
    count(chosen.rows, 'after');
    const listed = [...values.values()].sort((a, b) => compareCodePoints(a.value, b.value));
    return { name, values: listed, drift: groupDrift(listed) };
  });
}

/** Histogram of the scores of all training images and of the chosen ones. Null where a score is no number or all are equal. */
export function difficultyFacts({ scores }: ExportSource, chosen: ChosenSet): DifficultyFacts | null {
  const byRow = new Map(Array.from(scores.rows, (row, i) => [row, scores.scores[i]]));
  const all = Float64Array.from(scores.scores).sort();
  const kept = Float64Array.from(chosen.rows, (row) => byRow.get(row) ?? NaN).sort();
  if (all.length === 0 || kept.length === 0 || ![...all, ...kept].every(Number.isFinite)) return null;
  const [least, most, reach] = [all[0], all[all.length - 1], quantile(all, REACH)];
  if (most <= least) return null;
  const end = reach > least ? reach : most;
  const edges = Array.from({ length: BINS + 1 }, (_, i) => least + ((end - least) * i) / BINS);
  const binned = (values: Float64Array) => {
    const counts = Array.from({ length: BINS }, () => 0);
    for (const value of values) counts[Math.min(BINS - 1, Math.floor(((value - least) / (end - least)) * BINS))]++;
    return counts;
  };
  const share = (test: (value: number) => boolean) => all.reduce((sum, value) => sum + (test(value) ? 1 : 0), 0) / all.length;
  return {
    edges, most, before: binned(all), after: binned(kept), median: { before: quantile(all, 0.5), after: quantile(kept, 0.5) },
    above: share((value) => value > kept[kept.length - 1]), below: share((value) => value < kept[0]),
  };
}

/** What the audit found, and how much of it was chosen. Paths go in only where names may be told. */
export function auditFacts({ run, dataset, audit }: ExportSource, chosen: ChosenSet, hideNames: boolean): AuditFacts | null {
  const figures = run.result?.metrics.audit;
  if (!figures) return null;
  if (audit === null) return { figures, found: null };
  const picked = new Set(chosen.rows);
  const path = (row: number) => safeSourcePath(dataset.records[row].path);
  const className = (index: number) => dataset.summary.classes[index].name;
  const firsts = (rows: Uint32Array) => (hideNames ? [] : Array.from(rows.subarray(0, SUSPECTS_LISTED)));
  const keptOf = (rows: Uint32Array) => rows.reduce((sum, row) => sum + (picked.has(row) ? 1 : 0), 0);
  return {
    figures,
    found: {
      kept: {
        nearDuplicates: audit.first.reduce((sum, row, i) => sum + (picked.has(row) && picked.has(audit.second[i]) ? 1 : 0), 0),
        mislabelled: keptOf(audit.mislabelled), outliers: keptOf(audit.outliers),
      },
      nearDuplicates: firsts(audit.first).map((row, i) => ({ first: path(row), second: path(audit.second[i]) })),
      mislabelled: firsts(audit.mislabelled).map((row, i) => ({ path: path(row), label: className(dataset.records[row].classIndex), suggested: className(audit.suggested[i]) })),
      outliers: firsts(audit.outliers).map(path),
    },
  };
}

/** Steps and batch of the training curves, where the recipe tells. */
export function trainingFacts({ run }: ExportSource): ExportFacts['training'] {
  const { steps, batch } = run.recipe.options.curve ?? {};
  return typeof steps === 'number' && typeof batch === 'number' && steps > 0 && batch > 0 ? { steps, batch } : null;
}
