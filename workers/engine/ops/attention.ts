import * as tf from '@tensorflow/tfjs-core';
import { differentiateFused, hasKernel } from '../gradients/fused';
import { ATTENTION, ATTENTION_GRADIENT } from '../gradients/names';
import { softmax } from './activation';
import { scale, sizeOf } from './shape';

/** Beyond these the weights no longer fit a cache, and products in tiles are faster than rows. */
const MOST_TOKENS = 256;
const MOST_WIDTH = 128;

function composedAttention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor {
  const d = q.shape[q.rank - 1];
  const weights = softmax(tf.matMul(scale(q, 1 / Math.sqrt(d)), k, false, true));
  return tf.matMul(weights, v);
}

/** [N, T, heads * d] as [N, heads, T, d]. */
function splitHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [n, tokens, depth] = x.shape as number[];
  return tf.transpose(tf.reshape(x, [n, tokens, heads, depth / heads]), [0, 2, 1, 3]);
}

function composedMultiHead([q, k, v]: tf.Tensor[], heads: number): tf.Tensor {
  const mixed = composedAttention(splitHeads(q, heads), splitHeads(k, heads), splitHeads(v, heads));
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), q.shape);
}

function fusable(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, width: number): boolean {
  const same = [k, v].every(({ shape }) => shape.join() === q.shape.join());
  return same && q.shape[q.rank - 2]! <= MOST_TOKENS && width <= MOST_WIDTH && hasKernel(ATTENTION);
}

function fusedAttention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, heads: number): tf.Tensor {
  return tf.engine().runKernel(ATTENTION, { q, k, v }, { heads }) as tf.Tensor;
}

/** Derivatives of fused attention. */
export function installAttentionGradients(): void {
  differentiateFused(ATTENTION, ATTENTION_GRADIENT, ['q', 'k', 'v'], (inputs, attrs) => composedMultiHead(inputs, attrs.heads as number));
}

/** softmax(q k^T / sqrt(d)) v for q, k, v [N, heads, T, d], giving [N, heads, T, d]. */
export function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor4D {
  const [tokens, d] = q.shape.slice(-2);
  if (!fusable(q, k, v, d)) return composedAttention(q, k, v) as tf.Tensor4D;
  const [a, b, c] = [q, k, v].map((x) => tf.reshape(x, [sizeOf(q.shape.slice(0, -2)), tokens, d]));
  return tf.reshape(fusedAttention(a, b, c, 1), q.shape) as tf.Tensor as tf.Tensor4D;
}

/**
 * Attention of `heads` heads whose channels lie side by side: q, k, v [N, T, heads * d] give [N, T, heads * d], as `attention` does after the heads are
 * moved before the tokens. Fused, nothing is moved.
 */
export function multiHeadAttention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, heads: number): tf.Tensor3D {
  const depth = q.shape[q.rank - 1]!;
  if (depth % heads !== 0) throw new RangeError(`${heads} heads do not divide ${depth} channels`);
  return (fusable(q, k, v, depth / heads) ? fusedAttention(q, k, v, heads) : composedMultiHead([q, k, v], heads)) as tf.Tensor3D;
}
