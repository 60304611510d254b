import { RetortError } from '../failure';
import { RandomStream } from '../random';

/**
 * Sliced Wasserstein distance (Rabin et al., 2012; Bonneel et al., 2015): the mean over directions on the unit sphere of the squared
 * 2-Wasserstein distance between projections, which on a line is a matter of sorting. It sees every shape, where FD sees means and covariances.
 */

type Features = Float32Array | Float64Array;

export interface Sliced {
  /** Mean squared distance over directions, in squared feature units; |m1 - m2|^2 / d for two samples that differ by a shift. */
  squared: number;
  /** Standard error of `squared` over directions. */
  error: number;
  projections: number;
}

/** Sorted projections of [n, d] rows on a direction [d]. */
function projected(features: Features, n: number, direction: Float64Array): Float64Array {
  const d = direction.length;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += features[i * d + j] * direction[j];
    out[i] = sum;
  }
  return out.sort();
}

/** Squared 2-Wasserstein distance of two sorted samples on a line, of any sizes: the integral of (F^-1(u) - G^-1(u))^2 over u in [0, 1], step by step. */
export function squaredWasserstein(a: Float64Array, b: Float64Array): number {
  const [n, m] = [a.length, b.length];
  let [i, j, at, sum] = [0, 0, 0, 0];
  // Positions are counted in units of 1 / (n m), which keeps the ends of the steps exact.
  while (i < n && j < m) {
    const next = Math.min((i + 1) * m, (j + 1) * n);
    sum += (next - at) * (a[i] - b[j]) ** 2;
    at = next;
    if (at === (i + 1) * m) i++;
    if (at === (j + 1) * n) j++;
  }
  return sum / (n * m);
}

/**
 * Between row-major [n, d] and [m, d] samples, over seeded directions. The same seed gives the same directions, so that distances compare.
 * @throws RetortError `no-samples` for an empty side, `features-not-finite`.
 */
export function slicedWasserstein(a: Features, n: number, b: Features, m: number, d: number, seed: number, projections = 500): Sliced {
  if (n < 1 || m < 1) {
    throw new RetortError('no-samples', 'A distance needs at least one image on each side. Choose more images, or hold out a larger test split.', {});
  }
  const stream = new RandomStream(seed, 'metrics/sliced');
  const direction = new Float64Array(d);
  let total = 0;
  let squares = 0;
  for (let p = 0; p < projections; p++) {
    for (let j = 0; j < d; j++) direction[j] = stream.normal();
    const norm = Math.hypot(...direction);
    for (let j = 0; j < d; j++) direction[j] /= norm;
    const squared = squaredWasserstein(projected(a, n, direction), projected(b, m, direction));
    total += squared;
    squares += squared * squared;
  }
  const squared = total / projections;
  if (!Number.isFinite(squared)) {
    throw new RetortError('features-not-finite', 'The encoder gave features that are not finite. Train the encoder again with a lower learning rate.', {});
  }
  const variance = Math.max(0, squares / projections - squared * squared);
  return { squared, error: Math.sqrt(variance / Math.max(1, projections - 1)), projections };
}
