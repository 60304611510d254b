import type { Arm, EngineKind, Interval, RunResult, SelectOptions } from '../protocol';
import type { ClassFolder } from './slug';

export interface ClassFacts extends ClassFolder {
  /** Images of the class in the training split. */
  before: number;
  /** Images of the class in this export. */
  after: number;
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
  /** Why `result` is null, one sentence; empty otherwise. */
  unmeasured: string;
  plainFolders: boolean;
  tensors: boolean;
  hideNames: boolean;
}

const STRATEGIES: Record<SelectOptions['strategy'], string> = {
  interval: 'interval sampling over the difficulty ranking',
  min: 'the easiest images of every class',
  max: 'the hardest images of every class',
  medium: 'the images in the middle of the difficulty ranking',
  random: 'a random draw',
  stratified: 'a random draw from equal slices of the difficulty ranking',
  herding: 'herding in feature space',
  kcenter: 'greedy k-center in feature space',
  bestof: 'the best of several random draws by raw Frechet distance',
};

/** The selection in words, such as "interval sampling over the difficulty ranking, 10 images per class". */
export function describeSelection(selection: SelectOptions): string {
  const detail = selection.strategy === 'interval' ? `, stride multiplier ${selection.multiplier}` : selection.strategy === 'bestof' ? `, ${selection.draws} draws` : '';
  return `${STRATEGIES[selection.strategy]}, ${selection.imagesPerClass} images per class${detail}, seed ${selection.seed}`;
}

/** Four significant digits, without an exponent in the usual range. */
export function figure(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : 'not measured';
}

export function percent(share: number): string {
  return `${figure(share * 100)} %`;
}

/** Bytes as a person reads them, in powers of 1,000. */
export function humanBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${figure(value)} ${units[unit]}`;
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

const interval = ({ estimate, low, high }: Interval): string => `${percent(estimate)} (${percent(low)} to ${percent(high)})`;

/** The figures of a run with their baselines, as card and report show them. Recall and copies stand next to FD, because FD rewards copying. */
export function metricRows(result: RunResult): MetricRow[] {
  const { fdDomain, fdRaw, kid, recall, memorisation, nnRatio, precision, coverage, fdInfinity } = result.metrics;
  const spread = fdRaw.random;
  return [
    { name: 'FD(domain) of a model trained on it, lower is better', method: figure(fdDomain.method), random: figure(fdDomain.random), full: figure(fdDomain.full), floor: figure(fdDomain.floor) },
    ...armRow('Recall of that model, higher is better', recall, percent),
    ...armRow('Samples of that model that copy a training image, with 95 % interval', memorisation, interval),
    ...armRow('Distance of its samples to training over held-out images, 1 without copying', nnRatio, figure),
    ...armRow('Precision of that model, higher is better', precision, percent),
    ...armRow('Coverage of that model, higher is better', coverage, percent),
    ...armRow('KID of that model, lower is better', kid, figure),
    ...armRow('FD(domain) of that model at infinite N, with standard error of the fit', fdInfinity, ({ value, error }) => `${figure(value)} ± ${figure(error)}`),
    { name: 'FD(domain) of the images themselves, lower is better', method: figure(fdRaw.method), random: `${figure(spread.mean)} ± ${figure(spread.sd)} (${spread.n} draws)`, full: '', floor: figure(fdDomain.floor) },
  ];
}

/** How much of the FD may be copying, in sentences; none where the run was stored before that was measured. */
function copying({ recall, memorisation, neighbours, searched }: RunResult['metrics']): string[] {
  if (!recall || !memorisation || !searched || neighbours === undefined) return [];
  const { method, full } = memorisation;
  const more = method.low > full.high
    ? ' More of its samples are copies than with all training images, so part of its FD(domain) may be copying.'
    : '';
  return [
    `FD(domain) rewards copying, so recall and copies stand beside it: ${percent(method.estimate)} of the samples from this set repeat a training image and they reach ${percent(recall.method)} of the held-out images; with all training images it is ${percent(full.estimate)} and ${percent(recall.full)}.${more}`,
    `A copy lies less than a third as far, in pixels, from its nearest training image as from the next; ${searched.method} training images of this set and ${searched.full} of all were searched. Recall, precision and coverage look at the ${neighbours} nearest neighbours in the features of the judging encoder.`,
  ];
}

/** What the figures mean, in sentences that also say when the method lost. */
export function verdicts(result: RunResult): string[] {
  const { fdDomain, fdRaw, judgeIsDisjoint, encoderAccuracy, rankAgreement } = result.metrics;
  const trained = fdDomain.method < fdDomain.random
    ? `A model trained on this set came closer to the held-out images than one trained on a random set of the same size: FD(domain) ${figure(fdDomain.method)} against ${figure(fdDomain.random)}.`
    : `A model trained on a random set of the same size did as well or better: FD(domain) ${figure(fdDomain.random)} against ${figure(fdDomain.method)} for this set.`;
  const { mean, sd, n } = fdRaw.random;
  const distance = sd > 0 ? (mean - fdRaw.method) / sd : 0;
  const raw = distance >= 2
    ? `Its images alone lie closer to the held-out images than random draws do, by ${figure(distance)} standard deviations of ${n} draws.`
    : distance <= -2
      ? `Its images alone lie further from the held-out images than random draws do, by ${figure(-distance)} standard deviations of ${n} draws.`
      : `Its images alone lie as far from the held-out images as random draws do, within two standard deviations of ${n} draws.`;
  return [
    trained,
    `That comparison trained one model for each set with one seed, so it has no spread; a small difference may be chance.`,
    ...copying(result.metrics),
    raw,
    `FD(domain) is the Frechet distance to ${fdDomain.n} images in the features of an encoder trained on this data set (hold-out accuracy ${percent(encoderAccuracy.judge)}). It cannot be compared with FID or with other data sets. The floor is the distance between two halves of the training images.`,
    judgeIsDisjoint
      ? 'The judging encoder was trained on images that no selection could choose.'
      : 'The data set was too small to train the judging encoder on other images, so its figures favour sets that repeat training images.',
    `Difficulty scores of two noise seeds agree with rank correlation ${figure(rankAgreement.withinClass)} within classes.`,
  ];
}
