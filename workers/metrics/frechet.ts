import { RetortError } from '../failure';
import { addProduct, rootOf } from './dense';
import { covariance, moments, type Moments } from './moments';
import { eigenvaluesSymmetric, singularValues } from './symmetric';

/**
 * Frechet distance between Gaussians fitted to two feature samples (Dowson and Landau, 1982; Heusel et al., 2017):
 * FD = |m1 - m2|^2 + tr(S1) + tr(S2) - 2 tr (R S2 R^T)^(1/2) for any R with R^T R = S1: R S2 R^T has the eigenvalues of S1 S2.
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

/** R S R^T for R [rank, d] and a symmetric S; only the lower triangle of the result is filled, which is all the eigenvalues need. */
function sandwich(root: Float64Array, rank: number, matrix: Float64Array, d: number): Float64Array {
  const half = new Float64Array(rank * d);
  addProduct(half, { values: root, rows: rank }, { values: matrix, rows: d }, d);
  const product = new Float64Array(rank * rank);
  addProduct(product, { values: half, rows: rank }, { values: root, rows: rank }, d, true);
  return product;
}

/**
 * One side of the distance held fixed, with a root of its covariance taken once, so that every further distance
 * costs two products and eigenvalues without vectors (about 1 ms at d = 64): fast enough to follow a slider.
 */
export class FrechetReference {
  readonly n: number;
  readonly d: number;
  private readonly mean: Float64Array;
  private readonly root: Float64Array;
  private readonly rank: number;
  private readonly trace: number;

  constructor(reference: Moments) {
    const { n, d, mean } = reference;
    const spread = covariance(reference);
    this.n = n;
    this.d = d;
    this.mean = mean;
    this.trace = trace(spread, d);
    ({ root: this.root, rank: this.rank } = rootOf(spread, d));
  }

  /** FD to the sample of `other`; zero or above, in squared feature units. */
  distance(other: Moments): number {
    requireSameSize(this.d, other.d);
    const spread = covariance(other);
    const eigenvalues = eigenvaluesSymmetric(sandwich(this.root, this.rank, spread, this.d), this.rank);
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
  addProduct(cross, { values: x, rows: n }, { values: y, rows: m }, d);
  let nuclear = 0;
  for (const value of singularValues(cross, n, m)) nuclear += value;
  return Math.max(0, squaredDistance(left.mean, right.mean) + traces - 2 * nuclear);
}

/** FD between row-major [n, d] and [m, d] samples, by whichever form needs fewer operations. */
export function frechetDistanceOf(a: Features, n: number, b: Features, m: number, d: number): number {
  const small = Math.min(n, m);
  const lowRank = n * m * d + 4 * n * m * small;
  const full = (n + m) * d * d * 0.5 + 4 * d ** 3;
  return lowRank < full ? frechetDistanceLowRank(a, n, b, m, d) : frechetDistance(moments(a, n, d), moments(b, m, d));
}
