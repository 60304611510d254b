import type { DataSet } from '../data/types';
import type { RunSummary, SelectOptions } from '../protocol';
import type { PictureIndex } from './pictures';

/** What an export is made from, injected so that it runs on an in-memory data set as it does on the store. */
export interface ExportSource {
  run: RunSummary;
  dataset: DataSet;
  /** Difficulty score of every scored row of the data set. */
  scores: { rows: Uint32Array; scores: Float32Array };
  /** What the audit named; null where the run has none. */
  audit: AuditRows | null;
  /** Sizes and digests of pictures made before; shared between plans so that a slider move encodes only what is new. */
  pictures: PictureIndex;
  appVersion: string;
}

/** Rows of the data set that the audit named, strongest suspicion first in each list. */
export interface AuditRows {
  /** Pairs, one row of each in either list. */
  first: Uint32Array;
  second: Uint32Array;
  mislabelled: Uint32Array;
  /** Class that the neighbours of each mislabelled row have. */
  suggested: Uint32Array;
  outliers: Uint32Array;
}

/** The images that go in. */
export interface ChosenSet {
  options: SelectOptions;
  /** Rows of the data set, in selection order inside each class. */
  rows: Uint32Array;
  /** Whether the run's figures were measured on exactly these rows. */
  measured: boolean;
}

export interface ExportProgress {
  /** Units of work: every picture is encoded once to be measured and once to be written. */
  done: number;
  total: number;
  /** Bytes of the zip written so far. */
  bytes: number;
}

/** Takes the zip's bytes in order; a chunk is only valid during the call. */
export interface ExportSink {
  write(chunk: Uint8Array<ArrayBuffer>): void;
}
