import type { BehindQuery, RunSummary, Spread } from '../../../workers/protocol';

export const columns = ['images', 'bytes', 'fd', 'features', 'kid', 'recall', 'copies', 'hard', 'soft', 'time'] as const;
export type Column = (typeof columns)[number];

/** Why a run has no number in a column. */
export type Absence = 'unmeasured' | 'noNet' | 'oneClass' | 'noStudents';

/** One number with what is known of its spread, and the images behind it. */
export interface Figure {
  value: number;
  /** Standard deviation over `n` seeds. */
  sd?: number;
  n?: number;
  /** 95 % interval. */
  low?: number;
  high?: number;
  behind: BehindQuery | null;
}

/** What stands in a cell: this selection's number, and that of random images of the same size where both were measured. */
export type Cell = { ours: Figure; random: Figure | null; note: string } | { absent: Absence };

/** Seconds a run's results took to compute. `complete` is false where some were taken over from a run that is no longer stored. */
export interface Time {
  seconds: number;
  complete: boolean;
}

/**
 * What the run would have taken alone: stages that it found already made count with the time measured where they were made.
 * @param all every run that may have made them.
 */
export function timeOf(run: RunSummary, all: readonly RunSummary[]): Time {
  const measured = new Map(all.flatMap(({ stages }) => stages.filter(({ status }) => status === 'done').map(({ key, seconds }): [string, number] => [key, seconds])));
  const times = run.stages.map(({ key, status, seconds }) => (status === 'done' ? seconds : measured.get(key)));
  return { seconds: times.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0), complete: times.every((seconds) => seconds !== undefined) };
}

const alone = (value: number, behind: BehindQuery | null): Cell => ({ ours: { value, behind }, random: null, note: '' });
// One seed has no spread.
const ofSpread = ({ mean, sd, n }: Spread, behind: BehindQuery): Figure => ({ value: mean, ...(n > 1 ? { sd } : {}), n, behind });

/** The number of a finished run in a column. */
export function cellOf(run: RunSummary, column: Column, all: readonly RunSummary[]): Cell {
  if (run.result === null) return { absent: 'unmeasured' };
  const { condensed, metrics } = run.result;
  const samples = (arm: 'method' | 'random'): BehindQuery => ({ kind: 'samples', arm });
  const pair = (values: { method: number; random: number }, note = ''): Cell =>
    ({ ours: { value: values.method, behind: samples('method') }, random: { value: values.random, behind: samples('random') }, note });
  const { recall, memorisation, students, features } = metrics;
  switch (column) {
    case 'images': return alone(condensed.count, { kind: 'picked', arm: 'method' });
    case 'bytes': return alone(condensed.bytes, { kind: 'picked', arm: 'method' });
    case 'fd': return pair(metrics.fdDomain);
    case 'kid': return pair(metrics.kid);
    case 'features': return features ? pair(features.fd, features.label) : { absent: 'noNet' };
    case 'recall': return recall ? pair(recall) : { absent: 'unmeasured' };
    case 'copies': {
      if (!memorisation) return { absent: 'unmeasured' };
      const figure = (arm: 'method' | 'random'): Figure => {
        const { estimate, low, high } = memorisation[arm];
        return { value: estimate, low, high, behind: samples(arm) };
      };
      return { ours: figure('method'), random: figure('random'), note: '' };
    }
    case 'hard':
    case 'soft':
      if (!students) {
        if (condensed.perClass.length < 2) return { absent: 'oneClass' };
        return { absent: run.recipe.options.students?.seeds === 0 ? 'noStudents' : 'unmeasured' };
      }
      return {
        ours: ofSpread(students.method[column], { kind: 'confused', arm: 'method', labels: column }),
        random: ofSpread(students.random[column], { kind: 'confused', arm: 'random', labels: column }), note: '',
      };
    case 'time': return alone(timeOf(run, all).seconds, null);
  }
}

/** Mean of one number over runs, with the standard deviation of the sample; null where one of the runs lacks it. */
export interface Mean {
  ours: { mean: number; sd: number };
  random: { mean: number; sd: number } | null;
}

function meanOf(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) };
}

/** What a column comes to over two or more runs. */
export function meanCell(runs: readonly RunSummary[], column: Column, all: readonly RunSummary[]): Mean | null {
  const cells = runs.flatMap((run) => {
    const cell = cellOf(run, column, all);
    return 'absent' in cell ? [] : [cell];
  });
  if (cells.length < runs.length || runs.length < 2) return null;
  const random = cells.flatMap((cell) => (cell.random ? [cell.random.value] : []));
  return { ours: meanOf(cells.map(({ ours }) => ours.value)), random: random.length === cells.length ? meanOf(random) : null };
}

export interface Order {
  column: Column | 'name' | 'created';
  descending: boolean;
}

/** Runs in the order asked for; those without a number come last either way, and equals keep the order in which they were started. */
export function sorted(runs: readonly RunSummary[], { column, descending }: Order, all: readonly RunSummary[]): RunSummary[] {
  const sign = descending ? -1 : 1;
  const value = (run: RunSummary): number | null => {
    if (column === 'created' || column === 'name') return run.createdAt;
    const cell = cellOf(run, column, all);
    return 'absent' in cell || !Number.isFinite(cell.ours.value) ? null : cell.ours.value;
  };
  return runs.toSorted((a, b) => {
    if (column === 'name') return sign * a.name.localeCompare(b.name) || a.createdAt - b.createdAt;
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || a.createdAt - b.createdAt;
    return sign * (x - y) || a.createdAt - b.createdAt;
  });
}
