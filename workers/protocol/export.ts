import type { Failure } from './engine';
import type { SelectOptions } from './explore';

export interface ExportOptions {
  /** Working-resolution PNG, or the original file with its metadata stripped where the store kept it. */
  pictures: 'working' | 'original';
  hideNames: boolean;
  /** Leaves out metadata.jsonl so that imagefolder infers labels from folders. */
  plainFolders: boolean;
  tensors: boolean;
  licence: string;
  name: string;
  /** Acceptance limits, none when absent. In a recipe they stand under `report`. */
  limits?: ReportLimits;
}

/** What a person may ask of a condensed set. Ratios are of FD(domain); everything else is a share in [0, 1]. */
export type LimitName =
  | 'maxFdOverRandom' | 'maxFdOverFull' | 'minRecall' | 'maxMemorisation' | 'maxAccuracyLoss' | 'maxAccuracyLossTeacher'
  | 'maxClassShareChange' | 'maxMetadataShareChange';

export type ReportLimits = Partial<Record<LimitName, number>>;

/** One limit held against the figures. */
export interface LimitVerdict {
  name: LimitName;
  limit: number;
  /** Null when it was not measured. */
  value: number | null;
  /** 95 % interval of the value, where one was measured. */
  interval: { low: number; high: number } | null;
  verdict: 'met' | 'not-met' | 'not-measured';
  /** The limit lies inside the interval, so another seed may decide otherwise. */
  doubtful: boolean;
}

export interface ExportPlan {
  entries: { name: string; bytes: number }[];
  bytes: number;
  limits: LimitVerdict[];
}

export type ExportEvent =
  | { type: 'progress'; done: number; total: number; bytes: number }
  | { type: 'failed'; failure: Failure };

export interface ExportApi {
  plan(runId: string, options: ExportOptions, selection: SelectOptions | null): Promise<ExportPlan>;
  /** Streams the zip into the store and answers with a handle to it. `selection` overrides the run's own. */
  write(
    runId: string, options: ExportOptions, selection: SelectOptions | null, port: MessagePort,
  ): Promise<{ file: File; bytes: number; sha256: string; limits: LimitVerdict[] }>;
  /** The report alone, with the times this browser measured, which the zip's copy leaves out; it opens in `language`. */
  report(runId: string, options: ExportOptions, selection: SelectOptions | null, language: 'en' | 'ja'): Promise<File>;
  cancel(): Promise<void>;
}
