import * as tf from '@tensorflow/tfjs-core';

/** Values and shape of an input. */
export type Given = [values: Float32Array, shape: number[]];

async function outputsOf(name: string, inputs: Record<string, Given>, attrs: Record<string, unknown>): Promise<Float32Array[]> {
  const tensors = Object.fromEntries(Object.entries(inputs).map(([key, [values, shape]]) => [key, tf.tensor(values.slice(), shape)]));
  const result = tf.engine().runKernel(name, tensors, attrs as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[];
  const outputs = Array.isArray(result) ? result : [result];
  const values = await Promise.all(outputs.map((output) => output.data()));
  tf.dispose([outputs, tensors]);
  return values as Float32Array[];
}

/** Largest difference relative to the largest value expected, infinite for another size or a number that is missing. */
export function errorOf(actual: Float32Array, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let [scale, worst] = [1e-6, 0];
  actual.forEach((value, i) => {
    scale = Math.max(scale, Math.abs(expected[i]));
    worst = Math.max(worst, Number.isNaN(value) ? Infinity : Math.abs(value - expected[i]));
  });
  return worst / scale;
}

/** Runs a kernel twice and gives the error of each of its outputs, infinite for other bits the second time. */
export async function kernelErrors(
  name: string, inputs: Record<string, Given>, attrs: Record<string, unknown>, expected: readonly ArrayLike<number>[],
): Promise<number[]> {
  const first = await outputsOf(name, inputs, attrs);
  const second = await outputsOf(name, inputs, attrs);
  return expected.map((values, i) => {
    const same = Buffer.compare(Buffer.from(first[i].buffer), Buffer.from(second[i].buffer)) === 0;
    return same && first.length === expected.length ? errorOf(first[i], values) : Infinity;
  });
}
