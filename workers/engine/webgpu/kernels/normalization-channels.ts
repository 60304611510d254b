import * as tf from '@tensorflow/tfjs-core';
import {
  BATCH_STATISTICS, BATCH_STATISTICS_GRADIENT, CHANNEL_MOMENTS, CHANNEL_NORM, CHANNEL_NORM_GRADIENT, CHANNEL_NORM_SECOND, FIXED_NORM,
  FIXED_NORM_AFFINE_GRADIENT, FIXED_NORM_INPUT_GRADIENT, RUNNING_STATISTICS,
} from '../../gradients/names';
import type { Activation } from '../../ops/standardize';
import {
  addPairsProgram, applyProgram, inputGradientProgram, joinMomentsProgram, momentsGradientProgram, momentsProgram, partsOf, runningProgram, sumsProgram,
  type ChannelShape,
} from './normalization-channels-wgsl';
import { SECOND_ROWS, secondAffineProgram, secondPointsProgram, secondRowsProgram, secondSumsProgram } from './normalization-second-wgsl';
import type { Gpu } from './program';
import { refineKernel, type Attrs, type Inputs } from './registry';

/** Threads that keep a device busy: a software adapter has a few cores, a graphics card thousands of lanes. */
export const threadsOf = ({ software }: Gpu): number => (software ? 64 : 8192);

function shapeOf({ x }: Inputs, attrs: Attrs): ChannelShape {
  const [images, pixels, channels] = x.shape;
  return {
    images, pixels, channels, epsilon: (attrs.epsilon as number | undefined) ?? 0, activation: (attrs.activation as Activation | undefined) ?? 'none',
  };
}

const given = ({ x, gamma, beta, mean, variance }: Inputs): tf.TensorInfo[] => [x, gamma, beta, mean, variance];

