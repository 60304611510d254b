import type { Arm, Spread } from './results';

export type Strategy =
  | 'interval' | 'min' | 'max' | 'medium' | 'random' | 'stratified' | 'herding' | 'kcenter' | 'bestof' | 'match';

export interface SelectOptions {
  strategy: Strategy;
  imagesPerClass: number;
  /** Stride of interval sampling relative to N_c/m; 1 spans the whole ranking, the paper's value is 0.7. */
  multiplier: number;
  /** K of best-of-K-draws. */
  draws: number;
  /** Equal parts of the difficulty ranking that `match` takes equally many images from; 1, also when absent, leaves it free. */
  strata?: number;
  seed: number;
}

export interface ScoreSummary {
  datasetId: string;
  /** Rows of the training split in the data set, in the order of `scores`. */
  indices: Uint32Array<ArrayBuffer>;
  scores: Float32Array<ArrayBuffer>;
  classes: Uint16Array<ArrayBuffer>;
  classNames: string[];
  rankAgreement: { global: number; withinClass: number; perClass: number[] };
}

export interface SelectionView {
  /** Rows of the data set, class-major, in selection order. */
  picked: Uint32Array<ArrayBuffer>;
  perClass: number[];
  /** Bytes of the export's pictures for this selection, estimated from the stored files. */
  bytes: number;
  fdRaw: number;
  randomFdRaw: Spread;
  milliseconds: number;
}

/** Sets that students were trained on; `packed` are random images at half the side. */
export type StudentArm = Arm | 'packed';

/** Which images stand behind a number of a finished run. */
export type BehindQuery =
  /** What an arm was trained on, easy to hard within each class; values are difficulties. */
  | { kind: 'picked'; arm: Arm }
  /** What the selection left out, each beside the kept image of its class that is nearest in difficulty; the most unlike pair first. Values are distances of content. */
  | { kind: 'dropped' }
  /** The selection or its random opponent beside the nearest other training images by content, the loneliest first. Values are distances to the nearest. */
  | { kind: 'neighbours'; arm: 'method' | 'random' }
  /** What the model sampled after training on an arm, beside its two nearest images of that arm in pixels. Values are the ratio of both distances; below a third counts as a copy. */
  | { kind: 'samples'; arm: Arm }
  /** Test images that the first student with these labels gets wrong, grouped by true and given class, the most frequent mistake first. */
  | { kind: 'confused'; arm: StudentArm; labels: 'hard' | 'soft' }
  /** Lists of the audit: pairs of one scene, labels that neighbours contradict, images unlike all others. Values are distances, margins and chances. */
  | { kind: 'duplicates' | 'mislabelled' | 'outliers' };

export interface BehindGroup {
  /** Class of the images; null where the group spans classes. */
  classIndex: number | null;
  /** Class they were taken for or that is suggested for them; null where there is none. */
  otherIndex: number | null;
  /** Rows of the data set, or pictures of `BehindView.sampled`. */
  rows: Uint32Array<ArrayBuffer>;
  /** Rows of the data set to be seen beside each, equally many for every row; empty where there are none. */
  beside: Uint32Array<ArrayBuffer>;
  /** What orders the rows, one a row; empty where nothing does. */
  values: Float32Array<ArrayBuffer>;
}

/** Images behind a number, as rows; pictures of rows come from `IntakeApi.images`. */
export interface BehindView {
  datasetId: string;
  classNames: string[];
  size: number;
  channels: 1 | 3;
  groups: BehindGroup[];
  /** Sampled pictures that `rows` count through, uint8 NHWC; null where rows are those of the data set. */
  sampled: Uint8Array<ArrayBuffer> | null;
}

export interface ExploreApi {
  load(runId: string): Promise<ScoreSummary>;
  /** The images behind a number of a run. Rejects with `behind-missing` where the run did not measure that number. */
  behind(runId: string, query: BehindQuery): Promise<BehindView>;
  /** Selects anew from stored scores. A newer call makes an older one reject with code `superseded`. */
  select(runId: string, options: SelectOptions): Promise<SelectionView>;
  /** Images per class, percent of the training split and megabytes, each from any one of them. */
  sizes(runId: string, options: SelectOptions): Promise<{ imagesPerClass: number; percent: number; bytes: number }>;
}
