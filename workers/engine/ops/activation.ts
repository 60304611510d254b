import * as tf from '@tensorflow/tfjs-core';
import { differentiateFused, hasKernel } from '../gradients/fused';
import { GELU, GELU_GRADIENT, SILU, SILU_GRADIENT } from '../gradients/names';
import { scale } from './shape';

/** max(x, 0). */
export function relu<R extends tf.Tensor>(x: R): R {
  return tf.relu(x);
}

/** x * sigmoid(x). */
export function silu<R extends tf.Tensor>(x: R): R {
  return hasKernel(SILU) ? (tf.engine().runKernel(SILU, { x }) as tf.Tensor as R) : composedSilu(x);
}

function composedSilu<R extends tf.Tensor>(x: R): R {
  return tf.mul(x, tf.sigmoid(x));
}

/** Derivatives of the fused activations. */
export function installActivationGradients(): void {
  differentiateFused(SILU, SILU_GRADIENT, ['x'], ([x]) => composedSilu(x));
  differentiateFused(GELU, GELU_GRADIENT, ['x'], ([x]) => composedGelu(x));
}

/** The tanh form of GELU: x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))). */
export function gelu<R extends tf.Tensor>(x: R): R {
  return hasKernel(GELU) ? (tf.engine().runKernel(GELU, { x }) as tf.Tensor as R) : composedGelu(x);
}

function composedGelu<R extends tf.Tensor>(x: R): R {
  const inner = tf.mul(x, scale(tf.square(x), 0.044715 * Math.sqrt(2 / Math.PI), Math.sqrt(2 / Math.PI)));
  return tf.mul(scale(x, 0.5), scale(tf.tanh(inner), 1, 1));
}

/** Softmax over the last axis. */
export function softmax<R extends tf.Tensor>(x: R): R {
  return tf.softmax(x);
}
