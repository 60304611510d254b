import type { Failure } from './engine';

export type SplitName = 'train' | 'test' | 'reserve';

export type VerdictStatus = 'accepted' | 'duplicate' | 'near-duplicate' | 'refused';

/** What became of one file. Near duplicates are accepted by default and only flagged. */
export interface Verdict {
  path: string;
  status: VerdictStatus;
  /** Row in the data set, or -1 when nothing was stored. */
  index: number;
  /** Machine-readable reason, empty for plainly accepted files. */
  code: string;
  sentence: string;
  params: Record<string, string | number>;
}

export interface IntakeOptions {
  /** Working side in pixels, 16 to 128, a multiple of 4. */
  size: number;
  fit: 'crop' | 'letterbox';
  /** CSS hex colour shown through transparency and in letterbox bars. */
  background: string;
  channels: 'auto' | 'grey' | 'rgb';
  /** Share held out as the test split when the folder brings none, 0.05 to 0.5. */
  holdout: number;
  seed: number;
  /** Keep at most this many training images, drawn by the seed and stratified by class; 0 keeps all. */
  limit: number;
  /** Of what `limit` leaves over, keep at most this many to train the judging encoder on images no method sees. */
  reserve: number;
  nearDuplicates: 'keep' | 'drop';
  /** Bytes of source files copied into the store so that an export can carry the originals; 0 keeps none. */
  keepOriginals: number;
}

export type IntakeSource =
  | { kind: 'files'; name: string; files: { path: string; file: File }[] }
  | { kind: 'handles'; name: string; handles: FileSystemHandle[] }
  | { kind: 'sample'; name: string; seed: number };

export interface ClassSummary {
  name: string;
  train: number;
  test: number;
  reserve: number;
}

export interface DataSetSummary {
  id: string;
  name: string;
  /** SHA-256 over pixels, labels, splits and options: the identity of the data set in recipes and cache keys. */
  hash: string;
  options: IntakeOptions;
  size: number;
  channels: 1 | 3;
  count: number;
  read: number;
  accepted: number;
  refused: number;
  duplicates: number;
  nearDuplicates: number;
  /** Bytes of the accepted source files. */
  sourceBytes: number;
  /** Bytes of originals kept in the store; 0 when they were too many. */
  originalBytes: number;
  classes: ClassSummary[];
  splits: 'folders' | 'seeded';
  labels: 'folders' | 'table' | 'idx' | 'none';
  /** Mean and standard deviation per channel in [0, 1]. */
  mean: number[];
  std: number[];
  /** E||x||^2 of pixels in [-1, 1], and (tr S)^2 / tr S^2 of their covariance on a seeded sample. */
  secondMoment: number;
  effectiveDimension: number;
  /** Original width x height with counts, most common first, at most 12. */
  sourceSizes: { width: number; height: number; count: number }[];
  warnings: Failure[];
  /** Further columns of the label table whose values are kept with the images, and a hash over the values; absent without any. */
  metadata?: { columns: string[]; hash: string };
  createdAt: number;
}

/** One thumbnail: `pixels` is size*size*channels bytes, row-major, channels last. */
export interface Thumbnail {
  index: number;
  classIndex: number;
  split: SplitName;
  path: string;
  pixels: Uint8Array<ArrayBuffer>;
}

export type IntakeEvent =
  | { type: 'progress'; read: number; total: number | null; accepted: number; refused: number; duplicates: number; secondsLeft: number | null }
  | { type: 'classes'; names: string[]; counts: number[] }
  | { type: 'images'; size: number; channels: 1 | 3; items: Thumbnail[] }
  | { type: 'verdicts'; items: Verdict[] }
  | { type: 'done'; dataset: DataSetSummary }
  | { type: 'failed'; failure: Failure };

export interface IntakeApi {
  /** Reads the source into the store. Resolves when done; rejects only with a `Failure`. Events go to `port`. */
  read(source: IntakeSource, options: IntakeOptions, port: MessagePort): Promise<DataSetSummary>;
  cancel(): Promise<void>;
  list(): Promise<DataSetSummary[]>;
  remove(id: string): Promise<void>;
  /** Verdicts of a stored data set, a page at a time. */
  verdicts(id: string, from: number, count: number, status?: VerdictStatus): Promise<{ total: number; items: Verdict[] }>;
  /** Thumbnails by row index, transferred. */
  images(id: string, indices: number[]): Promise<Thumbnail[]>;
}
