import * as tf from '@tensorflow/tfjs-core';
import { EXPAND, SCALE } from '../gradients/names';

/**
 * `x` repeated along its dimensions of size one up to `shape` (same rank). Its gradient is a sum, so it stays closed under
 * differentiation where tfjs' Tile turns into one slice a repeat.
 */
export function expand<R extends tf.Tensor = tf.Tensor>(x: tf.Tensor, shape: number[]): R {
  if (x.shape.every((size, axis) => size === shape[axis])) return x as R;
  return tf.engine().runKernel(EXPAND, { x }, { shape }) as tf.Tensor as R;
}

/** `factor * x + offset` with constants that never become tensors, so that nothing is uploaded. */
export function scale<R extends tf.Tensor>(x: R, factor: number, offset = 0): R {
  return tf.engine().runKernel(SCALE, { x }, { factor, offset }) as tf.Tensor as R;
}

/** Images, pixels and channels of [N, ..., C]. */
export function planesOf(shape: readonly number[]): [images: number, pixels: number, channels: number] {
  return [shape[0], sizeOf(shape.slice(1, -1)), shape[shape.length - 1]];
}

/** Product of the sizes in `shape`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
