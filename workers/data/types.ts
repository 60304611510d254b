import type { DataSetSummary, SplitName } from '../protocol';

/** What the store keeps about one accepted image, beside its pixels. One JSON line each in `records.jsonl`. */
export interface ImageRecord {
  /** Relative path inside the dropped folder or zip, '/' separated. */
  path: string;
  classIndex: number;
  split: SplitName;
  /** SHA-256 of the source file's bytes, hex; of the raw pixels for IDX images. */
  sha256: string;
  /** 64-bit perceptual hash, 16 hex digits. */
  phash: string;
  width: number;
  height: number;
  /** Bytes of the source file; offset and length in `originals.bin`, offset -1 when not kept. */
  bytes: number;
  original: number;
  /** File type by magic bytes: 'jpeg', 'png', 'webp', 'gif', 'avif', 'bmp', 'raw'. */
  type: string;
  /** EXIF orientation 1 to 8. */
  orientation: number;
  /** Row of the image that this one nearly repeats, or -1. */
  nearDuplicateOf: number;
  /** Values of the label table's further columns, such as machine or lot, in the order of `summary.metadata.columns`. */
  metadata?: string[];
}

/**
 * A data set as methods see it: packed pixels behind random access. Nothing here holds the whole set in memory unless it
 * is asked to.
 */
export interface DataSet {
  readonly summary: DataSetSummary;
  readonly records: readonly ImageRecord[];
  /** Rows of a split, ascending. */
  rows(split: SplitName): Uint32Array<ArrayBuffer>;
  /** Class index of every row. */
  labels(): Uint16Array<ArrayBuffer>;
  /** Pixels of `rows`, uint8 NHWC, in the order asked; synchronous so that a training step can feed itself. */
  pixels(rows: ArrayLike<number>): Uint8Array<ArrayBuffer>;
  /** The source file's own bytes, or null when the store did not keep them. */
  original(row: number): Uint8Array<ArrayBuffer> | null;
  close(): void;
}
