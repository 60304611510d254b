import type { Tensor } from '@tensorflow/tfjs-core';
import type { Ops } from './ops';

/** Images a step, and what they look like. */
export const BATCH = 8;
export const SHAPE = { size: 32, channels: 3, classes: 10 };

export interface Values {
  shape: number[];
  values: Float32Array<ArrayBuffer>;
}

/** AdamW and the average of what is learned; an `ema` of 0 keeps none. */
export interface Optimization {
  rate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  ema: number;
}

/** What every contestant trains: the same loss from the same start on the same batches. Tensors of four axes are filters HWIO or, by name, images NHWC. */
export interface Problem {
  device: 'webgpu' | 'wasm';
  /** What is learned, as it starts. */
  initial: Record<string, Values>;
  /** What the loss reads beside it and no step changes. */
  constants: Record<string, Values>;
  /** Shapes of what every step brings. */
  inputs: Record<string, number[]>;
  /** Names of those that are images, whatever they are above. */
  images: readonly string[];
  /** What step `step` brings, from 0. */
  batch(step: number): Record<string, Float32Array<ArrayBuffer>>;
  optimization: Optimization;
  /** The scalar loss from another library's operations. */
  loss<T>(ops: Ops<T>, params: Record<string, T>, inputs: Record<string, T>, constants: Record<string, T>): T;
  /** The same from the studio's own. */
  ours(params: Record<string, Tensor>, inputs: Record<string, Tensor>, constants: Record<string, Tensor>): Tensor;
}

/** Bytes of one minibatch. */
export function minibatchBytes({ inputs }: Problem): number {
  return Object.values(inputs).reduce((sum, shape) => sum + 4 * shape.reduce((product, side) => product * side, 1), 0);
}

/** Step-dependent factors of AdamW and the average, `step` from 1. */
export function factorsOf({ beta1, beta2, ema }: Optimization, step: number): { correction1: number; correction2: number; decay: number } {
  return { correction1: 1 - beta1 ** step, correction2: 1 - beta2 ** step, decay: Math.min(ema, (1 + step) / (10 + step)) };
}
