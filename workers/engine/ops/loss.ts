import * as tf from '@tensorflow/tfjs-core';
import { differentiateFused, hasKernel } from '../gradients/fused';
import {
  KL_DIVERGENCE, KL_DIVERGENCE_GRADIENT, LOG_SUM_EXP, SOFTMAX_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY_GRADIENT, SOFTMAX_CROSS_ENTROPY_SECOND,
} from '../gradients/names';
import { expand, scale, sizeOf } from './shape';

export interface CrossEntropyOptions {
  /** Divides the logits; 1 unless told. */
  temperature?: number;
}

export interface DivergenceOptions {
  /** Divides the student's logits, and the teacher's where those are logits; 1 unless told. */
  temperature?: number;
  /** What the teacher gives: logits, or probabilities that are taken as they are. Logits unless told. */
  teacher?: 'logits' | 'probabilities';
  /**
   * Whether the divergence is multiplied by the square of the temperature (Hinton et al. 2015), so that gradients of the logits keep their size
   * whatever the temperature. True unless told; recipes that distil without it say false.
   */
  squared?: boolean;
}

/** log sum exp over the last axis, which stays with size one. */
export function logSumExp(x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel(LOG_SUM_EXP, { x }) as tf.Tensor;
}

function check(first: tf.Tensor, second: tf.Tensor, temperature: number): void {
  if (first.rank !== 2 || first.shape.join() !== second.shape.join()) {
    throw new RangeError(`Rows of logits [${first.shape.join()}] need targets of the same shape [N, K], not [${second.shape.join()}].`);
  }
  if (!(temperature > 0) || !Number.isFinite(temperature)) throw new RangeError(`A temperature must be above 0, not ${temperature}.`);
}

/** logits / temperature, the logits themselves at 1. */
function tempered(logits: tf.Tensor, temperature: number): tf.Tensor {
  return temperature === 1 ? logits : scale(logits, 1 / temperature);
}

/** -log softmax(z) over the last axis. */
function surprise(z: tf.Tensor): tf.Tensor {
  return tf.sub(expand(logSumExp(z), z.shape), z);
}

interface Attrs {
  temperature: number;
  target: 'logits' | 'probabilities';
  factor: number;
}

function composedCrossEntropy([logits, targets]: tf.Tensor[], { temperature }: Pick<Attrs, 'temperature'>): tf.Tensor {
  return tf.sum(tf.mul(targets, surprise(tempered(logits, temperature))), [1]);
}

function composedDivergence([logits, targets]: tf.Tensor[], { temperature, target, factor }: Attrs): tf.Tensor {
  const cross = surprise(tempered(logits, temperature));
  let terms: tf.Tensor;
  if (target === 'logits') {
    const z = tempered(targets, temperature);
    terms = tf.mul(tf.softmax(z), tf.sub(cross, surprise(z)));
  } else {
    // Where a probability is zero its logarithm is taken of one, so that the entry adds nothing to the value nor, by its entropy, to the gradient.
    const positive = tf.add(targets, scale(tf.step(targets), -1, 1));
    terms = tf.mul(targets, tf.add(tf.log(positive), cross));
  }
  const sum = tf.sum(terms, [1]);
  return factor === 1 ? sum : scale(sum, factor);
}

/** Derivatives of the fused losses. */
export function installLossGradients(): void {
  differentiateFused(SOFTMAX_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY_GRADIENT, ['logits', 'targets'],
    (inputs, attrs) => composedCrossEntropy(inputs, attrs as unknown as Attrs), { secondName: SOFTMAX_CROSS_ENTROPY_SECOND });
  differentiateFused(KL_DIVERGENCE, KL_DIVERGENCE_GRADIENT, ['logits', 'targets'],
    (inputs, attrs) => composedDivergence(inputs, attrs as unknown as Attrs));
}

/**
 * Cross-entropy -sum_k t_k log softmax(z / T)_k of logits [N,K] under target probabilities [N,K], giving [N] in nats. Differentiable in both,
 * to any order; the gradient with respect to the targets is -log softmax(z / T). @throws RangeError for other shapes, or a temperature that is not above 0.
 */
export function softmaxCrossEntropy(logits: tf.Tensor, targets: tf.Tensor, { temperature = 1 }: CrossEntropyOptions = {}): tf.Tensor1D {
  check(logits, targets, temperature);
  if (!hasKernel(SOFTMAX_CROSS_ENTROPY)) return composedCrossEntropy([logits, targets], { temperature }) as tf.Tensor1D;
  return tf.engine().runKernel(SOFTMAX_CROSS_ENTROPY, { logits, targets }, { temperature }) as tf.Tensor as tf.Tensor1D;
}

/**
 * Divergence of a student's distribution from its teacher's, KL(q || p) = sum_k q_k (log q_k - log p_k) with p = softmax(student / T) and q = softmax(teacher / T)
 * or the teacher's probabilities, [N,K] both, giving [N] in nats; times T^2 unless `squared` is false. Differentiable in both, to any order. A probability of zero
 * adds nothing; its gradient there is -log p. The mean over [N] is PyTorch's `batchmean`.
 * @throws RangeError for other shapes, or a temperature that is not above 0.
 */
export function klDivergence(student: tf.Tensor, teacher: tf.Tensor, options: DivergenceOptions = {}): tf.Tensor1D {
  const { temperature = 1, teacher: target = 'logits', squared = true } = options;
  check(student, teacher, temperature);
  const attrs = { temperature, target, factor: squared ? temperature ** 2 : 1 };
  if (!hasKernel(KL_DIVERGENCE)) return composedDivergence([student, teacher], attrs) as tf.Tensor1D;
  return tf.engine().runKernel(KL_DIVERGENCE, { logits: student, targets: teacher }, attrs) as tf.Tensor as tf.Tensor1D;
}

/** Mean of the squared difference over all axes but the first: [N, ...] and [N, ...] give [N]. */
export function meanSquare(a: tf.Tensor, b: tf.Tensor): tf.Tensor1D {
  const flat = tf.reshape(tf.sub(a, b), [a.shape[0], sizeOf(a.shape.slice(1))]);
  return tf.mean(tf.square(flat), [1]);
}
