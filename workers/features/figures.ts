import type { Arm, FeatureFigures } from '../protocol';
import type { Bundle } from '../runs/types';
import type { Distances } from './distances';

/** Artifacts of the features stage: the data set's own images, and the samples of each arm. */
export type FeatureBundles = Record<'data' | Arm, Bundle>;

const ARMS: readonly Arm[] = ['method', 'random', 'full'];

function featuresOf({ parts }: Bundle): Float32Array<ArrayBuffer> {
  return parts.features as Float32Array<ArrayBuffer>;
}

/**
 * FD and KID of the samples of each arm to the test images in one net's features, with the floor of two halves of the training images. Distances of
 * different arms have the same number of images on both sides.
 * @param breathe is awaited between distances, each of which takes many seconds at 2,048 dimensions.
 */
export async function featureFigures(bundles: FeatureBundles, distances: Distances, breathe: () => Promise<unknown>): Promise<FeatureFigures> {
  const { label, dim, inputSize, preprocessing, net, reference, half } = bundles.data.head as Omit<FeatureFigures, 'fd' | 'kid' | 'n'> & { half: number };
  const own = featuresOf(bundles.data);
  // Copies: a view would take its whole buffer along into a worker.
  const rows = (from: number, count: number) => own.slice(from * dim, (from + count) * dim);
  const test = rows(0, reference);
  const n = Math.min(...ARMS.map((arm) => bundles[arm].head.count as number));
  const floorN = Math.min(half, n);
  const floor = await distances.frechet(rows(reference, floorN), floorN, rows(reference + half, floorN), floorN, dim);
  const fd = { method: 0, random: 0, full: 0, floor };
  const kid = { method: 0, random: 0, full: 0 };
  for (const arm of ARMS) {
    await breathe();
    const features = featuresOf(bundles[arm]);
    fd[arm] = await distances.frechet(features, n, test, reference, dim);
    await breathe();
    kid[arm] = await distances.kernel(features, n, test, reference, dim);
  }
  return { label, net, preprocessing, inputSize, dim, fd, kid, n, floorN, reference };
}
