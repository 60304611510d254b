import * as tf from '@tensorflow/tfjs-core';
import { silu } from './activation';
import { expand, scale as affine, sizeOf } from './shape';

export interface GroupNormOptions {
  /** Must divide the channels. */
  groups: number;
  epsilon?: number;
  activation?: 'none' | 'silu';
  /** [N, C]; the normalised, affine value is multiplied by 1 + scale and shifted (FiLM). */
  scale?: tf.Tensor;
  shift?: tf.Tensor;
}

export interface LayerNormOptions {
  epsilon?: number;
  /** [N, D], applied as in group normalisation. */
  scale?: tf.Tensor;
  shift?: tf.Tensor;
}

export interface BatchNormOptions {
  mode: 'train' | 'eval';
  /** [C]; needed in eval mode. */
  mean?: tf.Tensor;
  variance?: tf.Tensor;
  epsilon?: number;
}

/** (x - mean) / sqrt(variance + epsilon) over `axes`, with the biased variance; differentiates through both statistics. */
function standardize(x: tf.Tensor, axes: number[], epsilon: number): { y: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor } {
  const mean = tf.mean(x, axes, true);
  const centred = tf.sub(x, expand(mean, x.shape));
  const variance = tf.mean(tf.square(centred), axes, true);
  const y = tf.mul(centred, expand(tf.rsqrt(affine(variance, 1, epsilon)), x.shape));
  return { y, mean, variance };
}

/** x [N, M, C] * (1 + scale [N, C]) + shift [N, C]. */
function modulate(x: tf.Tensor, scale: tf.Tensor | undefined, shift: tf.Tensor | undefined): tf.Tensor {
  const [n, , c] = x.shape;
  let y = x;
  if (scale) y = tf.mul(y, expand(tf.reshape(affine(scale, 1, 1), [n, 1, c]), x.shape));
  if (shift) y = tf.add(y, expand(tf.reshape(shift, [n, 1, c]), x.shape));
  return y;
}

/**
 * Group normalisation (Wu and He 2018) of x [N,H,W,C]: per image and group of C/groups neighbouring channels, then gamma [C]
 * and beta [C], then FiLM, then the activation.
 */
export function groupNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, options: GroupNormOptions): tf.Tensor4D {
  const { groups, epsilon = 1e-5, activation = 'none', scale, shift } = options;
  const n = x.shape[0];
  const c = x.shape[x.rank - 1];
  if (c % groups !== 0) throw new RangeError(`${groups} groups do not divide ${c} channels`);
  const m = sizeOf(x.shape.slice(1, -1));
  const { y } = standardize(tf.reshape(x, [n, m, groups, c / groups]), [1, 3], epsilon);
  const flat = tf.reshape(y, [n, m, c]);
  const affined = tf.add(tf.mul(flat, gamma), beta);
  const modulated = modulate(affined, scale, shift);
  const active = activation === 'silu' ? silu(modulated) : modulated;
  return tf.reshape(active, x.shape as [number, number, number, number]);
}

/** Layer normalisation over the last axis of x [N,T,D] without its own affine part, then FiLM. */
export function layerNorm(x: tf.Tensor, { epsilon = 1e-6, scale, shift }: LayerNormOptions): tf.Tensor3D {
  const { y } = standardize(x, [2], epsilon);
  return modulate(y, scale, shift) as tf.Tensor3D;
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015) over all axes but the last. In train mode the batch's own mean and biased
 * variance are used, returned [C], and differentiated through; in eval mode the given ones are used and returned.
 */
export function batchNorm(
  x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, options: BatchNormOptions,
): { y: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor } {
  const { mode, mean, variance, epsilon = 1e-5 } = options;
  const c = x.shape[x.rank - 1];
  if (mode === 'eval') {
    if (!mean || !variance) throw new RangeError('batchNorm in eval mode needs mean and variance');
    const factor = tf.mul(gamma, tf.rsqrt(affine(variance, 1, epsilon)));
    return { y: tf.add(tf.mul(tf.sub(x, mean), factor), beta), mean, variance };
  }
  const flat = tf.reshape(x, [sizeOf(x.shape.slice(0, -1)), c]);
  const standard = standardize(flat, [0], epsilon);
  const y = tf.add(tf.mul(standard.y, gamma), beta);
  return { y: tf.reshape(y, x.shape), mean: tf.reshape(standard.mean, [c]), variance: tf.reshape(standard.variance, [c]) };
}
