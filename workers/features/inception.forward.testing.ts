import * as tf from '@tensorflow/tfjs-core';
import { read } from '../engine/tensors';
import { inceptionForward, inceptionWeights, placeInception } from './inception';
import { channelsFirst, randomImage, randomInception, referenceInception } from './inception.testing';

/** Largest difference to the float64 reference over its largest value, for every block and the features, with seeded weights at `side` px. */
export async function forwardErrors(side: number, seed: number): Promise<Map<string, number>> {
  const tensors = randomInception(seed);
  const image = randomImage(side, seed);
  const expected = referenceInception(tensors, image);
  const params = placeInception(inceptionWeights(tensors));
  const errors = new Map<string, number>();
  const compare = async (name: string, output: tf.Tensor): Promise<void> => {
    const reference = expected.get(name);
    if (!reference) throw new RangeError(`the reference has no block ${name}`);
    const actual = channelsFirst(await read(output), reference);
    const scale = reference.v.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    errors.set(name, actual.length === reference.v.length ? reference.v.reduce((worst, value, i) => Math.max(worst, Math.abs(actual[i] - value)), 0) / scale : Infinity);
  };
  const nhwc = tf.tidy(() => tf.transpose(tf.tensor(Float32Array.from(image.v), [1, 3, side, side]), [0, 2, 3, 1]));
  const pooled = await inceptionForward(params, nhwc, compare);
  await compare('features', pooled);
  pooled.dispose();
  for (const each of Object.values(params)) tf.dispose(each);
  return errors;
}
