import { numpy as np } from '@jax-js/jax';
import type { Problem, Values } from './problem';

export type A = np.Array;
export type Tree = Record<string, A>;

/** NHWC numbers as NCHW. */
function channelsFirst(values: Float32Array<ArrayBuffer>, [n, height, width, channels]: number[]): Float32Array<ArrayBuffer> {
  const pixels = height * width;
  const out = new Float32Array(n * pixels * channels);
  for (let i = 0; i < out.length; i++) {
    const [image, pixel, c] = [Math.floor(i / (pixels * channels)), Math.floor(i / channels) % pixels, i % channels];
    out[(image * channels + c) * pixels + pixel] = values[i];
  }
  return out;
}

/** Images as NCHW, everything else as it is; done outside of what is timed. */
export function arranged({ images }: Pick<Problem, 'images'>, values: Record<string, Values>): Record<string, Values> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => {
    if (!images.includes(name)) return [name, value];
    const [n, height, width, channels] = value.shape;
    return [name, { shape: [n, channels, height, width], values: channelsFirst(value.values, value.shape) }];
  }));
}

/** Arrays of arranged values, as they are. */
export function arrays(values: Record<string, Values>): Tree {
  return Object.fromEntries(Object.entries(values).map(([name, { shape, values: numbers }]) => [name, np.array(numbers).reshape(shape)]));
}

/** Arrays of what is learned or stays: images NCHW, filters HWIO as OIHW. */
export function parameters(problem: Pick<Problem, 'images'>, values: Record<string, Values>): Tree {
  const plain = arrays(arranged(problem, values));
  return Object.fromEntries(Object.entries(plain).map(([name, array]) =>
    [name, array.shape.length === 4 && !problem.images.includes(name) ? np.transpose(array, [3, 2, 0, 1]) : array]));
}

/** A batch of the problem as shapes and numbers. */
export function valuesOf({ inputs }: Pick<Problem, 'inputs'>, batch: Record<string, Float32Array<ArrayBuffer>>): Record<string, Values> {
  return Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, { shape, values: batch[name] }]));
}
