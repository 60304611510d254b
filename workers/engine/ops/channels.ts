import * as tf from '@tensorflow/tfjs-core';
import { differentiateComposed, differentiateFused, gradientsOrZeros, hasKernel, offTape } from '../gradients/fused';
import {
  BATCH_STATISTICS, BATCH_STATISTICS_GRADIENT, CHANNEL_MOMENTS, CHANNEL_NORM, CHANNEL_NORM_GRADIENT, CHANNEL_NORM_SECOND, FIXED_NORM,
  FIXED_NORM_AFFINE_GRADIENT, FIXED_NORM_INPUT_GRADIENT,
} from '../gradients/names';
import { replaceGradient, replaceGradientOfMany, run } from '../gradients/registry';
import { expand, scale } from './shape';
import { activated, standardize, type Activation } from './standardize';

/** Mean and biased variance a channel. */
export interface Statistics {
  mean: tf.Tensor;
  variance: tf.Tensor;
}

export interface ChannelAttrs {
  epsilon: number;
  activation: Activation;
}

const STATISTICS = ['mean', 'variance'];
const AFFINE = ['x', 'gamma', 'beta'];

/** Whether the backend normalises channels by kernels of their own. */
export function hasChannelKernels(): boolean {
  return hasKernel(CHANNEL_NORM);
}

const named = (attrs: ChannelAttrs): tf.NamedAttrMap => ({ ...attrs });

/** Mean and variance [N, C] of x [N, M, C], which the tape takes for constants. */
export function channelMoments(x: tf.Tensor): Statistics {
  const [mean, variance] = offTape(() => tf.engine().runKernel(CHANNEL_MOMENTS, { x }) as tf.Tensor[]);
  return { mean, variance };
}

/** x [N, M, C] normalised by its own `channelMoments`; differentiates through them although they are given. */
export function channelNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, moments: Statistics, attrs: ChannelAttrs): tf.Tensor {
  return tf.engine().runKernel(CHANNEL_NORM, { x, gamma, beta, ...moments }, named(attrs)) as tf.Tensor;
}

/** The same moments [N, C] as functions of x. Costs nothing but by a loss that looks at them. */
export function differentiableMoments(x: tf.Tensor, moments: Statistics): Statistics {
  const [mean, variance] = tf.engine().runKernel(BATCH_STATISTICS, { x, ...moments }) as tf.Tensor[];
  return { mean, variance };
}

/** x [1, M, C] normalised by statistics [C] that do not depend on it. */
export function fixedNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, statistics: Statistics, attrs: ChannelAttrs): tf.Tensor {
  const { mean, variance } = statistics;
  return tf.engine().runKernel(FIXED_NORM, { x, gamma, beta, mean, variance }, named(attrs)) as tf.Tensor;
}

/** `fixedNorm` from primitive kernels, for x of any rank. */
export function composedFixedNorm([x, gamma, beta, mean, variance]: tf.Tensor[], { epsilon, activation }: ChannelAttrs): tf.Tensor {
  const factor = tf.mul(gamma, tf.rsqrt(scale(variance, 1, epsilon)));
  return activated(tf.add(tf.mul(tf.sub(x, mean), factor), beta), activation);
}

function composedMomentsGradient([x, dmean, dvariance]: tf.Tensor[]): tf.Tensor {
  const [n, m, c] = x.shape as number[];
  const each = (value: tf.Tensor) => expand(tf.reshape(value, [n, 1, c]), x.shape);
  const centred = tf.sub(x, expand(tf.mean(x, [1], true), x.shape));
  return scale(tf.add(each(dmean), scale(tf.mul(centred, each(dvariance)), 2)), 1 / m);
}

function installFixedNormGradients(): void {
  const names = [...AFFINE, ...STATISTICS];
  replaceGradient(FIXED_NORM, names, (dy, saved, attrs) => {
    const inputs = { ...Object.fromEntries(names.map((name, i) => [name, saved[i]])), dy };
    const [, gamma, , , variance] = saved;
    const spread = () => scale(variance, 1, attrs.epsilon as number);
    // One kernel for each, so that a gradient of pixels alone adds up nothing.
    const affine = (of: 'gamma' | 'beta') => run(FIXED_NORM_AFFINE_GRADIENT, inputs, { ...attrs, of });
    return {
      x: () => run(FIXED_NORM_INPUT_GRADIENT, inputs, attrs),
      gamma: () => affine('gamma'),
      beta: () => affine('beta'),
      mean: () => tf.neg(tf.mul(affine('beta'), tf.mul(gamma, tf.rsqrt(spread())))),
      variance: () => scale(tf.mul(affine('gamma'), tf.div(gamma, spread())), -0.5),
    };
  });
  const gradient = (inputs: tf.Tensor[], attrs: Record<string, unknown>, of: number) => gradientsOrZeros(
    (...five) => composedFixedNorm(five, attrs as unknown as ChannelAttrs), inputs.slice(0, 5), inputs[5])[of];
  differentiateComposed(FIXED_NORM_INPUT_GRADIENT, [...names, 'dy'], (inputs, attrs) => gradient(inputs, attrs, 0));
  differentiateComposed(FIXED_NORM_AFFINE_GRADIENT, [...names, 'dy'], (inputs, attrs) => gradient(inputs, attrs, names.indexOf(attrs.of as string)));
}

/** Derivatives of the kernels of this file. */
export function installChannelGradients(): void {
  differentiateFused(CHANNEL_NORM, CHANNEL_NORM_GRADIENT, AFFINE, ([x, gamma, beta], attrs) => {
    const { epsilon, activation } = attrs as unknown as ChannelAttrs;
    return activated(tf.add(tf.mul(standardize(x, [1], epsilon).y, gamma), beta), activation);
  }, { constants: STATISTICS, secondName: CHANNEL_NORM_SECOND });
  replaceGradientOfMany(BATCH_STATISTICS, ['x', 'mean'], ([dmean, dvariance], [x, mean]) => ({
    x: () => run(BATCH_STATISTICS_GRADIENT, { x, mean, dmean, dvariance }),
  }));
  differentiateComposed(BATCH_STATISTICS_GRADIENT, ['x', 'dmean', 'dvariance'], composedMomentsGradient, ['mean']);
  installFixedNormGradients();
}
