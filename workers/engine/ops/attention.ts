import * as tf from '@tensorflow/tfjs-core';
import { softmax } from './activation';
import { scale } from './shape';

/** softmax(q k^T / sqrt(d)) v for q, k, v [N, heads, T, d], giving [N, heads, T, d]. */
export function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor4D {
  const d = q.shape[q.rank - 1];
  const weights = softmax(tf.matMul(scale(q, 1 / Math.sqrt(d)), k, false, true));
  return tf.matMul(weights, v) as tf.Tensor4D;
}
