import type { z } from 'zod';
import type { DataSet } from '../data/types';
import type { Engine } from '../engine/types';
import type { CurvePoint, FeatureNetCard, StageId, WorkerEvent } from '../protocol';

/** Named binary parts of an artifact or checkpoint plus a JSON-safe head. */
export interface Bundle {
  head: Record<string, unknown>;
  parts: Record<string, Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>;
}

/** Where a stage in progress keeps its state, at most one at a time, replaced atomically. */
export interface CheckpointSlot {
  load(): Promise<Bundle | null>;
  save(bundle: Bundle): Promise<void>;
}

/** What a stage may use while it runs. */
export interface StageContext {
  engine: Engine;
  dataset: DataSet;
  seed: number;
  /** Name of this node, such as `scorer` or `curve:random`, for events. */
  node: string;
  signal: AbortSignal;
  /** A feature net that a person added, by the hash that the stage's options name. @throws RetortError `net-missing`. */
  net(sha256: string): Promise<{ card: FeatureNetCard; bytes: Uint8Array<ArrayBuffer> }>;
  checkpoint: CheckpointSlot;
  /**
   * Awaited between steps: yields to the event loop, waits while paused, throws AbortError when stopped. Returns whether a
   * checkpoint is due.
   */
  breathe(): Promise<{ checkpointDue: boolean }>;
  progress(done: number, total: number): void;
  metric(step: number, values: Record<string, number>): void;
  curvePoint(point: CurvePoint): void;
  images(step: number, pixels: Uint8Array<ArrayBuffer>, count: number): void;
  log(line: string): void;
  emit(event: WorkerEvent): void;
}

/**
 * A stage is a pure function of its inputs, options and seed. `version` goes into the cache key: raise it whenever the same
 * options would now give other bytes.
 */
export interface Stage<Options, Inputs extends Record<string, Bundle>> {
  id: StageId;
  version: number;
  title: string;
  options: z.ZodType<Options>;
  shard: 'none' | 'image' | 'class' | 'batch';
  run(context: StageContext, inputs: Inputs, options: Options): Promise<Bundle>;
}
