import type { Tensor } from '@tensorflow/tfjs-core';
import type { RetortError } from '../failure';
import type { EngineFigures, EngineVerdict } from '../protocol';

/** Named tensors of one model, in a fixed order (insertion order of the record). */
export type Params = Record<string, Tensor>;

export interface AdamWOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Global-norm clip; 0 does not clip. */
  clip: number;
  /** Ceiling of the EMA decay; the effective decay of step k is min(ema, (1 + k) / (10 + k)). 0 keeps no EMA. */
  ema: number;
}

/**
 * Owns a model's parameters, their moments and EMA. `params` are the tensors to differentiate with respect to; they are
 * valid until the next `step` and must not be disposed by callers.
 */
export interface Optimizer {
  readonly params: Params;
  /** EMA weights as tensors, valid until the next step. */
  ema(): Params;
  /**
   * One update from gradients in the order of `params`; consumes (disposes) them.
   * `learningRate` is per step so that warm-up and schedules live with the caller.
   */
  step(gradients: Tensor[], learningRate: number): void;
  /** Everything needed to go on, as float32 arrays keyed `p/<name>`, `m/<name>`, `v/<name>`, `e/<name>`, plus the step count. @throws RetortError `nan-loss` for weights that are no numbers. */
  save(): Promise<{ step: number; arrays: Record<string, Float32Array<ArrayBuffer>> }>;
  load(state: { step: number; arrays: Record<string, Float32Array<ArrayBuffer>> }): void;
  dispose(): void;
}

export interface StepResult {
  /** Loss values of the step, read without stalling where the device allows; NaN raises RetortError('nan-loss') on read. */
  loss: Promise<number>;
}

/**
 * A training step whose shapes never change. Everything that differs from step to step comes through `inputs`; whatever else `loss` reads is taken to be
 * the same for ever: numbers it uploads itself, tensors it closes over (which must outlive the step).
 */
export interface StepDefinition<I extends string, S extends string = never> {
  /** Shapes of the float32 inputs that each run brings. */
  inputs: Record<I, readonly number[]>;
  /** Tensors that a step leaves to the next beside the parameters, such as running statistics, with what they start from. */
  state?: Record<S, { shape: readonly number[]; values: Float32Array }>;
  /** The scalar loss, and the next value of every state where there is any. Must be synchronous, and read nothing back. */
  loss(params: Params, inputs: Record<I, Tensor>, state: Record<S, Tensor>): Tensor | { loss: Tensor; state: Record<S, Tensor> };
  /** Milliseconds of work to put into one submit at most; 500 unless told. A step that takes longer is cut into several. */
  submitBudget?: number;
}

/** A step made from a definition. Where the device allows it is recorded on its first runs and replayed after. */
export interface CompiledStep<I extends string, S extends string = never> {
  /** Differentiates the loss at these inputs and updates the parameters, as `trainStep` does. @throws RangeError for an input of another size. */
  run(inputs: Record<I, Float32Array>, learningRate: number): StepResult;
  /** Present values, valid until the next run; not to be disposed. */
  readonly state: Readonly<Record<S, Tensor>>;
  /** Frees all it reserved. Must come before its optimiser is disposed. */
  dispose(): void;
}

/** Sums since the engine was opened; the difference over a step is what that step cost. The optimiser's few operations a parameter are not counted. */
export type EngineCounters = EngineFigures;

/** What one training step sent to the device and computed. */
export type StepCost = NonNullable<EngineFigures['lastStep']>;

/**
 * The one seam between tensors and everything above it. Methods import differentiable operations from `engine/ops` and get
 * optimisers, memory figures and lifetime from here.
 */
export interface Engine {
  readonly verdict: EngineVerdict;
  optimizer(initial: Record<string, { shape: number[]; values: Float32Array<ArrayBuffer> }>, options: Partial<AdamWOptions>): Optimizer;
  /**
   * One training step: differentiates `loss` with respect to the optimiser's parameters and applies the update. All
   * intermediate tensors are freed. The scalar loss is returned as a promise.
   */
  trainStep(optimizer: Optimizer, learningRate: number, loss: (params: Params) => Tensor): StepResult;
  /** A step of fixed shapes, fast to repeat: on WebGPU it is recorded and replayed, elsewhere each run is a `trainStep`. */
  compileStep<I extends string, S extends string = never>(optimizer: Optimizer, definition: StepDefinition<I, S>): CompiledStep<I, S>;
  counters(): EngineCounters;
  /** Allows so many bytes at once; null for the engine's default. A kernel that would exceed it throws RetortError('over-cap'). */
  limitMemory(bytes: number | null): void;
  /** Live tensor bytes. */
  bytes(): number;
  /** Waits while the device is more than half a second behind, so that a long series of steps cannot run away from it. */
  settled(): Promise<void>;
  /** Resolves when the engine cannot be used any more: `device-lost`, `device-refused` or `out-of-memory`; never rejects. */
  readonly lost: Promise<RetortError>;
  /** Takes the device away as a driver would, for tests; false where there is none. */
  loseDevice(): boolean;
  /** Frees the device; the engine cannot be used again. */
  close(): void;
}
