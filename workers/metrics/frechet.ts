import { RetortError } from '../failure';
import { covariance, moments, type Moments } from './moments';
import { eigenSymmetric, eigenvaluesSymmetric, singularValues } from './symmetric';

/**
 * Frechet distance between Gaussians fitted to two feature samples (Dowson and Landau, 1982; Heusel et al., 2017):
 * FD = |m1 - m2|^2 + tr(S1) + tr(S2) - 2 tr (S1^(1/2) S2 S1^(1/2))^(1/2).
 */

type Features = Float32Array | Float64Array;

function trace(matrix: Float64Array, d: number): number {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += matrix[i * d + i];
  return sum;
}

function requireSameSize(a: number, b: number): void {
  if (a === b) return;
  throw new RetortError('feature-size-mismatch', `Features of ${a} and ${b} dimensions cannot be compared. Take both from the same encoder.`, { a, b });
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/** Symmetric square root of a positive semi-definite [d, d] matrix; eigenvalues below zero are rounding and count as zero. */
function squareRoot(matrix: Float64Array, d: number): Float64Array {
  const { values, vectors } = eigenSymmetric(matrix, d);
  const scaled = new Float64Array(d * d);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) scaled[i * d + j] = vectors[i * d + j] * Math.sqrt(Math.max(0, values[j]));
  const root = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += scaled[i * d + k] * vectors[j * d + k];
      root[i * d + j] = sum;
      root[j * d + i] = sum;
    }
  }
  return root;
}

/** R S R for symmetric R and S; only the lower triangle of the result is filled, which is all the eigenvalues need. */
function sandwich(root: Float64Array, matrix: Float64Array, d: number): Float64Array {
  const half = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    const row = i * d;
    for (let k = 0; k < d; k++) {
      const value = root[row + k];
      const from = k * d;
      for (let j = 0; j < d; j++) half[row + j] += value * matrix[from + j];
    }
  }
  const product = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += half[i * d + k] * root[j * d + k];
      product[i * d + j] = sum;
    }
  }
  return product;
}

/**
 * One side of the distance held fixed, with the square root of its covariance taken once, so that every further distance
 * costs two products and eigenvalues without vectors (about 1 ms at d = 64): fast enough to follow a slider.
 */
export class FrechetReference {
  readonly n: number;
  readonly d: number;
  private readonly mean: Float64Array;
  private readonly root: Float64Array;
  private readonly trace: number;

  constructor(reference: Moments) {
    const { n, d, mean } = reference;
    const spread = covariance(reference);
    this.n = n;
    this.d = d;
    this.mean = mean;
    this.trace = trace(spread, d);
    this.root = squareRoot(spread, d);
  }

  /** FD to the sample of `other`; zero or above, in squared feature units. */
  distance(other: Moments): number {
    requireSameSize(this.d, other.d);
    const spread = covariance(other);
    const eigenvalues = eigenvaluesSymmetric(sandwich(this.root, spread, this.d), this.d);
    let overlap = 0;
    for (const value of eigenvalues) overlap += Math.sqrt(Math.max(0, value));
    return Math.max(0, squaredDistance(this.mean, other.mean) + this.trace + trace(spread, this.d) - 2 * overlap);
  }
}

/** FD between two samples given by their moments, in the symmetric eigenvalue form, which never turns complex. */
export function frechetDistance(a: Moments, b: Moments): number {
  return new FrechetReference(a).distance(b);
}

function centredRows(features: Features, of: Moments): Float64Array {
  const scale = 1 / Math.sqrt(Math.max(1, of.n - 1));
  const rows = new Float64Array(of.n * of.d);
  for (let i = 0; i < of.n; i++) for (let j = 0; j < of.d; j++) rows[i * of.d + j] = (features[i * of.d + j] - of.mean[j]) * scale;
  return rows;
}

/**
 * FD in the low-rank form: with S = C^T C, tr (S1 S2)^(1/2) is the nuclear norm of C1 C2^T, an [n, m] matrix (FastFID,
 * arXiv 2009.14075). Exact to float64 where covariances are singular, and cheap when both samples are smaller than d.
 */
export function frechetDistanceLowRank(a: Features, n: number, b: Features, m: number, d: number): number {
  const left = moments(a, n, d);
  const right = moments(b, m, d);
  const x = centredRows(a, left);
  const y = centredRows(b, right);
  const cross = new Float64Array(n * m);
  let traces = 0;
  for (const value of x) traces += value * value;
  for (const value of y) traces += value * value;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += x[i * d + k] * y[j * d + k];
      cross[i * m + j] = sum;
    }
  }
  let nuclear = 0;
  for (const value of singularValues(cross, n, m)) nuclear += value;
  return Math.max(0, squaredDistance(left.mean, right.mean) + traces - 2 * nuclear);
}

/** FD between row-major [n, d] and [m, d] samples, by whichever form needs fewer operations. */
export function frechetDistanceOf(a: Features, n: number, b: Features, m: number, d: number): number {
  const small = Math.min(n, m);
  const lowRank = n * m * d + 4 * n * m * small;
  const full = (n + m) * d * d * 0.5 + 15 * d ** 3;
  return lowRank < full ? frechetDistanceLowRank(a, n, b, m, d) : frechetDistance(moments(a, n, d), moments(b, m, d));
}
