import * as tf from '@tensorflow/tfjs-core';
import { differentiateComposed, gradientsOrZeros, hasKernel, offTape, whileTaping } from '../gradients/fused';
import { MATCHED_NORM, MATCHED_NORM_GRADIENT, MATCHED_ROWS } from '../gradients/names';
import { replaceGradientOfMany, run } from '../gradients/registry';
import { batchNorm, batchStatistics } from './batch-norm';
import type { Statistics } from './channels';
import { averagePool2 } from './resample';
import { scale } from './shape';
import type { Activation } from './standardize';

/** Factors of the two distances of `statisticsDistance`. */
export interface DistanceWeights {
  meanWeight: number;
  varianceWeight: number;
}

export interface MatchedNormOptions extends Statistics, DistanceWeights {
  epsilon?: number;
  activation?: Activation;
  /** Whether y is pooled to the means of 2x2 squares. */
  pool?: boolean;
}

interface Attrs extends DistanceWeights {
  epsilon: number;
  activation: Activation;
  pool: boolean;
}

const NAMES = ['x', 'gamma', 'beta', 'mean', 'variance'];

/** The Euclidean length of a vector, whose gradient where the vector is zero is zero and not 0/0. */
function lengthOf(vector: tf.Tensor): tf.Tensor {
  const squares = tf.sum(tf.square(vector));
  const present = tf.step(squares);
  return tf.mul(tf.sqrt(tf.add(squares, scale(present, -1, 1))), present);
}

/**
 * meanWeight ||mu - mu_run||_2 + varianceWeight ||v - v_run||_2 of statistics [C], a scalar: the layer's term of DWA's recovery loss (Du et al. 2024), lengths and
 * not their squares. Differentiable in all four; the gradient of a length of zero is zero.
 */
export function statisticsDistance(batch: Statistics, running: Statistics, { meanWeight, varianceWeight }: DistanceWeights): tf.Tensor {
  const apart = (of: keyof Statistics, weight: number) => scale(lengthOf(tf.sub(batch[of], running[of])), weight);
  return tf.add(apart('mean', meanWeight), apart('variance', varianceWeight));
}

function composed([x, gamma, beta, mean, variance]: tf.Tensor[], { epsilon, activation, pool, ...weights }: Attrs): { y: tf.Tensor; distance: tf.Tensor } {
  const { y } = batchNorm(x, gamma, beta, { mode: 'eval', mean, variance, epsilon, activation });
  return { y: pool ? averagePool2(y) : y, distance: statisticsDistance(batchStatistics(x), { mean, variance }, weights) };
}

/** <y, dy> + distance dd, whose gradients are those of both outputs together. */
function projected(inputs: tf.Tensor[], dy: tf.Tensor, dd: tf.Tensor, attrs: Attrs): tf.Tensor {
  const { y, distance } = composed(inputs, attrs);
  return tf.add(tf.sum(tf.mul(y, dy)), tf.mul(distance, dd));
}

/** Derivatives of the fused kernels: one dispatch for x, compositions for all else and from the second derivative on. */
export function installMatchedNormGradients(): void {
  replaceGradientOfMany(MATCHED_NORM, [...NAMES, 'rows'], ([dy, dd], saved, attrs) => {
    const inputs = saved.slice(0, NAMES.length);
    const [x, gamma, beta, mean, variance] = inputs;
    const gradient = (index: number) => () => whileTaping(() => gradientsOrZeros(
      (input) => projected(inputs.with(index, input), dy, dd, attrs as unknown as Attrs), [inputs[index]])[0]);
    return {
      x: () => run(MATCHED_NORM_GRADIENT, { x, gamma, beta, mean, variance, rows: saved[NAMES.length], dy, dd }, attrs),
      ...Object.fromEntries(NAMES.slice(1).map((name, i) => [name, gradient(i + 1)])),
    };
  });
  differentiateComposed(MATCHED_NORM_GRADIENT, [...NAMES, 'dy', 'dd'], (inputs, attrs) => {
    const [x, ...affine] = inputs.slice(0, NAMES.length);
    return gradientsOrZeros((pixels) => projected([pixels, ...affine], inputs[5], inputs[6], attrs as unknown as Attrs), [x])[0];
  }, ['rows']);
}

/**
 * Batch normalisation of x [N, H, W, C] by running statistics [C], its activation and, where asked for, means of 2x2 squares (H and W even): y; and beside it the
 * `statisticsDistance` of x's own mean and biased variance from those statistics, a scalar. What DWA's recovery asks of every normalisation of its teacher. With kernels of its own
 * three dispatches, and one for the gradient of x. @throws RangeError for odd sides with `pool`.
 */
export function matchedNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, options: MatchedNormOptions): { y: tf.Tensor4D; distance: tf.Scalar } {
  const { mean, variance, epsilon = 1e-5, activation = 'none', pool = false, meanWeight, varianceWeight } = options;
  const attrs: Attrs = { epsilon, activation, pool, meanWeight, varianceWeight };
  const even = x.shape[1]! % 2 === 0 && x.shape[2]! % 2 === 0;
  if (!hasKernel(MATCHED_NORM) || (pool && !even)) return composed([x, gamma, beta, mean, variance], attrs) as { y: tf.Tensor4D; distance: tf.Scalar };
  const named = { ...attrs };
  const inputs = { x, gamma, beta, mean, variance };
  const [rows, value] = offTape(() => tf.engine().runKernel(MATCHED_ROWS, inputs, named) as tf.Tensor[]);
  const [y, distance] = tf.engine().runKernel(MATCHED_NORM, { ...inputs, rows, value }, named) as tf.Tensor[];
  return { y: y as tf.Tensor4D, distance: distance as tf.Scalar };
}
