import * as tf from '@tensorflow/tfjs-core';

export type Numbers = Float64Array;

/** One operation at one shape: what the engine computes, and the same from its definition in float64. */
export interface OperationCase {
  name: string;
  shapes: number[][];
  /** Longest reduction, which error bounds grow with. */
  terms: number;
  engine: (...inputs: tf.Tensor[]) => tf.Tensor;
  reference: (...inputs: Numbers[]) => Numbers;
  /** Moves inputs away from kinks or poles, where finite differences mean nothing. */
  prepare?: (value: number) => number;
}

export const map = (f: (value: number) => number) => (x: Numbers): Numbers => x.map(f);
export const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** Normalises the entries each `group(index)` shares. */
export function standardizeBy(x: Numbers, group: (index: number) => number, epsilon: number): Numbers {
  const sums = new Map<number, { n: number; s: number; q: number }>();
  x.forEach((value, i) => {
    const entry = sums.get(group(i)) ?? { n: 0, s: 0, q: 0 };
    sums.set(group(i), { n: entry.n + 1, s: entry.s + value, q: 0 });
  });
  x.forEach((value, i) => {
    const entry = sums.get(group(i))!;
    entry.q += (value - entry.s / entry.n) ** 2;
  });
  return x.map((value, i) => {
    const { n, s, q } = sums.get(group(i))!;
    return (value - s / n) / Math.sqrt(q / n + epsilon);
  });
}

export function matMulReference(a: Numbers, b: Numbers, m: number, k: number, n: number): Numbers {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) for (let l = 0; l < k; l++) out[i * n + j] += a[i * k + l] * b[l * n + j];
  return out;
}

export function transposed(x: Numbers, rows: number, columns: number): Numbers {
  return x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
}

export function softmaxReference(x: Numbers, width: number): Numbers {
  const top = (row: number) => Math.max(...x.subarray(row * width, (row + 1) * width));
  const e = x.map((value, i) => Math.exp(value - top(Math.floor(i / width))));
  const total = (row: number) => e.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0);
  return e.map((value, i) => value / total(Math.floor(i / width)));
}

export function concatenate(parts: Numbers[]): Numbers {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

/** Derivatives at a kink mean nothing, so that ReLU stands for a shape whose numbers keep away from it. */
export const ACTIVATIONS = { none: (z: number) => z, relu: (z: number) => Math.max(z, 0), silu: (z: number) => z * sigmoid(z) };
export type Activation = keyof typeof ACTIVATIONS;

/** Squared, so that the second derivative of operations that are linear is not trivially zero. */
export function squared({ engine, reference, name, ...rest }: OperationCase): OperationCase {
  return {
    ...rest, name,
    engine: (...inputs) => tf.square(engine(...inputs)),
    reference: (...inputs) => reference(...inputs).map((value) => value * value),
  };
}
