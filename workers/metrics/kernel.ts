import { RetortError } from '../failure';
import { RandomStream } from '../random';

/**
 * Kernel distance (KID, Binkowski et al., 2018): the unbiased squared maximum mean discrepancy under k(x, y) =
 * (x.y / d + 1)^3. Zero on average for equal distributions, so it may come out slightly negative.
 */

type Features = Float32Array | Float64Array;

/** Sum of k over all pairs, or over pairs with i != j when `b` is null. `rows` restrict each side. */
function kernelSum(a: Features, rowsA: ArrayLike<number>, b: Features | null, rowsB: ArrayLike<number>, d: number): number {
  const other = b ?? a;
  let total = 0;
  for (let i = 0; i < rowsA.length; i++) {
    const atA = rowsA[i] * d;
    const end = b ? rowsB.length : i;
    for (let j = 0; j < end; j++) {
      const atB = rowsB[j] * d;
      let dot = 0;
      for (let k = 0; k < d; k++) dot += a[atA + k] * other[atB + k];
      const value = dot / d + 1;
      total += value * value * value;
    }
  }
  return b ? total : 2 * total;
}

function all(n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, i) => i);
}

function requirePairs(n: number, m: number): void {
  if (n >= 2 && m >= 2) return;
  throw new RetortError('too-few-samples', 'The kernel distance needs at least two images on each side. Choose more images, or hold out a larger test split.', { n, m });
}

function discrepancy(within: number, n: number, withinOther: number, m: number, across: number): number {
  return within / (n * (n - 1)) + withinOther / (m * (m - 1)) - (2 * across) / (n * m);
}

function distanceOfRows(a: Features, rowsA: Uint32Array, b: Features, rowsB: Uint32Array, d: number): number {
  return discrepancy(
    kernelSum(a, rowsA, null, rowsA, d), rowsA.length,
    kernelSum(b, rowsB, null, rowsB, d), rowsB.length,
    kernelSum(a, rowsA, b, rowsB, d),
  );
}

/** KID of whole samples [n, d] and [m, d], pair by pair: (n + m)^2 d / 2 operations. */
export function kernelDistance(a: Features, n: number, b: Features, m: number, d: number): number {
  requirePairs(n, m);
  return distanceOfRows(a, all(n), b, all(m), d);
}

export interface KernelSubsets {
  mean: number;
  /** Standard error of the mean over subsets. */
  error: number;
  subsets: number;
  subsetSize: number;
}

/** KID over random subsets (the usual 100 of 1,000, or as many as the smaller side has), with its standard error. */
export function kernelDistanceSubsets(
  a: Features, n: number, b: Features, m: number, d: number, seed: number, subsets = 100, subsetSize = 1000,
): KernelSubsets {
  requirePairs(n, m);
  const size = Math.min(subsetSize, n, m);
  const stream = new RandomStream(seed, 'metrics/kid');
  const values: number[] = [];
  for (let s = 0; s < subsets; s++) values.push(distanceOfRows(a, stream.sample(n, size), b, stream.sample(m, size), d));
  const mean = values.reduce((sum, value) => sum + value, 0) / subsets;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, subsets - 1);
  return { mean, error: Math.sqrt(variance / subsets), subsets, subsetSize: size };
}

/**
 * The cubic kernel is an inner product of symmetric third-order tensors of z = (x / sqrt(d), 1). Summing those once turns
 * all pairs of a sample into (d + 1)(d + 2)(d + 3) / 6 numbers, exactly: linear in n where pairs are quadratic.
 */
function tensorSum(features: Features, n: number, d: number): { tensor: Float64Array; diagonal: number } {
  const side = d + 1;
  const tensor = new Float64Array((side * (side + 1) * (side + 2)) / 6);
  const z = new Float64Array(side);
  z[d] = 1;
  const scale = 1 / Math.sqrt(d);
  let diagonal = 0;
  for (let row = 0; row < n; row++) {
    let norm = 1;
    for (let j = 0; j < d; j++) {
      z[j] = features[row * d + j] * scale;
      norm += z[j] * z[j];
    }
    diagonal += norm ** 3;
    let at = 0;
    for (let i = 0; i < side; i++) {
      for (let j = 0; j <= i; j++) {
        const pair = z[i] * z[j];
        for (let k = 0; k <= j; k++) tensor[at++] += pair * z[k];
      }
    }
  }
  return { tensor, diagonal };
}

/** Inner product of two packed symmetric tensors; an entry counts as often as its indices can be arranged. */
function tensorDot(a: Float64Array, b: Float64Array, side: number): number {
  let total = 0;
  let at = 0;
  for (let i = 0; i < side; i++) {
    for (let j = 0; j <= i; j++) {
      for (let k = 0; k <= j; k++, at++) {
        const times = i === j && j === k ? 1 : i === j || j === k ? 3 : 6;
        total += times * a[at] * b[at];
      }
    }
  }
  return total;
}

/** KID against a sample held fixed; its own half is summed once. For d up to about 128, where the tensor stays small. */
export class KernelReference {
  private readonly tensor: Float64Array;
  private readonly within: number;

  constructor(features: Features, readonly n: number, readonly d: number) {
    const { tensor, diagonal } = tensorSum(features, n, d);
    this.tensor = tensor;
    this.within = tensorDot(tensor, tensor, d + 1) - diagonal;
  }

  /** Equals `kernelDistance` to rounding. */
  distance(features: Features, n: number): number {
    requirePairs(n, this.n);
    const { tensor, diagonal } = tensorSum(features, n, this.d);
    const side = this.d + 1;
    return discrepancy(tensorDot(tensor, tensor, side) - diagonal, n, this.within, this.n, tensorDot(tensor, this.tensor, side));
  }
}
