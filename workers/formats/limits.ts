import { z } from 'zod';
import { RetortError } from '../failure';
import type { Interval, LimitName, LimitVerdict, ReportLimits, RunResult } from '../protocol';
import { differenceInterval, meanInterval } from './facts.intervals';

const ratio = z.number().min(0).max(1000).optional();
const share = z.number().min(0).max(1).optional();

/** Acceptance limits as a recipe states them under `report`. None by default: what is good enough is for the person to say. */
export const limitOptions = z.object({
  maxFdOverRandom: ratio.describe('FD(domain) after training on the set, at most this many times that of a random set of the same size.'),
  maxFdOverFull: ratio.describe('FD(domain) after training on the set, at most this many times that of all images.'),
  minRecall: share.describe('Recall of the model trained on the set, at least this share.'),
  maxMemorisation: share.describe('Samples that copy a training image, at most this share.'),
  maxAccuracyLoss: share.describe('Accuracy of students with class labels, at most this far below that of all images at equal steps; 0.05 is five points.'),
  maxAccuracyLossTeacher: share.describe('The same below the teacher, which saw all images until it stopped gaining.'),
  maxClassShareChange: share.describe('Change of the share of any class, at most this.'),
  maxMetadataShareChange: share.describe('Change of the share of any value of any column of the label table, at most this.'),
});

/** How each limit reads: as a ratio, a share, or a difference of shares in points; and which side of it is good. */
export const LIMIT_KINDS: Record<LimitName, { kind: 'ratio' | 'share' | 'points'; sense: 'most' | 'least' }> = {
  maxFdOverRandom: { kind: 'ratio', sense: 'most' },
  maxFdOverFull: { kind: 'ratio', sense: 'most' },
  minRecall: { kind: 'share', sense: 'least' },
  maxMemorisation: { kind: 'share', sense: 'most' },
  maxAccuracyLoss: { kind: 'points', sense: 'most' },
  maxAccuracyLossTeacher: { kind: 'points', sense: 'most' },
  maxClassShareChange: { kind: 'points', sense: 'most' },
  maxMetadataShareChange: { kind: 'points', sense: 'most' },
};

export const LIMIT_NAMES = Object.keys(LIMIT_KINDS) as LimitName[];

/** Differences of shares carry the rounding of binary fractions: 0.8 - 0.7 must still meet 0.1. */
const ROUNDING = 1e-9;

/**
 * Limits of a recipe, checked.
 * @throws RetortError `unknown-option`, `bad-option`, naming the option.
 */
export function readLimits(options: Record<string, unknown>): ReportLimits {
  for (const name of Object.keys(options)) {
    if (LIMIT_NAMES.some((known) => known === name)) continue;
    const names = LIMIT_NAMES.join(', ');
    throw new RetortError('unknown-option', `There is no option report.${name}. The options of report are: ${names}.`, { stage: 'report', option: name, names });
  }
  const parsed = limitOptions.safeParse(options);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  const option = path.map(String).join('.');
  throw new RetortError('bad-option', `The option report.${option} is not valid: ${message}.`, { stage: 'report', option, problem: message });
}

/** What the limits are held against. Counts are of images in each group, before and after. */
export interface LimitSubject {
  result: RunResult | null;
  classes: readonly { before: number; after: number }[];
  columns: readonly { values: readonly { before: number; after: number }[] }[];
}

interface Measure {
  value: number;
  interval: Interval | null;
}

/** Largest change of any group's share; null when a side holds no image. */
export function largestShareChange(groups: readonly { before: number; after: number }[]): number | null {
  const [before, after] = [groups.reduce((sum, each) => sum + each.before, 0), groups.reduce((sum, each) => sum + each.after, 0)];
  if (before === 0 || after === 0) return null;
  return Math.max(...groups.map((each) => Math.abs(each.after / after - each.before / before)));
}

const plain = (value: number | null | undefined): Measure | null => (value === null || value === undefined || !Number.isFinite(value) ? null : { value, interval: null });
const measured = (interval: Interval | null | undefined): Measure | null => (interval && Number.isFinite(interval.estimate) ? { value: interval.estimate, interval } : null);

function measure(name: LimitName, { result, classes, columns }: LimitSubject): Measure | null {
  const metrics = result?.metrics;
  const students = metrics?.students;
  switch (name) {
    case 'maxFdOverRandom': return plain(metrics && metrics.fdDomain.method / metrics.fdDomain.random);
    case 'maxFdOverFull': return plain(metrics && metrics.fdDomain.method / metrics.fdDomain.full);
    case 'minRecall': return plain(metrics?.recall?.method);
    case 'maxMemorisation': return measured(metrics?.memorisation?.method);
    case 'maxAccuracyLoss': {
      const loss = students && students.full.hard.mean - students.method.hard.mean;
      return measured(students && differenceInterval(students.full.hard, students.method.hard)) ?? plain(loss);
    }
    case 'maxAccuracyLossTeacher': {
      const spread = students && meanInterval(students.method.hard);
      // The teacher is one model: only the students' spread counts.
      if (students && spread) return measured({ estimate: students.teacher - spread.estimate, low: students.teacher - spread.high, high: students.teacher - spread.low });
      return plain(students && students.teacher - students.method.hard.mean);
    }
    case 'maxClassShareChange': return plain(largestShareChange(classes));
    case 'maxMetadataShareChange': {
      const changes = columns.map(({ values }) => largestShareChange(values)).filter((change) => change !== null);
      return changes.length > 0 ? plain(Math.max(...changes)) : null;
    }
  }
}

/** Every limit that was set, held against the figures; a figure on the limit meets it. In the order of `LIMIT_NAMES`. */
export function judgeLimits(limits: ReportLimits, subject: LimitSubject): LimitVerdict[] {
  return LIMIT_NAMES.flatMap((name): LimitVerdict[] => {
    const limit = limits[name];
    if (limit === undefined) return [];
    const found = measure(name, subject);
    if (found === null) return [{ name, limit, value: null, interval: null, verdict: 'not-measured', doubtful: false }];
    const { value, interval } = found;
    const met = LIMIT_KINDS[name].sense === 'most' ? value <= limit + ROUNDING : value >= limit - ROUNDING;
    return [{
      name, limit, value, interval: interval && { low: interval.low, high: interval.high },
      verdict: met ? 'met' : 'not-met', doubtful: interval !== null && interval.low < limit && limit < interval.high,
    }];
  });
}
