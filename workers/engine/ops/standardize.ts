import * as tf from '@tensorflow/tfjs-core';
import { relu, silu } from './activation';
import { expand, scale as affine } from './shape';

/** What may follow the affine part of a normalisation. */
export type Activation = 'none' | 'relu' | 'silu';

/** (x - mean) / sqrt(variance + epsilon) over `axes`, with the biased variance; differentiates through both statistics. */
export function standardize(x: tf.Tensor, axes: number[], epsilon: number): { y: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor } {
  const mean = tf.mean(x, axes, true);
  const centred = tf.sub(x, expand(mean, x.shape));
  const variance = tf.mean(tf.square(centred), axes, true);
  const y = tf.mul(centred, expand(tf.rsqrt(affine(variance, 1, epsilon)), x.shape));
  return { y, mean, variance };
}

/** x [N, M, C] * (1 + scale [N, C]) + shift [N, C]. */
export function modulate(x: tf.Tensor, scale: tf.Tensor | undefined, shift: tf.Tensor | undefined): tf.Tensor {
  const [n, , c] = x.shape;
  let y = x;
  if (scale) y = tf.mul(y, expand(tf.reshape(affine(scale, 1, 1), [n, 1, c]), x.shape));
  if (shift) y = tf.add(y, expand(tf.reshape(shift, [n, 1, c]), x.shape));
  return y;
}

export function activated(x: tf.Tensor, activation: Activation): tf.Tensor {
  if (activation === 'relu') return relu(x);
  return activation === 'silu' ? silu(x) : x;
}
