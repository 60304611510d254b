import { quantile } from './bootstrap';
import { insertSmallest } from './smallest';

/** Nearest reference rows of every row, itself left out. */
export interface Neighbours {
  /** Positions among the references, nearest first, `k` a row. */
  nearest: Uint32Array;
  /** Distance to the k-th. */
  reach: Float64Array;
  k: number;
}

/** Rows between two breaths. */
const CHUNK = 64;

/**
 * k nearest of `references` (rows of `features`) for every one of the n rows of d features, by Euclidean distance in float64. Brute force: n times the references times d.
 */
export async function nearestRows(
  features: Float64Array, n: number, d: number, references: Uint32Array, k: number, breathe: () => Promise<unknown>,
): Promise<Neighbours> {
  const size = Math.min(k, references.length - 1);
  const nearest = new Uint32Array(n * size);
  const reach = new Float64Array(n);
  const squared = new Float64Array(references.length);
  for (let row = 0; row < n; row++) {
    const smallest = new Float64Array(size).fill(Infinity);
    for (let r = 0; r < references.length; r++) {
      let sum = references[r] === row ? Infinity : 0;
      for (let j = 0, a = row * d, b = references[r] * d; j < d; j++, a++, b++) sum += (features[a] - features[b]) ** 2;
      squared[r] = sum;
      insertSmallest(smallest, 0, size, sum);
    }
    const last = smallest[size - 1];
    let found = 0;
    for (let r = 0; r < references.length && found < size; r++) if (squared[r] <= last) nearest[row * size + found++] = r;
    nearest.subarray(row * size, (row + 1) * size).sort((a, b) => squared[a] - squared[b] || a - b);
    reach[row] = Math.sqrt(last);
    if (row % CHUNK === 0) await breathe();
  }
  return { nearest, reach, k: size };
}

/** Columns of an n x d matrix less their mean over their deviation, then each row scaled to length one. */
export function directions(features: ArrayLike<number>, n: number, d: number): Float64Array {
  const out = Float64Array.from({ length: n * d }, (_, i) => features[i]);
  for (let j = 0; j < d; j++) {
    let [sum, squares] = [0, 0];
    for (let i = j; i < n * d; i += d) sum += out[i];
    for (let i = j; i < n * d; i += d) squares += (out[i] - sum / n) ** 2;
    const deviation = Math.sqrt(squares / n) + 1e-6;
    for (let i = j; i < n * d; i += d) out[i] = (out[i] - sum / n) / deviation;
  }
  for (let row = 0; row < n; row++) {
    const part = out.subarray(row * d, (row + 1) * d);
    const length = Math.hypot(...part) || 1;
    part.forEach((value, j) => { part[j] = value / length; });
  }
  return out;
}

/** Deviations from the median in units of the median deviation, cut at `cut`, so that one wild picture does not set the scale. */
export function robustScores(values: ArrayLike<number>, n: number, d: number, cut = 8): Float64Array {
  const out = new Float64Array(n * d);
  for (let j = 0; j < d; j++) {
    const column = Float64Array.from({ length: n }, (_, i) => values[i * d + j]);
    const median = quantile(column.slice().sort(), 0.5);
    const spread = quantile(column.map((value) => Math.abs(value - median)).sort(), 0.5) * 1.4826;
    const mean = column.reduce((sum, value) => sum + value, 0) / n;
    const deviation = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
    const unit = Math.max(spread, 0.1 * deviation) || 1;
    column.forEach((value, i) => { out[i * d + j] = Math.max(-cut, Math.min(cut, (value - median) / unit)); });
  }
  return out;
}

/** -log of the share of values at least as large, by rank. */
export function tails(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
  const out = new Float64Array(n);
  order.forEach((row, rank) => { out[row] = -Math.log((rank + 1) / n); });
  return out;
}

/** Chance that the sum of the tails of two unrelated scores reaches `sum` (Fisher's method). */
export function fisherOfTwo(sum: number): number {
  return Math.exp(-sum) * (1 + sum);
}

/** Another class that claims a row, and by how much its share among the neighbours exceeds that of the row's own label. */
export interface Claim {
  classIndex: number;
  margin: number;
}

/** For every row the class with the largest share among its neighbours beside its own. */
export function claims({ nearest, k }: Neighbours, references: Uint32Array, labels: ArrayLike<number>, classes: number): Claim[] {
  return Array.from({ length: nearest.length / k }, (_, row) => {
    const shares = new Float64Array(classes);
    for (let i = row * k; i < (row + 1) * k; i++) shares[labels[references[nearest[i]]]] += 1 / k;
    const own = shares[labels[row]];
    shares[labels[row]] = -1;
    const classIndex = shares.reduce((best, share, index) => (share > shares[best] ? index : best), labels[row] === 0 && classes > 1 ? 1 : 0);
    return { classIndex, margin: shares[classIndex] - own };
  });
}
