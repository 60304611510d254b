import type { Arm, AuditFigures, EngineKind, Interval, OptionValue, Recipe, ReportLimits, RunResult, SelectOptions } from '../protocol';
import { EN, type Tongue } from './report.tongue';
import type { ClassFolder } from './slug';

export interface ClassFacts extends ClassFolder {
  /** Images of the class in the training split. */
  before: number;
  /** Images of the class in this export. */
  after: number;
}

/** One value of one column of the label table. */
export interface ValueFacts {
  value: string;
  /** Training images and images of this export that have it. */
  before: number;
  after: number;
}

/** Suspects of each kind that the report names. */
export const SUSPECTS_LISTED = 10;

/** What the audit found in the folder. */
export interface AuditFacts {
  figures: AuditFigures;
  /** Null where the run's artifact of it is gone. */
  found: {
    /** Pairs of which both are in the export; images of it that are possibly mislabelled, and unlike all others. */
    kept: { nearDuplicates: number; mislabelled: number; outliers: number };
    /** The first of each kind by path, strongest suspicion first; empty when names are hidden. */
    nearDuplicates: { first: string; second: string }[];
    mislabelled: { path: string; label: string; suggested: string }[];
    outliers: string[];
  } | null;
}

/** Equal bins between `edges`, one more of these than of counts; what lies beyond the last edge, up to `most`, is in the last bin. */
export interface DifficultyFacts {
  edges: number[];
  most: number;
  before: number[];
  after: number[];
  /** Medians of all training images and of the kept ones; shares of all above the hardest kept and below the easiest kept. */
  median: { before: number; after: number };
  above: number;
  below: number;
}

/** Everything the written pages of an export say, gathered once so that card, report and Croissant file cannot disagree. */
export interface ExportFacts {
  title: string;
  licence: string;
  appVersion: string;
  engine: { kind: EngineKind; adapter: string } | null;
  dataset: {
    /** Empty when names are hidden. */
    name: string;
    hash: string;
    trainImages: number;
    /** Bytes of the training images' source files. */
    trainBytes: number;
  };
  /** In label order. */
  classes: ClassFacts[];
  count: number;
  /** Side in pixels and channels of working-resolution pictures and tensors. */
  size: number;
  channels: 1 | 3;
  mean: number[];
  std: number[];
  pictures: {
    bytes: number;
    /** Extensions in use, sorted. */
    extensions: string[];
    /** Pictures that are the source files, stripped of metadata; the rest are working-resolution PNGs. */
    originals: number;
    originalsAsked: boolean;
  };
  selection: SelectOptions;
  /** Figures of the run, or null when they were not measured on this selection. */
  result: RunResult | null;
  /** Why `result` is null; empty otherwise. */
  unmeasured: '' | 'unfinished' | 'other';
  /** Acceptance limits that were set. */
  limits: ReportLimits;
  /** Total variation between the class shares before and after. */
  classDrift: number;
  /** Further columns of the label table, values in code-point order, with the same distance. */
  columns: { name: string; values: ValueFacts[]; drift: number }[];
  difficulty: DifficultyFacts | null;
  audit: AuditFacts | null;
  /** A few pictures of each class as data addresses, in label order. */
  sheet: { classIndex: number; pictures: string[] }[];
  /** Steps and batch of each training curve, where the recipe tells. */
  training: { steps: number; batch: number } | null;
  recipe: { sha256: string; seed: number; preset: Recipe['preset']; options: { stage: string; values: [string, OptionValue][] }[] };
  /** Artifact keys of the stages behind this export. */
  stages: { id: string; key: string }[];
  plainFolders: boolean;
  tensors: boolean;
  hideNames: boolean;
}

/** The selection in words, such as "interval sampling over the difficulty ranking, 10 images per class". */
export function describeSelection(selection: SelectOptions, { words }: Tongue = EN): string {
  const { multiplier, draws, text } = words.selection;
  const { strategy, imagesPerClass, seed } = selection;
  const detail = strategy === 'interval' ? multiplier(String(selection.multiplier)) : strategy === 'bestof' ? draws(String(selection.draws)) : '';
  return text(words.strategies[strategy], String(imagesPerClass), detail, String(seed));
}

export interface MetricRow {
  name: string;
  method: string;
  random: string;
  full: string;
  floor: string;
}

