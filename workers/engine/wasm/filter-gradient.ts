import * as tf from '@tensorflow/tfjs-core';

/** Geometry of one 2-D convolution. */
export interface ConvolutionShape {
  batch: number; height: number; width: number; channels: number;
  kernelHeight: number; kernelWidth: number; filters: number;
  outHeight: number; outWidth: number;
  stride: number; top: number; left: number;
}

/** Geometry from the attributes tfjs gives its convolution kernels; refuses what none of our nets uses. */
export function convolutionShape(xShape: number[], filterShape: number[], attrs: Record<string, unknown>): ConvolutionShape {
  const info = tf.backend_util.computeConv2DInfo(
    xShape as [number, number, number, number], filterShape as [number, number, number, number],
    attrs.strides as number | [number, number], 1, attrs.pad as 'same' | 'valid',
    attrs.dimRoundingMode as 'floor' | undefined,
  );
  if (info.strideHeight !== info.strideWidth) throw new RangeError('strides that differ in height and width are not supported');
  return {
    batch: info.batchSize, height: info.inHeight, width: info.inWidth, channels: info.inChannels,
    kernelHeight: info.filterHeight, kernelWidth: info.filterWidth, filters: info.outChannels,
    outHeight: info.outHeight, outWidth: info.outWidth,
    stride: info.strideHeight, top: info.padInfo.top, left: info.padInfo.left,
  };
}

/**
 * df[a,b,i,o] = sum over n,h,w of x[n, s h + a - top, s w + b - left, i] dy[n,h,w,o]: for each tap the matrix product of the
 * shifted, strided input with dy.
 */
export function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, shape: ConvolutionShape): tf.Tensor4D {
  const { batch, height, width, channels, kernelHeight, kernelWidth, filters, outHeight, outWidth, stride, top, left } = shape;
  const rows = batch * outHeight * outWidth;
  return tf.tidy(() => {
    const bottom = Math.max(0, (outHeight - 1) * stride + kernelHeight - top - height);
    const right = Math.max(0, (outWidth - 1) * stride + kernelWidth - left - width);
    const padded = tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]]);
    const flat = tf.reshape(dy, [rows, filters]);
    const taps: tf.Tensor[] = [];
    for (let a = 0; a < kernelHeight; a++) {
      for (let b = 0; b < kernelWidth; b++) {
        const shifted = tf.stridedSlice(
          padded, [0, a, b, 0],
          [batch, a + (outHeight - 1) * stride + 1, b + (outWidth - 1) * stride + 1, channels], [1, stride, stride, 1],
        );
        taps.push(tf.matMul(tf.reshape(shifted, [rows, channels]), flat as tf.Tensor2D, true, false));
      }
    }
    return tf.reshape(tf.concat(taps, 0), [kernelHeight, kernelWidth, channels, filters]);
  });
}

/** Registers the kernel tfjs' wasm backend lacks. */
export function installFilterGradient(): void {
  if (tf.getKernel('Conv2DBackpropFilter', 'wasm')) return;
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
      const attributes = attrs as Record<string, unknown>;
      return filterGradient(x, dy, convolutionShape(x.shape, attributes.filterShape as number[], attributes));
    },
  });
}

