import * as tf from '@tensorflow/tfjs-core';
import { scale } from '../ops/shape';
import { sumTo } from './arithmetic';
import { RELU_GRADIENT } from './names';
import { replaceGradient, run } from './registry';

/**
 * Functions of one tensor, and powers. tfjs saves the output of these kernels, or multiplies by scalars that are uploaded each time. Here the input is saved and the
 * output computed again, so that the gradient is itself a differentiable expression.
 */
export function installPointwiseGradients(): void {
  replaceGradient('Exp', ['x'], (dy, [x]) => ({ x: () => tf.mul(dy, tf.exp(x)) }));
  replaceGradient('Sigmoid', ['x'], (dy, [x]) => ({
    x: () => {
      const y = tf.sigmoid(x);
      return tf.mul(dy, tf.sub(y, tf.square(y)));
    },
  }));
  replaceGradient('Tanh', ['x'], (dy, [x]) => ({ x: () => tf.mul(dy, scale(tf.square(tf.tanh(x)), -1, 1)) }));
  replaceGradient('Square', ['x'], (dy, [x]) => ({ x: () => scale(tf.mul(dy, x), 2) }));
  replaceGradient('Sqrt', ['x'], (dy, [x]) => ({ x: () => scale(tf.mul(dy, tf.rsqrt(x)), 0.5) }));
  replaceGradient('Rsqrt', ['x'], (dy, [x]) => ({
    x: () => scale(tf.mul(dy, tf.div(tf.rsqrt(x), x)), -0.5),
  }));
  replaceGradient('Neg', [], (dy) => ({ x: () => tf.neg(dy) }));
  replaceGradient('Log', ['x'], (dy, [x]) => ({ x: () => tf.div(dy, x) }));
  replaceGradient('Abs', ['x'], (dy, [x]) => ({ x: () => tf.mul(dy, tf.sign(x)) }));
  replaceGradient('Relu', ['x'], (dy, [x]) => ({ x: () => run(RELU_GRADIENT, { dy, x }) }));
  // The slope is constant almost everywhere, so nothing flows on through x.
  replaceGradient(RELU_GRADIENT, ['x'], (ddx, [x]) => ({ dy: () => run(RELU_GRADIENT, { dy: ddx, x }), x: () => tf.zerosLike(ddx) }));
  for (const flat of ['Sign', 'Step', 'ZerosLike', 'OnesLike']) replaceGradient(flat, [], (dy) => ({ x: () => tf.zerosLike(dy) }));
  replaceGradient('Pow', ['a', 'b'], (dy, [a, b]) => ({
    a: () => sumTo(tf.mul(dy, tf.mul(b, tf.pow(a, scale(b, 1, -1)))), a.shape),
    b: () => {
      // Where the base is not positive the power is only defined for integer exponents, so its exponent has no derivative.
      const positive = tf.greater(a, 0);
      const logarithm = tf.where(positive, tf.log(tf.where(positive, a, tf.onesLike(a))), tf.zerosLike(a));
      return sumTo(tf.mul(dy, tf.mul(tf.pow(a, b), logarithm)), b.shape);
    },
  }));
}