/** A figure of every arm as one row, or none where the run was stored before it was measured. */
function armRow<T>(name: string, of: Record<Arm, T> | undefined, show: (value: T) => string): MetricRow[] {
  return of ? [{ name, method: show(of.method), random: show(of.random), full: show(of.full), floor: '' }] : [];
}

/** The figures of a run with their baselines, as card and report show them. Recall and copies stand next to FD, because FD rewards copying. */
export function metricRows(result: RunResult, tongue: Tongue = EN): MetricRow[] {
  const { figure, percent, words } = tongue;
  const names = words.metrics;
  const { fdDomain, fdRaw, kid, recall, memorisation, nnRatio, precision, coverage, fdInfinity, features } = result.metrics;
  const spread = fdRaw.random;
  const interval = ({ estimate, low, high }: Interval): string => names.interval(percent(estimate), percent(low), percent(high));
  return [
    { name: names.fdDomain, method: figure(fdDomain.method), random: figure(fdDomain.random), full: figure(fdDomain.full), floor: figure(fdDomain.floor) },
    ...armRow(names.recall, recall, percent),
    ...armRow(names.memorisation, memorisation, interval),
    ...armRow(names.nnRatio, nnRatio, figure),
    ...armRow(names.precision, precision, percent),
    ...armRow(names.coverage, coverage, percent),
    ...armRow(names.kid, kid, figure),
    ...armRow(names.fdInfinity, fdInfinity, ({ value, error }) => `${figure(value)} ± ${figure(error)}`),
    ...armRow(names.features(features?.label ?? ''), features?.fd, figure).map((row) => ({ ...row, floor: figure(features?.fd.floor ?? NaN) })),
    { name: names.fdRaw, method: figure(fdRaw.method), random: names.draws(figure(spread.mean), figure(spread.sd), String(spread.n)), full: '', floor: figure(fdDomain.floor) },
  ];
}

/** How much of the FD may be copying, in sentences; none where the run was stored before that was measured. */
function copying({ recall, memorisation, neighbours, searched }: RunResult['metrics'], { words, percent, count, join }: Tongue): string[] {
  if (!recall || !memorisation || !searched || neighbours === undefined) return [];
  const { method, full } = memorisation;
  const said = words.verdicts.copying(percent(method.estimate), percent(recall.method), percent(full.estimate), percent(recall.full));
  return [
    method.low > full.high ? join(said, words.verdicts.moreCopies) : said,
    words.verdicts.searched(count(searched.method), count(searched.full), String(neighbours)),
  ];
}

/** What the figures mean, in sentences that also say when the method lost. */
export function verdicts(result: RunResult, tongue: Tongue = EN): string[] {
  const { figure, percent, words } = tongue;
  const say = words.verdicts;
  const { fdDomain, fdRaw, judgeIsDisjoint, encoderAccuracy, rankAgreement } = result.metrics;
  const { mean, sd, n } = fdRaw.random;
  const distance = sd > 0 ? (mean - fdRaw.method) / sd : 0;
  return [
    fdDomain.method < fdDomain.random ? say.closer(figure(fdDomain.method), figure(fdDomain.random)) : say.further(figure(fdDomain.method), figure(fdDomain.random)),
    say.oneSeed,
    ...copying(result.metrics, tongue),
    distance >= 2 ? say.rawCloser(figure(distance), String(n)) : distance <= -2 ? say.rawFurther(figure(-distance), String(n)) : say.rawEqual(String(n)),
    say.domain(String(fdDomain.n), percent(encoderAccuracy.judge)),
    judgeIsDisjoint ? say.disjoint : say.shared,
    say.agreement(figure(rankAgreement.withinClass)),
  ];
}

/** What became of the pixels, in one or two sentences. */
export function pictureSentence(facts: ExportFacts, { words, join }: Tongue = EN): string {
  const { originals, originalsAsked } = facts.pictures;
  const say = words.pictures;
  const working = say.working(String(facts.size), facts.channels === 1 ? say.grey : say.rgb);
  if (originals === 0) return originalsAsked ? say.missed(working) : say.asked(working);
  return originals === facts.count
    ? join(say.all, say.turned)
    : join(say.some(String(originals)), say.turned, say.rest(String(facts.count - originals), working));
}
