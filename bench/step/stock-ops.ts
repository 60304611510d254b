import * as tf from '@tensorflow/tfjs-core';
import type { Ops } from './ops';

const GROUPS = 8;

/** (x - mean) / sqrt(variance + epsilon) over `axes`. */
function standardize(x: tf.Tensor, axes: number[], epsilon: number): tf.Tensor {
  const { mean, variance } = tf.moments(x, axes, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
}

/** x * (1 + scale) + shift, vectors [N, C] being spread over everything between. */
function modulate(x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(x, tf.add(spread(scale, x), 1)), spread(shift, x));
}

function spread(vector: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.reshape(vector, [x.shape[0], ...x.shape.slice(1, -1).map(() => 1), x.shape[x.rank - 1]!]);
}

function silu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(x));
}

function dense(x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const lead = x.shape.slice(0, -1);
  const product = tf.matMul(tf.reshape(x, [-1, w.shape[0]]) as tf.Tensor2D, w as tf.Tensor2D);
  return tf.reshape(tf.add(product, b), [...lead, w.shape[1]!]);
}

function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, heads: number): tf.Tensor {
  const [n, tokens, width] = q.shape as number[];
  const split = (x: tf.Tensor) => tf.transpose(tf.reshape(x, [n, tokens, heads, width / heads]), [0, 2, 1, 3]);
  const scores = tf.mul(tf.matMul(split(q), split(k), false, true), 1 / Math.sqrt(width / heads));
  return tf.reshape(tf.transpose(tf.matMul(tf.softmax(scores), split(v)), [0, 2, 1, 3]), [n, tokens, width]);
}

function moments(x: tf.Tensor): { mean: tf.Tensor; variance: tf.Tensor } {
  return tf.moments(x, [0, 1, 2]);
}

/** tfjs' own operations, images NHWC. */
export const STOCK_OPS: Ops<tf.Tensor> = {
  convolve(x, w, b, stride) {
    const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same');
    return b ? tf.add(y, b) : y;
  },
  project: dense,
  normalize(x, g, b, film) {
    const [n, height, width, c] = x.shape as number[];
    const grouped = standardize(tf.reshape(x, [n, height * width, GROUPS, c / GROUPS]), [1, 3], 1e-5);
    const y = tf.add(tf.mul(tf.reshape(grouped, x.shape), g), b);
    return silu(film ? modulate(y, film.scale, film.shift) : y);
  },
  join: (a, b) => tf.concat([a, b], 3),
  upsample: (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2 * x.shape[1]!, 2 * x.shape[2]!]),
  unshuffle(x, f) {
    const [n, h, w, c] = x.shape as number[];
    return tf.reshape(tf.transpose(tf.reshape(x, [(n * h) / f, f, w / f, f * c]), [0, 2, 1, 3]), [n, h / f, w / f, f * f * c]);
  },
  shuffle(x, f) {
    const [n, h, w, deep] = x.shape as number[];
    return tf.reshape(tf.transpose(tf.reshape(x, [n * h, w, f, deep / f]), [0, 2, 1, 3]), [n, f * h, f * w, deep / (f * f)]);
  },
  averagePool: (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'),
  frozenNorm: (x, { gain, offset }) => tf.relu(tf.add(tf.mul(x, gain), offset)),
  moments,
  tokens: (x) => tf.reshape(x, [x.shape[0], -1, x.shape[3]!]),
  image: (x, side) => tf.reshape(x, [x.shape[0], side, side, x.shape[2]!]),
  flatten: (x) => tf.reshape(x, [x.shape[0], -1]),
  layerNorm: (x, scale, shift) => modulate(standardize(x, [2], 1e-6), scale, shift),
  gate: (x, g) => tf.mul(x, spread(g, x)),
  attention,
  dense,
  chunk: (x, parts) => tf.split(x, parts, x.rank - 1),
  rows: (labels, table) => tf.matMul(labels as tf.Tensor2D, table as tf.Tensor2D),
  silu,
  gelu(x) {
    const inner = tf.mul(x, tf.add(tf.mul(tf.square(x), 0.044715 * Math.sqrt(2 / Math.PI)), Math.sqrt(2 / Math.PI)));
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
  },
  add: (a, b) => tf.add(a, b),
  times: (x, factor) => tf.mul(x, factor),
  meanSquare: (a, b) => tf.mean(tf.square(tf.sub(a, b))),
  crossEntropy: (logits, targets) => tf.losses.softmaxCrossEntropy(targets, logits),
  distance: (a, b) => tf.sqrt(tf.sum(tf.square(tf.sub(a, b)))),
};
