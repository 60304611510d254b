import { RetortError } from '../failure';
import { RandomStream } from '../random';
import type { FrechetReference } from './frechet';
import { moments } from './moments';

/**
 * FD without the bias of the sample size (Chong and Forsyth, 2020): FD_N = FD_inf + c / N + o(1/N), with a c that depends on the model, so that
 * distances of two models at one N may order them wrongly. A line through FD_N over 1/N meets 1/N = 0 at FD_inf.
 */

/** Sizes a line is fitted through, the smallest a fifth of the largest: the usual 15 between 5,000 and 50,000, at our scale. */
const SIZES = 10;
const SMALLEST = 1 / 5;

export interface Extrapolation {
  /** FD at infinite N; may come out slightly negative where the distance is zero. */
  value: number;
  /** Standard error of the intercept: how well a line fits. Subsets share images, so the error of the sample itself comes on top. */
  error: number;
  /** c in FD_N = value + c / N. */
  slope: number;
  sizes: number[];
}

/** Intercept and slope of the least-squares line y = a + b x, with the standard error of a. Needs three points or more. */
export function fitLine(x: readonly number[], y: readonly number[]): { intercept: number; slope: number; error: number } {
  const n = x.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  const spread = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  if (n < 3 || spread === 0) {
    throw new RetortError('too-few-sizes', 'A line needs three or more different sample sizes. Sample more images.', { n });
  }
  const slope = x.reduce((sum, value, i) => sum + (value - meanX) * (y[i] - meanY), 0) / spread;
  const intercept = meanY - slope * meanX;
  const residual = x.reduce((sum, value, i) => sum + (y[i] - intercept - slope * value) ** 2, 0) / (n - 2);
  return { intercept, slope, error: Math.sqrt(residual * (1 / n + meanX ** 2 / spread)) };
}

/**
 * Sample sizes evenly spaced in 1/N, from a fifth of n up to n. Empty when the smallest would not exceed d: covariances are then singular, and FD no
 * longer linear in 1/N.
 */
export function extrapolationSizes(n: number, d: number): number[] {
  if (n * SMALLEST <= d) return [];
  return Array.from({ length: SIZES }, (_, i) => Math.round(n / (1 + (i / (SIZES - 1)) * (1 / SMALLEST - 1))));
}

/**
 * FD_inf of `n` rows [n, d] to a fixed reference, whose own finite size stays in it. At each size `draws` seeded subsets, except where all rows are taken.
 * @throws RetortError `too-few-sizes` when n is not above five times d.
 */
export function extrapolatedDistance(
  reference: FrechetReference, features: Float32Array | Float64Array, n: number, seed: number, draws = 4,
): Extrapolation {
  const { d } = reference;
  const sizes = extrapolationSizes(n, d);
  if (sizes.length === 0) {
    throw new RetortError('too-few-sizes', `Extrapolating a distance needs more than ${5 * d} images. Sample more images.`, { n, d });
  }
  const stream = new RandomStream(seed, 'metrics/extrapolate');
  const inverse: number[] = [];
  const distances: number[] = [];
  for (const size of sizes) {
    for (let draw = 0; draw < (size === n ? 1 : draws); draw++) {
      inverse.push(1 / size);
      distances.push(reference.distance(moments(features, size, d, stream.sample(n, size))));
    }
  }
  const { intercept, slope, error } = fitLine(inverse, distances);
  return { value: intercept, error, slope, sizes };
}
