import * as tf from '@tensorflow/tfjs-core';
import { expand, scale, sizeOf } from '../ops/shape';
import { comparison } from './arithmetic';
import { EXPAND, LOG_SUM_EXP, SCALE } from './names';
import { normalizeAxes, replaceGradient, run } from './registry';

/** `shape` with the given axes set to one. */
function keepDims(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

function extremum(kernelName: 'Max' | 'Min', attribute: 'reductionIndices' | 'axis', reduce: typeof tf.max): void {
  replaceGradient(kernelName, ['x'], (dy, [x], attrs) => ({
    x: () => {
      const axes = normalizeAxes(attrs[attribute], x.rank);
      const kept = keepDims(x.shape, axes);
      const extreme = expand(tf.reshape(reduce(x, axes), kept), x.shape);
      // Whether an element is the extreme one is locally constant, so the mask needs no derivative of its own.
      const mask = comparison(tf.equal, x, extreme);
      return tf.mul(expand(tf.reshape(dy, kept), x.shape), mask);
    },
  }));
}

/** Sums, means, extremes and softmax: broadcasting the upstream gradient instead of multiplying it by uploaded ones. */
export function installReductionGradients(): void {
  replaceGradient('Sum', ['x'], (dy, [x], attrs) => ({
    x: () => expand(tf.reshape(dy, keepDims(x.shape, normalizeAxes(attrs.axis, x.rank))), x.shape),
  }));
  replaceGradient('Mean', ['x'], (dy, [x], attrs) => ({
    x: () => {
      const axes = normalizeAxes(attrs.axis, x.rank);
      const count = sizeOf(axes.map((axis) => x.shape[axis]));
      return expand(tf.reshape(scale(dy, 1 / count), keepDims(x.shape, axes)), x.shape);
    },
  }));
  extremum('Max', 'reductionIndices', tf.max);
  extremum('Min', 'axis', tf.min);
  replaceGradient(EXPAND, ['x'], (dy, [x]) => ({
    x: () => tf.sum(dy, x.shape.flatMap((size, axis) => (size !== dy.shape[axis] ? [axis] : [])), true),
  }));
  replaceGradient(SCALE, [], (dy, _saved, attrs) => ({ x: () => scale(dy, attrs.factor as number) }));
  replaceGradient('Softmax', ['logits'], (dy, [logits], attrs) => ({
    logits: () => {
      const y = run('Softmax', { logits }, { dim: attrs.dim });
      const product = tf.mul(dy, y);
      return tf.sub(product, tf.mul(y, expand(tf.sum(product, [logits.rank - 1], true), y.shape)));
    },
  }));
  replaceGradient('LogSoftmax', ['logits'], (dy, [logits], attrs) => ({
    logits: () => {
      const y = run('Softmax', { logits }, { dim: attrs.axis });
      return tf.sub(dy, tf.mul(y, expand(tf.sum(dy, [logits.rank - 1], true), y.shape)));
    },
  }));
  replaceGradient(LOG_SUM_EXP, ['x'], (dy, [x]) => ({
    x: () => tf.mul(expand(dy, x.shape), tf.softmax(x)),
  }));
}
