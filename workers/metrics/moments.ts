import { RetortError } from '../failure';
import { addProduct, mirror } from './dense';

/** Rows of features taken at a time. */
const CHUNK = 256;

/** Sample count, mean and scatter (sum of centred outer products) of feature rows; everything a Frechet distance needs. */
export interface Moments {
  n: number;
  d: number;
  /** [d] */
  mean: Float64Array;
  /** Row-major symmetric [d, d]; divide by n - 1 for the covariance. */
  scatter: Float64Array;
}

/**
 * Mean and scatter of `n` rows of the row-major [*, d] `features`, in float64 and in two passes, so that float32 features
 * with a large mean do not cancel. `rows` picks rows (in any order); left out, the first n are taken.
 * @throws RetortError `no-samples` for n = 0, `features-not-finite` for NaN or infinity.
 */
export function moments(features: Float32Array | Float64Array, n: number, d: number, rows?: ArrayLike<number>): Moments {
  if (n < 1) {
    throw new RetortError('no-samples', 'A distance needs at least one image on each side. Choose more images, or hold out a larger test split.', {});
  }
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    const at = (rows ? rows[i] : i) * d;
    for (let j = 0; j < d; j++) mean[j] += features[at + j];
  }
  for (let j = 0; j < d; j++) {
    mean[j] /= n;
    if (!Number.isFinite(mean[j])) {
      throw new RetortError('features-not-finite', 'The encoder gave features that are not finite. Train the encoder again with a lower learning rate.', {});
    }
  }
  const scatter = new Float64Array(d * d);
  for (let from = 0; from < n; from += CHUNK) {
    const count = Math.min(CHUNK, n - from);
    // Columns as rows, so that their products read memory forwards.
    const centred = new Float64Array(d * count);
    for (let i = 0; i < count; i++) {
      const at = (rows ? rows[from + i] : from + i) * d;
      for (let j = 0; j < d; j++) centred[j * count + i] = features[at + j] - mean[j];
    }
    addProduct(scatter, { values: centred, rows: d }, { values: centred, rows: d }, count, true);
  }
  mirror(scatter, d);
  return { n, d, mean, scatter };
}

/**
 * Moments of the union of two disjoint samples (Chan, Golub and LeVeque, 1983): M = Ma + Mb + dd^T na nb / (na + nb).
 * Stable whatever the sizes, since each side is centred on its own mean.
 */
export function mergeMoments(a: Moments, b: Moments): Moments {
  const { d } = a;
  if (b.d !== d) {
    throw new RetortError('feature-size-mismatch', `Features of ${a.d} and ${b.d} dimensions cannot be compared. Take both from the same encoder.`, { a: a.d, b: b.d });
  }
  const n = a.n + b.n;
  const shift = Float64Array.from(b.mean, (value, j) => value - a.mean[j]);
  const weight = (a.n * b.n) / n;
  const scatter = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    for (let k = 0; k < d; k++) {
      const at = j * d + k;
      scatter[at] = a.scatter[at] + b.scatter[at] + weight * shift[j] * shift[k];
    }
  }
  return { n, d, mean: Float64Array.from(a.mean, (value, j) => value + (shift[j] * b.n) / n), scatter };
}

/** Covariance [d, d] with divisor n - 1. A single row has covariance zero: it is a point mass. */
export function covariance(of: Moments): Float64Array {
  const divisor = Math.max(1, of.n - 1);
  return of.scatter.map((value) => value / divisor);
}
