import * as tf from '@tensorflow/tfjs-core';

/** Pools over 3x3 windows, for nets that are only evaluated: they have no gradient here. */

/** Largest value of each 3x3 window of x [N,H,W,C]. With `same` padding never wins, whatever the sign of x. */
export function maxPool3(x: tf.Tensor, stride: 1 | 2, pad: 'same' | 'valid'): tf.Tensor4D {
  return tf.maxPool(x as tf.Tensor4D, 3, stride, pad);
}

/** Mean of each 3x3 window of x [N,H,W,C] at stride 1 over the pixels that exist: 4 in the corners, 6 at the edges, 9 inside. */
export function averagePool3(x: tf.Tensor): tf.Tensor4D {
  return tf.avgPool(x as tf.Tensor4D, 3, 1, 'same');
}
