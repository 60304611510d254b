import { frechetDistanceOf } from '../metrics/frechet';
import { kernelDistance } from '../metrics/kernel';
import type { Arm, FeatureFigures } from '../protocol';
import type { Bundle } from '../runs/types';

/** Artifacts of the features stage: the data set's own images, and the samples of each arm. */
export type FeatureBundles = Record<'data' | Arm, Bundle>;

const ARMS: readonly Arm[] = ['method', 'random', 'full'];

function featuresOf({ parts }: Bundle): Float32Array {
  return parts.features as Float32Array;
}

/**
 * FD and KID of the samples of each arm to the test images in one net's features, with the floor of two halves of the training images. Distances of
 * different arms have the same number of images on both sides.
 * @param breathe is awaited between distances, each of which takes seconds at 2,048 dimensions.
 */
export async function featureFigures(bundles: FeatureBundles, breathe: () => Promise<unknown>): Promise<FeatureFigures> {
  const { label, dim, inputSize, preprocessing, net, reference, half } = bundles.data.head as Omit<FeatureFigures, 'fd' | 'kid' | 'n'> & { half: number };
  const own = featuresOf(bundles.data);
  const test = own.subarray(0, reference * dim);
  const n = Math.min(...ARMS.map((arm) => bundles[arm].head.count as number));
  const floorN = Math.min(half, n);
  const [first, second] = [reference, reference + half].map((from) => own.subarray(from * dim, (from + floorN) * dim));
  const fd = { method: 0, random: 0, full: 0, floor: frechetDistanceOf(first, floorN, second, floorN, dim) };
  const kid = { method: 0, random: 0, full: 0 };
  for (const arm of ARMS) {
    await breathe();
    const features = featuresOf(bundles[arm]);
    fd[arm] = frechetDistanceOf(features, n, test, reference, dim);
    await breathe();
    kid[arm] = kernelDistance(features, n, test, reference, dim);
  }
  return { label, net, preprocessing, inputSize, dim, fd, kid, n, floorN, reference };
}
