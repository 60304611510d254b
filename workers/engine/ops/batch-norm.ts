import * as tf from '@tensorflow/tfjs-core';
import { hasKernel } from '../gradients/fused';
import { RUNNING_STATISTICS } from '../gradients/names';
import { channelMoments, channelNorm, composedFixedNorm, differentiableMoments, fixedNorm, hasChannelKernels, type Statistics } from './channels';
import { normalizeGroups } from './normalization';
import { scale as affine, sizeOf } from './shape';
import type { Activation } from './standardize';

export interface BatchNormOptions {
  mode: 'train' | 'eval';
  /** [C]; needed in eval mode. */
  mean?: tf.Tensor;
  variance?: tf.Tensor;
  epsilon?: number;
  activation?: Activation;
}

export interface RunningOptions {
  /** Weight of the new batch, PyTorch's convention: running = (1 - momentum) running + momentum batch; or it and one minus it as tensors [1]. */
  momentum: number | { share: tf.Tensor; rest: tf.Tensor };
  /**
   * Values a channel the batch's statistics are of. When given, the batch's variance counts times count / (count - 1), unbiased, as PyTorch keeps it;
   * otherwise as it is.
   */
  count?: number;
}

/** x with all axes but the last as one: [1, M, C]. */
function asOneImage(x: tf.Tensor): tf.Tensor {
  return tf.reshape(x, [1, sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]!]);
}

/** Statistics [C] from primitive kernels. */
function composedStatistics(flat: tf.Tensor): Statistics {
  const mean = tf.mean(flat, [0]);
  return { mean, variance: tf.mean(tf.square(tf.sub(flat, mean)), [0]) };
}

const flatten = ({ mean, variance }: Statistics): Statistics => ({ mean: tf.reshape(mean, [-1]), variance: tf.reshape(variance, [-1]) });

/**
 * Mean and biased variance [C] of x [..., C] over all axes but the last, differentiable in x to any order: what a loss that matches statistics looks at. With kernels
 * of its own one dispatch or two, and one for its gradient.
 */
export function batchStatistics(x: tf.Tensor): Statistics {
  const flat = asOneImage(x);
  if (!hasChannelKernels()) return composedStatistics(tf.reshape(flat, flat.shape.slice(1)));
  return flatten(differentiableMoments(flat, channelMoments(flat)));
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015) of x [..., C] over all axes but the last, with gamma [C] and beta [C], then the activation. In train mode the batch's
 * own mean and biased variance are used, returned [C] as `batchStatistics` gives them, and differentiated through; in eval mode the given ones are used and
 * returned. @throws RangeError for eval mode without statistics.
 */
export function batchNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, options: BatchNormOptions): Statistics & { y: tf.Tensor } {
  const { mode, mean, variance, epsilon = 1e-5, activation = 'none' } = options;
  const attrs = { epsilon, activation };
  const flat = asOneImage(x);
  const channels = flat.shape[2]!;
  if (mode === 'eval') {
    if (!mean || !variance) throw new RangeError('batchNorm in eval mode needs mean and variance');
    const y = hasChannelKernels()
      ? tf.reshape(fixedNorm(flat, gamma, beta, { mean, variance }, attrs), x.shape)
      : composedFixedNorm([x, gamma, beta, mean, variance], attrs);
    return { y, mean, variance };
  }
  if (hasChannelKernels()) {
    const moments = channelMoments(flat);
    const y = channelNorm(flat, gamma, beta, moments, attrs);
    return { y: tf.reshape(y, x.shape), ...flatten(differentiableMoments(flat, moments)) };
  }
  // One image that holds the whole batch, and a group for each channel. The statistics are computed apart: their gradients are
  // only ever needed by losses that match statistics, and cost nothing when no such loss is there.
  const y = normalizeGroups(flat, gamma, beta, undefined, undefined, { groups: channels, ...attrs });
  return { y: tf.reshape(y, x.shape), ...composedStatistics(tf.reshape(flat, flat.shape.slice(1))) };
}

/**
 * The running statistics once a batch's are taken in, for the `state` of a compiled step; [C] each. No gradient is meant to pass.
 * @throws RangeError for a momentum outside 0..1, or a count below 2.
 */
export function updateRunningStatistics(running: Statistics, batch: Statistics, { momentum, count }: RunningOptions): Statistics {
  if (typeof momentum === 'number' && !(momentum >= 0 && momentum <= 1)) throw new RangeError(`A momentum must be within 0..1, not ${momentum}.`);
  if (count !== undefined && !(count >= 2)) throw new RangeError(`An unbiased variance needs two values a channel at least, not ${count}.`);
  const correction = count === undefined ? 1 : count / (count - 1);
  if (hasKernel(RUNNING_STATISTICS)) {
    const inputs = { mean: running.mean, variance: running.variance, batchMean: batch.mean, batchVariance: batch.variance };
    const [mean, variance] = (typeof momentum === 'number'
      ? tf.engine().runKernel(RUNNING_STATISTICS, inputs, { correction, momentum })
      : tf.engine().runKernel(RUNNING_STATISTICS, { ...inputs, ...momentum }, { correction })) as tf.Tensor[];
    return { mean, variance };
  }
  const blend = (old: tf.Tensor, fresh: tf.Tensor): tf.Tensor => (typeof momentum === 'number'
    ? tf.add(affine(old, 1 - momentum), affine(fresh, momentum))
    : tf.add(tf.mul(old, momentum.rest), tf.mul(fresh, momentum.share)));
  return { mean: blend(running.mean, batch.mean), variance: blend(running.variance, correction === 1 ? batch.variance : affine(batch.variance, correction)) };
}
