import type { AdamWOptions } from '../types';

export const ADAMW_DEFAULTS: AdamWOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clip: 0, ema: 0 };

/** Step-dependent factors of one AdamW update; `step` counts from 1. */
export interface StepFactors {
  correction1: number;
  correction2: number;
  /** Share of the old average that is kept. */
  emaDecay: number;
}

/** Bias corrections 1 - beta^t, and the EMA decay min(ema, (1 + t) / (10 + t)), which forgets the initial weights early on. */
export function stepFactors(options: AdamWOptions, step: number): StepFactors {
  return {
    correction1: 1 - options.beta1 ** step,
    correction2: 1 - options.beta2 ** step,
    emaDecay: Math.min(options.ema, (1 + step) / (10 + step)),
  };
}

/** Factor that brings a gradient of this norm down to `clip`; the small addend is PyTorch's clip_grad_norm_. */
export function clipFactor(norm: number, clip: number): number {
  return clip > 0 ? Math.min(1, clip / (norm + 1e-6)) : 1;
}

export type State = { step: number; arrays: Record<string, Float32Array<ArrayBuffer>> };
export type Initial = Record<string, { shape: number[]; values: Float32Array<ArrayBuffer> }>;

/** One part of a saved state, checked against the size it must have. */
export function part(state: State, key: string, size: number): Float32Array<ArrayBuffer> {
  const values = state.arrays[key];
  if (!values || values.length !== size) {
    throw new RangeError(`The saved state has ${values ? values.length : 'no'} values for ${key}, not ${size}.`);
  }
  return values;
}
