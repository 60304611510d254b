import * as tf from '@tensorflow/tfjs-core';
import { BIASED_CONV2D } from '../gradients/names';
import { run } from '../gradients/registry';

export interface ConvolutionOptions {
  stride: 1 | 2;
  /** `same` pads as TensorFlow does: with stride 2 and even sides the extra row and column are below and right. */
  pad: 'same' | 'valid';
  /** [Co], added to every pixel. */
  bias?: tf.Tensor;
}

/** 2-D cross-correlation of x [N,H,W,Ci] with filter [kh,kw,Ci,Co], giving [N,H',W',Co]. */
export function conv2d(x: tf.Tensor, filter: tf.Tensor, { stride, pad, bias }: ConvolutionOptions): tf.Tensor4D {
  if (bias) return run(BIASED_CONV2D, { x, filter, bias }, { strides: stride, pad }) as tf.Tensor4D;
  return tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
}
