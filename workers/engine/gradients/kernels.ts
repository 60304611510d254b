import * as tf from '@tensorflow/tfjs-core';
import { AVERAGE_POOL2, BIASED_CONV2D, BIASED_MATMUL, EXPAND, LOG_SUM_EXP, RELU_GRADIENT, SCALE, UPSAMPLE2 } from './names';

type Composition = (inputs: Record<string, tf.Tensor>, attrs: Record<string, unknown>) => tf.Tensor;

/** Kernels a tape does not look into: what runs inside is hidden, and only the registered gradient counts. */
const COMPOSITIONS: Record<string, Composition> = {
  [EXPAND]: ({ x }, attrs) => tf.tile(x, (attrs.shape as number[]).map((size, axis) => (x.shape[axis] === 1 ? size : 1))),
  [SCALE]: ({ x }, attrs) => tf.add(tf.mul(x, attrs.factor as number), attrs.offset as number),
  [LOG_SUM_EXP]: ({ x }) => {
    const axis = x.rank - 1;
    const shift = tf.max(x, axis, true);
    return tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, shift)), axis, true)), shift);
  },
  [UPSAMPLE2]: ({ x }) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2 * x.shape[1]!, 2 * x.shape[2]!]),
  [AVERAGE_POOL2]: ({ x }) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'),
  [BIASED_MATMUL]: ({ a, b, bias }) => tf.add(tf.matMul(a, b), bias),
  [BIASED_CONV2D]: ({ x, filter, bias }, attrs) =>
    tf.add(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, attrs.strides as number, attrs.pad as 'same' | 'valid'), bias),
  [RELU_GRADIENT]: ({ dy, x }) => tf.mul(dy, tf.step(x)),
};

/** Registers the composed kernels for every backend that has none of its own under that name. */
export function installComposedKernels(): void {
  for (const [kernelName, composition] of Object.entries(COMPOSITIONS)) {
    for (const backendName of ['cpu', 'wasm', 'webgpu']) {
      if (tf.getKernel(kernelName, backendName)) continue;
      tf.registerKernel({
        kernelName,
        backendName,
        kernelFunc: ({ inputs, attrs }) => tf.tidy(() => composition(inputs as Record<string, tf.Tensor>, attrs as Record<string, unknown>)),
      });
    }
  }
}
