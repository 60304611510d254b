import type { EngineKind, RunResult, SelectOptions } from '../protocol';
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

/** The figures of a run with their baselines, as card and report show them. */
export function metricRows(result: RunResult): MetricRow[] {
  const { fdDomain, fdRaw, kid } = result.metrics;
  const spread = fdRaw.random;
  return [
    { name: 'FD(domain) of a model trained on it', method: figure(fdDomain.method), random: figure(fdDomain.random), full: figure(fdDomain.full), floor: figure(fdDomain.floor) },
    { name: 'KID of a model trained on it', method: figure(kid.method), random: figure(kid.random), full: figure(kid.full), floor: '' },
    { name: 'FD(domain) of the images themselves', method: figure(fdRaw.method), random: `${figure(spread.mean)} ± ${figure(spread.sd)} (${spread.n} draws)`, full: '', floor: figure(fdDomain.floor) },
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
    raw,
    `FD(domain) is the Frechet distance to ${fdDomain.n} images in the features of an encoder trained on this data set (hold-out accuracy ${percent(encoderAccuracy.judge)}). It cannot be compared with FID or with other data sets. The floor is the distance between two halves of the training images.`,
    judgeIsDisjoint
      ? 'The judging encoder was trained on images that no selection could choose.'
      : 'The data set was too small to train the judging encoder on other images, so its figures favour sets that repeat training images.',
    `Difficulty scores of two noise seeds agree with rank correlation ${figure(rankAgreement.withinClass)} within classes.`,
  ];
}
