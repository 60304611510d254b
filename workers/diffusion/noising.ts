import * as tf from '@tensorflow/tfjs-core';
import { normal } from '../engine/ops';
import { KEY_LENGTH } from '../random';

/** What makes noisy images and targets of clean images, one coefficient an image. */
export type NoisingInput = 'images' | 'noise' | 'alpha' | 'sigma' | 'imageShare' | 'noiseShare';

/**
 * Clean images [n, size, size, channels]; the place of their noise (`RandomStream.key`); alpha and sigma of each image's time; and the shares
 * of image and noise in its target.
 */
export function noisingShapes(n: number, size: number, channels: number): Record<NoisingInput, number[]> {
  const one = [n, 1, 1, 1];
  return { images: [n, size, size, channels], noise: [KEY_LENGTH], alpha: one, sigma: one, imageShare: one, noiseShare: one };
}

/**
 * x_t = alpha x + sigma eps and the training target a x + b eps, with eps drawn where it is used: only the clean images travel to the device. The
 * same bits on every engine, since products and sums are kernels of their own, which round alike everywhere.
 */
export function noised(
  { images, noise, alpha, sigma, imageShare, noiseShare }: Record<NoisingInput, tf.Tensor>,
): { noisy: tf.Tensor; target: tf.Tensor } {
  const eps = normal(images.shape, noise);
  const blend = (ofImage: tf.Tensor, ofNoise: tf.Tensor) => tf.add(tf.mul(images, ofImage), tf.mul(eps, ofNoise));
  return { noisy: blend(alpha, sigma), target: blend(imageShare, noiseShare) };
}
