import * as tf from '@tensorflow/tfjs-core';
import { AVERAGE_POOL2, UPSAMPLE2 } from '../gradients/names';

function requireMultiple(x: tf.Tensor, factor: number, name: string): void {
  const [, height, width] = x.shape as number[];
  if (height % factor !== 0 || width % factor !== 0) {
    throw new RangeError(`${name} needs height and width that are multiples of ${factor}, not ${height}x${width}`);
  }
}

/** Nearest-neighbour upsampling [N,H,W,C] -> [N,2H,2W,C]. */
export function upsample2(x: tf.Tensor): tf.Tensor4D {
  return tf.engine().runKernel(UPSAMPLE2, { x }) as tf.Tensor as tf.Tensor4D;
}

/** Mean of each 2x2 square [N,H,W,C] -> [N,H/2,W/2,C]; H and W must be even. */
export function averagePool2(x: tf.Tensor): tf.Tensor4D {
  requireMultiple(x, 2, 'averagePool2');
  return tf.engine().runKernel(AVERAGE_POOL2, { x }) as tf.Tensor as tf.Tensor4D;
}

/** Mean over height and width [N,H,W,C] -> [N,C]. */
export function globalAveragePool(x: tf.Tensor): tf.Tensor2D {
  const [n, h, w, c] = x.shape as number[];
  return tf.mean(tf.reshape(x, [n, h * w, c]), [1]);
}

/** [N,H,W,C] -> [N,H/f,W/f,f*f*C]; output channel (dy*f + dx)*C + c holds the pixel at offset (dy, dx). */
export function pixelUnshuffle(x: tf.Tensor, factor: number): tf.Tensor4D {
  requireMultiple(x, factor, 'pixelUnshuffle');
  const [n, h, w, c] = x.shape as number[];
  const split = tf.reshape(x, [n * (h / factor), factor, w / factor, factor * c]);
  return tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [n, h / factor, w / factor, factor * factor * c]) as tf.Tensor4D;
}

/** The inverse of `pixelUnshuffle`: [N,H,W,f*f*C] -> [N,f*H,f*W,C]. */
export function pixelShuffle(x: tf.Tensor, factor: number): tf.Tensor4D {
  const [n, h, w, deep] = x.shape as number[];
  const c = deep / (factor * factor);
  if (!Number.isInteger(c)) throw new RangeError(`pixelShuffle needs channels that are a multiple of ${factor * factor}, not ${deep}`);
  const split = tf.reshape(x, [n * h, w, factor, factor * c]);
  return tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [n, h * factor, w * factor, c]) as tf.Tensor4D;
}
