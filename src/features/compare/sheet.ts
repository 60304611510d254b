import type { RunSummary } from '../../../workers/protocol';
import { useText } from '../../i18n/use-text';
import type { Change } from './changes';
import type { Field } from './csv';
import { cellOf, columns, timeOf, type Column, type Figure } from './figures';
import { nameOf, useChangeText } from './words';

/** Columns with a standard deviation, with an interval, and with neither but a random opponent. */
const SPREAD: ReadonlySet<Column> = new Set(['hard', 'soft']);
const INTERVAL: ReadonlySet<Column> = new Set(['copies']);
const ALONE: ReadonlySet<Column> = new Set(['images', 'bytes', 'time']);

/** The table as a spreadsheet takes it: one number a column, nothing rounded, shares and accuracies in [0, 1]. */
export function useRunRows(): (runs: readonly RunSummary[], changesOf: (run: RunSummary) => Change[] | null, all: readonly RunSummary[]) => Field[][] {
  const { t } = useText();
  const change = useChangeText();
  const label = (column: Column): string =>
    (column === 'bytes' ? t('compare.csv.bytes') : column === 'time' ? t('compare.csv.seconds') : t(`compare.table.columns.${column}`));

  const heads = (column: Column): string[] => {
    const name = { column: label(column) };
    if (column === 'time') return [label(column), t('compare.csv.complete')];
    if (ALONE.has(column)) return [label(column)];
    if (SPREAD.has(column)) return [label(column), t('compare.csv.sd', name), t('compare.csv.random', name), t('compare.csv.randomSd', name), t('compare.csv.seeds', name)];
    if (INTERVAL.has(column)) return [label(column), t('compare.csv.low', name), t('compare.csv.high', name), t('compare.csv.random', name)];
    return [...(column === 'features' ? [t('compare.csv.label')] : []), label(column), t('compare.csv.random', name)];
  };

  const fields = (run: RunSummary, column: Column, all: readonly RunSummary[]): Field[] => {
    if (column === 'time') {
      const { seconds, complete } = timeOf(run, all);
      return [seconds, complete ? 1 : 0];
    }
    const cell = cellOf(run, column, all);
    if ('absent' in cell) return heads(column).map(() => null);
    const part = (figure: Figure | null, name: 'value' | 'sd' | 'low' | 'high' | 'n'): Field => figure?.[name] ?? null;
    const { ours, random, note } = cell;
    if (ALONE.has(column)) return [ours.value];
    if (SPREAD.has(column)) return [ours.value, part(ours, 'sd'), part(random, 'value'), part(random, 'sd'), part(ours, 'n')];
    if (INTERVAL.has(column)) return [ours.value, part(ours, 'low'), part(ours, 'high'), part(random, 'value')];
    return [...(column === 'features' ? [note] : []), ours.value, part(random, 'value')];
  };

  return (runs, changesOf, all) => [
    [t('compare.csv.run'), t('compare.csv.dataset'), t('compare.csv.started'), t('compare.csv.changed'), ...columns.flatMap(heads)],
    ...runs.map((run): Field[] => [
      nameOf(run), run.datasetName, new Date(run.createdAt).toISOString(), (changesOf(run) ?? []).map(change).join('; '), ...columns.flatMap((column) => fields(run, column, all)),
    ]),
  ];
}
