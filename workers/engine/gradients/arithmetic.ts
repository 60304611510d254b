import * as tf from '@tensorflow/tfjs-core';
import { BIASED_MATMUL } from './names';
import { replaceGradient, run } from './registry';

/** Sums `x` down to a shape it was broadcast from. Always a new tensor, since the tape disposes what it accumulates. */
export function sumTo(x: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, x.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(x, axes) : x, shape);
}

/** A mask of zeros and ones that the tape treats as a constant: comparisons have no gradient, and none is meant. */
export function comparison(compare: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.customGrad((...inputs) => {
    const [x, y] = inputs as [tf.Tensor, tf.Tensor];
    return {
      value: tf.cast(compare(x, y), 'float32'),
      gradFunc: () => [tf.zerosLike(x), tf.zerosLike(y)],
    };
  })(a, b);
}

/** Binary operations with broadcasting, and the matrix product. */
export function installArithmeticGradients(): void {
  replaceGradient('Add', ['a', 'b'], (dy, [a, b]) => ({ a: () => sumTo(dy, a.shape), b: () => sumTo(dy, b.shape) }));
  replaceGradient('Sub', ['a', 'b'], (dy, [a, b]) => ({ a: () => sumTo(dy, a.shape), b: () => tf.neg(sumTo(dy, b.shape)) }));
  replaceGradient('Multiply', ['a', 'b'], (dy, [a, b]) => ({
    a: () => sumTo(tf.mul(dy, b), a.shape),
    b: () => sumTo(tf.mul(dy, a), b.shape),
  }));
  replaceGradient('RealDiv', ['a', 'b'], (dy, [a, b]) => ({
    a: () => sumTo(tf.div(dy, b), a.shape),
    b: () => tf.neg(sumTo(tf.div(tf.mul(dy, tf.div(a, b)), b), b.shape)),
  }));
  replaceGradient('Maximum', ['a', 'b'], (dy, [a, b]) => ({
    a: () => sumTo(tf.mul(dy, comparison(tf.greaterEqual, a, b)), a.shape),
    b: () => sumTo(tf.mul(dy, comparison(tf.less, a, b)), b.shape),
  }));
  replaceGradient('Minimum', ['a', 'b'], (dy, [a, b]) => ({
    a: () => sumTo(tf.mul(dy, comparison(tf.lessEqual, a, b)), a.shape),
    b: () => sumTo(tf.mul(dy, comparison(tf.greater, a, b)), b.shape),
  }));
  const product = (a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean) => run('BatchMatMul', { a, b }, { transposeA, transposeB });
  replaceGradient('BatchMatMul', ['a', 'b'], (dy, [a, b], { transposeA, transposeB }) => ({
    a: () => (transposeA ? product(b, dy, transposeB as boolean, true) : product(dy, b, false, !transposeB)),
    b: () => (transposeB ? product(dy, a, true, transposeA as boolean) : product(a, dy, !transposeA, false)),
  }));
  replaceGradient(BIASED_MATMUL, ['a', 'b'], (dy, [a, b]) => ({
    a: () => product(dy, b, false, true), b: () => product(a, dy, true, false), bias: () => tf.sum(dy, [0]),
  }));
}
