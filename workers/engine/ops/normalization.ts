import * as tf from '@tensorflow/tfjs-core';
import { differentiateFused, hasKernel } from '../gradients/fused';
import {
  FILM_GROUP_NORM, FILM_GROUP_NORM_GRADIENT, FILM_LAYER_NORM, FILM_LAYER_NORM_GRADIENT, GROUP_NORM, GROUP_NORM_GRADIENT, LAYER_NORM, LAYER_NORM_GRADIENT,
} from '../gradients/names';
import { channelMoments, channelNorm, hasChannelKernels, installChannelGradients } from './channels';
import { planesOf } from './shape';
import { activated, modulate, standardize, type Activation } from './standardize';

export interface GroupNormOptions {
  /** Must divide the channels. */
  groups: number;
  epsilon?: number;
  activation?: Activation;
  /** [N, C]; the normalised, affine value is multiplied by 1 + scale and shifted (FiLM). */
  scale?: tf.Tensor;
  shift?: tf.Tensor;
}

export type InstanceNormOptions = Pick<GroupNormOptions, 'epsilon' | 'activation'>;

export interface LayerNormOptions {
  epsilon?: number;
  /** [N, D], applied as in group normalisation. */
  scale?: tf.Tensor;
  shift?: tf.Tensor;
}

interface FusedAttrs {
  groups: number;
  epsilon: number;
  activation: Activation;
}

type Inputs = (tf.Tensor | undefined)[];

/** What the backend's group normalisation takes: wasm computes four channels at a time, and knows of no activation but SiLU. */
function fusable(channels: number, activation: Activation): boolean {
  if (!hasKernel(GROUP_NORM)) return false;
  return tf.getBackend() === 'webgpu' || (channels % 4 === 0 && activation !== 'relu');
}

/** Group normalisation of x [N, ..., C] from primitive kernels. */
function composedGroupNorm([x, gamma, beta, scale, shift]: Inputs, attrs: FusedAttrs): tf.Tensor {
  const [n, m, c] = planesOf(x!.shape);
  const { y } = standardize(tf.reshape(x!, [n, m, attrs.groups, c / attrs.groups]), [1, 3], attrs.epsilon);
  const affined = tf.add(tf.mul(tf.reshape(y, [n, m, c]), gamma!), beta!);
  return activated(tf.reshape(modulate(affined, scale, shift), x!.shape), attrs.activation);
}

/** Layer normalisation of x [N, T, D] from primitive kernels. */
function composedLayerNorm([x, scale, shift]: Inputs, { epsilon }: Pick<FusedAttrs, 'epsilon'>): tf.Tensor {
  return modulate(standardize(x!, [2], epsilon).y, scale, shift);
}

/** Derivatives of the fused normalisations. */
export function installNormalizationGradients(): void {
  const grouped = (inputs: tf.Tensor[], attrs: Record<string, unknown>) => composedGroupNorm(inputs, attrs as unknown as FusedAttrs);
  differentiateFused(GROUP_NORM, GROUP_NORM_GRADIENT, ['x', 'gamma', 'beta'], grouped);
  differentiateFused(FILM_GROUP_NORM, FILM_GROUP_NORM_GRADIENT, ['x', 'gamma', 'beta', 'scale', 'shift'], grouped);
  const layered = (inputs: tf.Tensor[], attrs: Record<string, unknown>) => composedLayerNorm(inputs, attrs as unknown as FusedAttrs);
  differentiateFused(LAYER_NORM, LAYER_NORM_GRADIENT, ['x'], layered);
  differentiateFused(FILM_LAYER_NORM, FILM_LAYER_NORM_GRADIENT, ['x', 'scale', 'shift'], layered);
  installChannelGradients();
}

/** Group normalisation of x [N, ..., C], fused where the backend can. */
export function normalizeGroups(
  x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, scale: tf.Tensor | undefined, shift: tf.Tensor | undefined, attrs: FusedAttrs,
): tf.Tensor {
  const channels = x.shape[x.rank - 1]!;
  if (!scale && !shift && attrs.groups === channels && hasChannelKernels()) {
    const flat = tf.reshape(x, planesOf(x.shape));
    return tf.reshape(channelNorm(flat, gamma, beta, channelMoments(flat), attrs), x.shape);
  }
  if (!fusable(channels, 'none') || !scale !== !shift) return composedGroupNorm([x, gamma, beta, scale, shift], attrs);
  if (!fusable(channels, attrs.activation)) return activated(normalizeGroups(x, gamma, beta, scale, shift, { ...attrs, activation: 'none' }), attrs.activation);
  const named = { ...attrs } as unknown as tf.NamedAttrMap;
  return scale && shift
    ? (tf.engine().runKernel(FILM_GROUP_NORM, { x, gamma, beta, scale, shift }, named) as tf.Tensor)
    : (tf.engine().runKernel(GROUP_NORM, { x, gamma, beta }, named) as tf.Tensor);
}

/**
 * Group normalisation (Wu and He 2018) of x [N,H,W,C]: per image and group of C/groups neighbouring channels, then gamma [C]
 * and beta [C], then FiLM, then the activation. @throws RangeError when the groups do not divide the channels.
 */
export function groupNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, options: GroupNormOptions): tf.Tensor4D {
  const { groups, epsilon = 1e-5, activation = 'none', scale, shift } = options;
  const c = x.shape[x.rank - 1]!;
  if (c % groups !== 0) throw new RangeError(`${groups} groups do not divide ${c} channels`);
  return normalizeGroups(x, gamma, beta, scale, shift, { groups, epsilon, activation }) as tf.Tensor4D;
}

/**
 * Instance normalisation (Ulyanov et al. 2016) of x [N,H,W,C]: per image and channel over its pixels with the biased variance, then gamma [C] and beta [C], then
 * the activation. It has no running statistics.
 */
export function instanceNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, options: InstanceNormOptions = {}): tf.Tensor4D {
  return groupNorm(x, gamma, beta, { ...options, groups: x.shape[x.rank - 1]! });
}

/** Layer normalisation over the last axis of x [N,T,D] without its own affine part, then FiLM. */
export function layerNorm(x: tf.Tensor, { epsilon = 1e-6, scale, shift }: LayerNormOptions): tf.Tensor3D {
  const [n, t, d] = x.shape as number[];
  if (hasKernel(LAYER_NORM)) {
    if (scale && shift) return tf.engine().runKernel(FILM_LAYER_NORM, { x, scale, shift }, { epsilon }) as tf.Tensor as tf.Tensor3D;
    return modulate(tf.engine().runKernel(LAYER_NORM, { x }, { epsilon }) as tf.Tensor, scale, shift) as tf.Tensor3D;
  }
  if (!fusable(d, 'none')) return composedLayerNorm([x, scale, shift], { epsilon }) as tf.Tensor3D;
  const tokens = tf.reshape(x, [n * t, 1, d]);
  const y = normalizeGroups(tokens, tf.ones([d]), tf.zeros([d]), undefined, undefined, { groups: 1, epsilon, activation: 'none' });
  return modulate(tf.reshape(y, [n, t, d]), scale, shift) as tf.Tensor3D;
}