function moments(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo[] {
  const s = shapeOf(inputs, attrs);
  const parts = partsOf(s, threadsOf(gpu));
  const outs = [gpu.output([s.images, s.channels]), gpu.output([s.images, s.channels])];
  if (parts.parts === 1) {
    gpu.run(momentsProgram(s, parts), [inputs.x, ...outs]);
    return outs;
  }
  const partial = gpu.output([s.images, parts.parts, 2, s.channels]);
  gpu.run(momentsProgram(s, parts), [inputs.x, partial]);
  gpu.run(joinMomentsProgram(s, parts), [partial, ...outs]);
  gpu.free(partial);
  return outs;
}

function apply(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo {
  const out = gpu.output(inputs.x.shape);
  gpu.run(applyProgram(shapeOf(inputs, attrs)), [...given(inputs), out]);
  return out;
}

/** First pass of the sums a gradient needs: [images, parts, 2, channels]. */
function partialSums(s: ChannelShape, inputs: Inputs, gpu: Gpu): tf.TensorInfo {
  const parts = partsOf(s, threadsOf(gpu));
  const partial = gpu.output([s.images, parts.parts, 2, s.channels]);
  gpu.run(sumsProgram(s, parts), [...given(inputs), inputs.dy, partial]);
  return partial;
}

/** Gradients of x, gamma and beta through the statistics of x: sums, their parts together, x; and one more over images where there are several. */
function backward(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo[] {
  const s = shapeOf(inputs, attrs);
  const { images, channels } = s;
  const [dgamma, dbeta] = [gpu.output([channels]), gpu.output([channels])];
  let pairs = partialSums(s, inputs, gpu);
  const parts = pairs.shape[1];
  if (parts > 1) {
    const partial = pairs;
    pairs = gpu.output([images, 1, 2, channels]);
    gpu.run(addPairsProgram(images, parts, channels, images === 1 ? 'both' : 'pairs'), [partial, pairs, ...(images === 1 ? [dbeta, dgamma] : [])]);
    gpu.free(partial);
  }
  const dx = gpu.output(inputs.x.shape);
  gpu.run(inputGradientProgram(s, false), [...given(inputs), inputs.dy, pairs, dx]);
  if (parts === 1 || images > 1) gpu.run(addPairsProgram(1, images, channels, 'apart'), [pairs, dbeta, dgamma]);
  gpu.free(pairs);
  return [dx, dgamma, dbeta];
}

/** Gradients of x, gamma, beta and dy of the gradient above, for upstream dd0 to dd2 of its three outputs. */
function second(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo[] {
  const s = shapeOf(inputs, attrs);
  const { x, gamma, beta, mean, variance, dy, dd0, dd1, dd2 } = inputs;
  const parts = partsOf(s, threadsOf(gpu));
  const partial = gpu.output([s.images, parts.parts, s.activation === 'silu' ? 10 : 5, s.channels]);
  gpu.run(secondSumsProgram(s, parts), [...given(inputs), dy, dd0, partial]);
  const rows = gpu.output([s.images, SECOND_ROWS, s.channels]);
  gpu.run(secondRowsProgram(s, parts), [partial, gamma, beta, mean, variance, dd1, dd2, rows]);
  gpu.free(partial);
  const [ofX, ofGamma, ofBeta, ofDy] = [x, gamma, beta, dy].map(({ shape }) => gpu.output(shape));
  gpu.run(secondPointsProgram(s), [x, dy, dd0, rows, ofX, ofDy]);
  gpu.run(secondAffineProgram(s), [rows, ofGamma, ofBeta]);
  gpu.free(rows);
  return [ofX, ofGamma, ofBeta, ofDy];
}

function fixedInputGradient(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo {
  const dx = gpu.output(inputs.x.shape);
  gpu.run(inputGradientProgram(shapeOf(inputs, attrs), true), [...given(inputs), inputs.dy, dx]);
  return dx;
}

/** The gradient of gamma or of beta. */
function fixedAffineGradient(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo {
  const s = shapeOf(inputs, attrs);
  const partial = partialSums(s, inputs, gpu);
  const [dgamma, dbeta] = [gpu.output([s.channels]), gpu.output([s.channels])];
  gpu.run(addPairsProgram(1, partial.shape[1], s.channels, 'apart'), [partial, dbeta, dgamma]);
  gpu.free(partial);
  gpu.free(attrs.of === 'gamma' ? dbeta : dgamma);
  return attrs.of === 'gamma' ? dgamma : dbeta;
}

function running(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo[] {
  const { mean, variance, batchMean, batchVariance, share, rest } = inputs;
  const outs = [gpu.output(mean.shape), gpu.output(variance.shape)];
  const program = runningProgram(mean.shape[0], attrs.correction as number, attrs.momentum as number | undefined);
  gpu.run(program, [mean, variance, batchMean, batchVariance, ...(share ? [share, rest] : []), ...outs]);
  return outs;
}

/**
 * Registers batch and instance normalisation with their affine part and activation. Statistics take one dispatch or two, which y and whoever asks for mean and variance
 * share; y takes one more, and a gradient through the statistics three, and the
 * gradient of that four.
 */
export function installChannelKernels(): void {
  refineKernel(CHANNEL_MOMENTS, moments);
  refineKernel(CHANNEL_NORM, apply);
  refineKernel(CHANNEL_NORM_GRADIENT, backward);
  refineKernel(CHANNEL_NORM_SECOND, second);
  refineKernel(BATCH_STATISTICS, ({ mean, variance }) => [tf.clone(mean as tf.Tensor), tf.clone(variance as tf.Tensor)]);
  refineKernel(BATCH_STATISTICS_GRADIENT, (inputs, attrs, gpu) => {
    const { x, mean, dmean, dvariance } = inputs;
    const dx = gpu.output(x.shape);
    gpu.run(momentsGradientProgram(shapeOf(inputs, attrs)), [x, mean, dmean, dvariance, dx]);
    return dx;
  });
  refineKernel(FIXED_NORM, apply);
  refineKernel(FIXED_NORM_INPUT_GRADIENT, fixedInputGradient);
  refineKernel(FIXED_NORM_AFFINE_GRADIENT, fixedAffineGradient);
  refineKernel(RUNNING_STATISTICS, running);
}
