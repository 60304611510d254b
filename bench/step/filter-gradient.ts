import * as tf from '@tensorflow/tfjs-core';

/** The attributes tfjs gives the kernel. */
export interface FilterGradientAttrs {
  strides: number | [number, number];
  pad: 'same' | 'valid' | number;
  filterShape: [number, number, number, number];
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * The filter gradient [kh, kw, Ci, Co] of a convolution of x [N, H, W, Ci] with upstream gradient dy [N, H', W', Co], from kernels that tfjs has: a convolution
 * with batch and channels exchanged, in which dy is the filter and the stride its dilation.
 */
export function composedFilterGradient(x: tf.Tensor, dy: tf.Tensor, { strides, pad, filterShape, dimRoundingMode }: FilterGradientAttrs): tf.Tensor {
  const info = tf.backend_util.computeConv2DInfo(x.shape as [number, number, number, number], filterShape, strides, 1, pad, dimRoundingMode);
  const { padInfo: { top, left }, strideHeight, strideWidth } = info;
  // Exactly as much below and to the right as makes kh x kw places for the upstream gradient.
  const bottom = (info.outHeight - 1) * strideHeight + info.filterHeight - info.inHeight - top;
  const right = (info.outWidth - 1) * strideWidth + info.filterWidth - info.inWidth - left;
  const swapped = tf.transpose(x, [3, 1, 2, 0]) as tf.Tensor4D;
  const seen = tf.slice(swapped, 0, [-1, info.inHeight + Math.min(0, bottom), info.inWidth + Math.min(0, right), -1]);
  const places = tf.conv2d(
    seen, tf.transpose(dy, [1, 2, 0, 3]) as tf.Tensor4D, 1, [[0, 0], [top, Math.max(0, bottom)], [left, Math.max(0, right)], [0, 0]], 'NHWC', [strideHeight, strideWidth],
  );
  return tf.transpose(places, [1, 2, 0, 3]);
}
