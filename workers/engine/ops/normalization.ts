import * as tf from '@tensorflow/tfjs-core';
import { differentiateFused, hasKernel } from '../gradients/fused';
import { FILM_GROUP_NORM, FILM_GROUP_NORM_GRADIENT, GROUP_NORM, GROUP_NORM_GRADIENT } from '../gradients/names';
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

interface FusedAttrs {
  groups: number;
  epsilon: number;
  activation: 'none' | 'silu';
}

/** The fused kernels compute four channels at a time. */
function fusable(channels: number): boolean {
  return channels % 4 === 0 && hasKernel(GROUP_NORM);
}

/** Group normalisation of x [N, M, C] from primitive kernels. */
function composedGroupNorm([x, gamma, beta, scale, shift]: (tf.Tensor | undefined)[], attrs: FusedAttrs): tf.Tensor {
  const [n, m, c] = x!.shape as number[];
  const { y } = standardize(tf.reshape(x!, [n, m, attrs.groups, c / attrs.groups]), [1, 3], attrs.epsilon);
  const affined = tf.add(tf.mul(tf.reshape(y, [n, m, c]), gamma!), beta!);
  const modulated = modulate(affined, scale, shift);
  return attrs.activation === 'silu' ? silu(modulated) : modulated;
}

/** Derivatives of the fused normalisations. */
export function installNormalizationGradients(): void {
  const composition = (inputs: tf.Tensor[], attrs: Record<string, unknown>) => composedGroupNorm(inputs, attrs as unknown as FusedAttrs);
  differentiateFused(GROUP_NORM, GROUP_NORM_GRADIENT, ['x', 'gamma', 'beta'], composition);
  differentiateFused(FILM_GROUP_NORM, FILM_GROUP_NORM_GRADIENT, ['x', 'gamma', 'beta', 'scale', 'shift'], composition);
}

/** Group normalisation of x [N, M, C], fused where the backend can. */
function normalizeGroups(
  x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, scale: tf.Tensor | undefined, shift: tf.Tensor | undefined, attrs: FusedAttrs,
): tf.Tensor {
  if (!fusable(x.shape[2]!) || !scale !== !shift) return composedGroupNorm([x, gamma, beta, scale, shift], attrs);
  const named = { ...attrs } as unknown as tf.NamedAttrMap;
  return scale && shift
    ? (tf.engine().runKernel(FILM_GROUP_NORM, { x, gamma, beta, scale, shift }, named) as tf.Tensor)
    : (tf.engine().runKernel(GROUP_NORM, { x, gamma, beta }, named) as tf.Tensor);
}

/**
 * Group normalisation (Wu and He 2018) of x [N,H,W,C]: per image and group of C/groups neighbouring channels, then gamma [C]
 * and beta [C], then FiLM, then the activation.
 */
export function groupNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, options: GroupNormOptions): tf.Tensor4D {
  const { groups, epsilon = 1e-5, activation = 'none', scale, shift } = options;
  const n = x.shape[0];
  const c = x.shape[x.rank - 1]!;
  if (c % groups !== 0) throw new RangeError(`${groups} groups do not divide ${c} channels`);
  const flat = tf.reshape(x, [n, sizeOf(x.shape.slice(1, -1)), c]);
  const y = normalizeGroups(flat, gamma, beta, scale, shift, { groups, epsilon, activation });
  return tf.reshape(y, x.shape as [number, number, number, number]);
}

/** Layer normalisation over the last axis of x [N,T,D] without its own affine part, then FiLM. */
export function layerNorm(x: tf.Tensor, { epsilon = 1e-6, scale, shift }: LayerNormOptions): tf.Tensor3D {
  const [n, t, d] = x.shape as number[];
  if (!fusable(d)) return modulate(standardize(x, [2], epsilon).y, scale, shift) as tf.Tensor3D;
  const tokens = tf.reshape(x, [n * t, 1, d]);
  const y = normalizeGroups(tokens, tf.ones([d]), tf.zeros([d]), undefined, undefined, { groups: 1, epsilon, activation: 'none' });
  return modulate(tf.reshape(y, [n, t, d]), scale, shift) as tf.Tensor3D;
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
  const flat = tf.reshape(x, [sizeOf(x.shape.slice(0, -1)), c!]);
  if (fusable(c!)) {
    // One image that holds the whole batch, and a group for each channel. The statistics are computed apart: their gradients are
    // only ever needed by losses that match statistics, and cost nothing when no such loss is there.
    const y = normalizeGroups(tf.expandDims(flat), gamma, beta, undefined, undefined, { groups: c!, epsilon, activation: 'none' });
    const batchMean = tf.mean(flat, [0]);
    const batchVariance = tf.mean(tf.square(tf.sub(flat, batchMean)), [0]);
    return { y: tf.reshape(y, x.shape), mean: batchMean, variance: batchVariance };
  }
  const standard = standardize(flat, [0], epsilon);
  const y = tf.add(tf.mul(standard.y, gamma), beta);
  return { y: tf.reshape(y, x.shape), mean: tf.reshape(standard.mean, [c]), variance: tf.reshape(standard.variance, [c]) };
}
