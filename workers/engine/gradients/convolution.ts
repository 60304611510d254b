import * as tf from '@tensorflow/tfjs-core';
import { scale } from '../ops/shape';
import { AVERAGE_POOL2, BIASED_CONV2D, UPSAMPLE2 } from './names';
import { replaceGradient, run } from './registry';

type Attrs = Record<string, unknown>;

/**
 * The three convolution kernels are linear in each input and closed under differentiation:
 * y = C(x, f), dx = I(dy, f), df = F(x, dy); each one's derivatives are the other two.
 */
export function installConvolutionGradients(): void {
  const shared = (attrs: Attrs): Attrs => ({
    strides: attrs.strides, pad: attrs.pad, dataFormat: attrs.dataFormat ?? 'NHWC', dimRoundingMode: attrs.dimRoundingMode,
  });
  const forward = (x: tf.Tensor, filter: tf.Tensor, attrs: Attrs) => run('Conv2D', { x, filter }, { ...shared(attrs), dilations: [1, 1] });
  const toInput = (dy: tf.Tensor, filter: tf.Tensor, inputShape: number[], attrs: Attrs) =>
    run('Conv2DBackpropInput', { dy, filter }, { ...shared(attrs), inputShape });
  const toFilter = (x: tf.Tensor, dy: tf.Tensor, filterShape: number[], attrs: Attrs) =>
    run('Conv2DBackpropFilter', { x, dy }, { ...shared(attrs), filterShape });

  replaceGradient('Conv2D', ['x', 'filter'], (dy, [x, filter], attrs) => ({
    x: () => toInput(dy, filter, x.shape, attrs),
    filter: () => toFilter(x, dy, filter.shape, attrs),
  }));
  replaceGradient(BIASED_CONV2D, ['x', 'filter'], (dy, [x, filter], attrs) => ({
    x: () => toInput(dy, filter, x.shape, attrs),
    filter: () => toFilter(x, dy, filter.shape, attrs),
    bias: () => tf.sum(dy, [0, 1, 2]),
  }));
  replaceGradient('Conv2DBackpropInput', ['dy', 'filter'], (ddx, [dy, filter], attrs) => ({
    dy: () => forward(ddx, filter, attrs),
    filter: () => toFilter(ddx, dy, filter.shape, attrs),
  }));
  replaceGradient('Conv2DBackpropFilter', ['x', 'dy'], (ddf, [x, dy], attrs) => ({
    x: () => toInput(dy, ddf, x.shape, attrs),
    dy: () => forward(x, ddf, attrs),
  }));
}

/** Pooling and nearest-neighbour resizing are linear, so the gradient of a gradient is the forward kernel again. */
export function installResampleGradients(): void {
  replaceGradient(UPSAMPLE2, [], (dy) => ({ x: () => scale(run(AVERAGE_POOL2, { x: dy }), 4) }));
  replaceGradient(AVERAGE_POOL2, [], (dy) => ({ x: () => scale(run(UPSAMPLE2, { x: dy }), 0.25) }));
  replaceGradient('AvgPoolGrad', [], (ddx, _saved, attrs) => ({
    dy: () => run('AvgPool', { x: ddx }, attrs),
    input: () => tf.zerosLike(ddx),
  }));
  replaceGradient('ResizeNearestNeighborGrad', ['dy'], (ddx, [dy], attrs) => ({
    dy: () => run('ResizeNearestNeighbor', { images: ddx }, { ...attrs, size: dy.shape.slice(1, 3) }),
    images: () => tf.zerosLike(ddx),
  }));
  replaceGradient('ResizeBilinearGrad', ['dy'], (ddx, [dy], attrs) => ({
    dy: () => run('ResizeBilinear', { images: ddx }, { ...attrs, size: dy.shape.slice(1, 3) }),
    images: () => tf.zerosLike(ddx),
  }));
}
