import { RetortError } from '../failure';
import { insertSmallest } from './smallest';

/**
 * Precision and recall (Kynkaanniemi et al., 2019), density and coverage (Naeem et al., 2020). Both put a ball around every point of one
 * sample that reaches to its k-th nearest neighbour in that sample, and ask which points of the other sample lie strictly inside.
 */

type Features = Float32Array | Float64Array;

/** Rows compared at a time: two blocks of 64 features in float64 stay in the fastest cache. */
const BLOCK = 64;

export interface Manifold {
  /** Share of generated points inside the ball of some real point: does it look real? */
  precision: number;
  /** Share of real points inside the ball of some generated point: is all of it there? */
  recall: number;
  /** Balls of real points that a generated point lies in, over k: about 1 for equal distributions, more when it sits in dense regions. */
  density: number;
  /** Share of real points with a generated point inside their ball. */
  coverage: number;
}

/** Four running sums, because one alone would wait for each addition; summed alike from either side, so that distances are symmetric to the bit. */
function squaredDistance(a: Float64Array, i: number, b: Float64Array, j: number, d: number): number {
  const atA = i * d;
  const atB = j * d;
  const whole = d - (d % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = 0; k < whole; k += 4) {
    const d0 = a[atA + k] - b[atB + k];
    const d1 = a[atA + k + 1] - b[atB + k + 1];
    const d2 = a[atA + k + 2] - b[atB + k + 2];
    const d3 = a[atA + k + 3] - b[atB + k + 3];
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (let k = whole; k < d; k++) {
    const difference = a[atA + k] - b[atB + k];
    s0 += difference * difference;
  }
  return s0 + s1 + (s2 + s3);
}

/** Visits every pair of rows block by block; with `b` the same array, each unordered pair of different rows once. */
function eachPair(
  a: Float64Array, n: number, b: Float64Array, m: number, d: number, visit: (i: number, j: number, squared: number) => void,
): void {
  const within = a === b;
  for (let top = 0; top < n; top += BLOCK) {
    const bottom = Math.min(n, top + BLOCK);
    for (let left = within ? top : 0; left < m; left += BLOCK) {
      const right = Math.min(m, left + BLOCK);
      for (let i = top; i < bottom; i++) {
        for (let j = within ? Math.max(left, i + 1) : left; j < right; j++) visit(i, j, squaredDistance(a, i, b, j, d));
      }
    }
  }
}

/** Squared distance of every row to its k-th nearest other row, [n]. Holds n * k numbers, never n * n. */
function squaredRadii(rows: Float64Array, n: number, d: number, k: number): Float64Array {
  const nearest = new Float64Array(n * k).fill(Infinity);
  eachPair(rows, n, rows, n, d, (i, j, squared) => {
    insertSmallest(nearest, i * k, k, squared);
    insertSmallest(nearest, j * k, k, squared);
  });
  return Float64Array.from({ length: n }, (_, i) => nearest[i * k + k - 1]);
}

function float64(features: Features, n: number, d: number): Float64Array {
  const rows = Float64Array.from(features.subarray(0, n * d));
  if (!rows.every(Number.isFinite)) {
    throw new RetortError('features-not-finite', 'The encoder gave features that are not finite. Train the encoder again with a lower learning rate.', {});
  }
  return rows;
}

function requireNeighbours(n: number, k: number): void {
  if (k >= 1 && n > k) return;
  throw new RetortError('too-few-neighbours', `Precision and recall need more than ${k} images on each side. Choose more images, or hold out a larger test split.`, { n, k });
}

/** The real side held fixed with the radii of its balls, so that each point of a curve pays for its own half alone. */
export class ManifoldReference {
  private readonly rows: Float64Array;
  private readonly radii: Float64Array;

  /**
   * @param features [n, d] of real images. @param k neighbours a ball reaches to; figures of another k do not compare.
   * @throws RetortError `too-few-neighbours` unless n > k >= 1, `features-not-finite`.
   */
  constructor(features: Features, readonly n: number, readonly d: number, readonly k = 5) {
    requireNeighbours(n, k);
    this.rows = float64(features, n, d);
    this.radii = squaredRadii(this.rows, n, d, k);
  }

  /** Figures of `m` generated rows; (n m + m^2 / 2) d operations. @throws as the constructor. */
  compare(features: Features, m: number): Manifold {
    const { n, d, k, radii, rows } = this;
    requireNeighbours(m, k);
    const generated = float64(features, m, d);
    const reach = squaredRadii(generated, m, d, k);
    const realistic = new Uint8Array(m);
    const recalled = new Uint8Array(n);
    const covered = new Uint8Array(n);
    let balls = 0;
    eachPair(rows, n, generated, m, d, (i, j, squared) => {
      if (squared < radii[i]) {
        realistic[j] = 1;
        covered[i] = 1;
        balls++;
      }
      if (squared < reach[j]) recalled[i] = 1;
    });
    const share = (flags: Uint8Array) => flags.reduce((sum, flag) => sum + flag, 0) / flags.length;
    return { precision: share(realistic), recall: share(recalled), density: balls / (k * m), coverage: share(covered) };
  }
}

/** Precision, recall, density and coverage of generated [m, d] rows against real [n, d] rows. */
export function manifold(real: Features, n: number, generated: Features, m: number, d: number, k = 5): Manifold {
  return new ManifoldReference(real, n, d, k).compare(generated, m);
}
