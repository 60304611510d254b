import type { EngineFigures, EngineKind, EngineVerdict, Failure } from './engine';
import type { RunResult } from './results';

export type StageId =
  | 'intake' | 'audit' | 'encoder' | 'judge' | 'scorer' | 'score' | 'select' | 'curve' | 'teacher' | 'students' | 'features' | 'evaluate' | 'export'
  /** Acceptance limits of the report; computes nothing. */
  | 'report';

export type OptionValue = string | number | boolean;

/** Options and seeds of one run. Options left out take the stage's default; `preset` fills before `options`. */
export interface Recipe {
  schema: 1;
  method: 'd2c';
  preset: 'quick' | 'standard' | 'thorough';
  seed: number;
  engine: 'auto' | EngineKind;
  options: Partial<Record<StageId, Record<string, OptionValue>>>;
}

/** How a stage describes itself to forms, recipes and docs. `schema` is JSON Schema of its options. */
export interface StageDescription {
  id: StageId;
  version: number;
  title: string;
  schema: Record<string, unknown>;
  shard: 'none' | 'image' | 'class' | 'batch';
}

export type StageStatus = 'waiting' | 'running' | 'done' | 'cached' | 'failed';

export interface StageReport {
  /** `curve` appears once per arm, as curve:method, curve:random, curve:full. */
  id: string;
  key: string;
  status: StageStatus;
  seconds: number;
}

export type RunStatus = 'running' | 'paused' | 'interrupted' | 'stopped' | 'done' | 'failed';

export interface RunSummary {
  id: string;
  name: string;
  datasetId: string;
  datasetName: string;
  recipe: Recipe;
  status: RunStatus;
  stages: StageReport[];
  engine: EngineVerdict | null;
  failure: Failure | null;
  result: RunResult | null;
  createdAt: number;
  updatedAt: number;
}

export interface Forecast {
  seconds: number;
  bytes: number;
  stages: { id: string; seconds: number; cached: boolean }[];
  /** Set when the run would not fit, with the nearest smaller setting in its sentence. */
  refusal: Failure | null;
}

export type WorkerEvent =
  | { type: 'stage'; runId: string; stage: StageReport }
  | { type: 'progress'; runId: string; stage: string; done: number; total: number; secondsLeft: number | null }
  /** Named series of the observe view: loss, learningRate, stepsPerSecond, accuracy; curve points are fd and kid with `stage` curve:<arm>. */
  | { type: 'metric'; runId: string; stage: string; step: number; values: Record<string, number> }
  /** Samples from fixed noise: `count` images of size*size*channels bytes one after the other. */
  | { type: 'images'; runId: string; stage: string; step: number; size: number; channels: 1 | 3; count: number; pixels: Uint8Array<ArrayBuffer> }
  | { type: 'log'; runId: string; line: string }
  | { type: 'checkpoint'; runId: string; stage: string; step: number }
  /** The scores of a run can now be explored; see `ExploreApi`. */
  | { type: 'scored'; runId: string }
  | { type: 'status'; runId: string; status: RunStatus }
  | { type: 'heartbeat' }
  | { type: 'done'; runId: string; result: RunResult }
  | { type: 'failed'; runId: string; failure: Failure };

export interface StudioApi {
  /** Opens and proves an engine; must be called first. `insist` takes a software WebGPU adapter when told to. */
  open(engine: 'auto' | EngineKind, port: MessagePort): Promise<EngineVerdict>;
  stages(): Promise<StageDescription[]>;
  /** The recipe with preset and defaults filled in, or a rejection with a `Failure` that names the wrong option. */
  resolve(recipe: Recipe): Promise<Recipe>;
  forecast(datasetId: string, recipe: Recipe): Promise<Forecast>;
  start(datasetId: string, recipe: Recipe, name: string): Promise<string>;
  pause(): Promise<void>;
  /** Runs one more training step (or one batch) and pauses again. */
  step(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  /** Goes on with a stored run from its last checkpoint. */
  resumeRun(runId: string): Promise<void>;
  runs(): Promise<RunSummary[]>;
  removeRun(runId: string): Promise<void>;
  /** What the engine did so far; null before one is open. */
  figures(): Promise<EngineFigures | null>;
  /** Allows the engine so many bytes at once; null for its default. Must be told again after `open`. */
  limitMemory(bytes: number | null): Promise<void>;
  /** Takes the device away as a driver would, for tests of the recovery; false where there is none. */
  loseDevice(): Promise<boolean>;
}
