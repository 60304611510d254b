import type { Tensor } from '@tensorflow/tfjs-core';
import type { EngineVerdict } from '../protocol';

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
  /** Everything needed to go on, as float32 arrays keyed `p/<name>`, `m/<name>`, `v/<name>`, `e/<name>`, plus the step count. */
  save(): Promise<{ step: number; arrays: Record<string, Float32Array<ArrayBuffer>> }>;
  load(state: { step: number; arrays: Record<string, Float32Array<ArrayBuffer>> }): void;
  dispose(): void;
}

export interface StepResult {
  /** Loss values of the step, read without stalling where the device allows; NaN raises RetortError('nan-loss') on read. */
  loss: Promise<number>;
}

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
  /** Live tensor bytes. */
  bytes(): number;
  /** Resolves with a sentence when the device is lost; never rejects. */
  readonly lost: Promise<string>;
  /** Frees the device; the engine cannot be used again. */
  close(): void;
}
