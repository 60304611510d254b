import * as tf from '@tensorflow/tfjs-core';
import { LOG_SUM_EXP } from '../gradients/names';
import { expand, sizeOf } from './shape';

/** log sum exp over the last axis, which stays with size one. */
export function logSumExp(x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel(LOG_SUM_EXP, { x }) as tf.Tensor;
}

/**
 * Cross-entropy -sum_k t_k log softmax(z)_k of logits [N,K] under target probabilities [N,K], giving [N]. Differentiable in both,
 * to any order; the gradient with respect to the targets is -log softmax(z).
 */
export function softmaxCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor1D {
  const surprise = tf.sub(expand(logSumExp(logits), logits.shape), logits);
  return tf.sum(tf.mul(targets, surprise), [1]);
}

/** Mean of the squared difference over all axes but the first: [N, ...] and [N, ...] give [N]. */
export function meanSquare(a: tf.Tensor, b: tf.Tensor): tf.Tensor1D {
  const flat = tf.reshape(tf.sub(a, b), [a.shape[0], sizeOf(a.shape.slice(1))]);
  return tf.mean(tf.square(flat), [1]);
}
