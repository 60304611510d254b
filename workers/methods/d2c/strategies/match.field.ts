import { covariance, moments } from '../../../metrics/moments';
import { eigenSymmetric } from '../../../metrics/symmetric';
import type { Candidates } from './candidates';

/**
 * The Frechet distance of a subset to its folder, to second order, as a squared distance of means. For covariances S and S + D with S diagonal,
 * tr S + tr(S + D) - 2 tr(S (S + D))^(1/2) = sum_ij D_ij^2 / (2 (l_i + l_j)) + O(D^3) (the Bures metric), so in the eigenbasis of the
 * folder's covariance FD is |mean phi(subset) - mean phi(folder)|^2 with phi(x) = (z_i, z_i z_j / (2 (l_i + l_j))^(1/2)). What an image adds
 * to that is linear, so a swap costs one product with the difference that is left.
 */

/** Principal directions that are matched, at most: the products of pairs grow with their square, and more gained next to nothing (docs/match.md). */
const DIRECTIONS = 48;
/** Floor of the variances in the metric, relative to the largest: a direction that hardly varies would outweigh all others. */
const FLOOR = 1e-3;

export interface Field {
  /** Directions r. */
  readonly r: number;
  /** Length of a difference: r linear entries, then r (r + 1) / 2 products z_i z_j with j <= i, row by row. */
  readonly length: number;
  /** Row-major [positions, r]: candidates centred on the mean of all, along the principal directions. */
  readonly coordinates: Float32Array;
  /** [length]: weight of each squared entry of a difference. */
  readonly metric: Float64Array;
  /** [positions]: |phi(x)|^2. */
  readonly norms: Float64Array;
  /** A class: mean of the unweighted phi over all its candidates, [length]. */
  readonly targets: Float64Array[];
}

/** Adds `weight` times the unweighted phi of a candidate to `sum`. */
export function accumulate({ r, coordinates }: Field, position: number, weight: number, sum: Float64Array): void {
  const from = position * r;
  let at = r;
  for (let i = 0; i < r; i++) {
    const scaled = weight * coordinates[from + i];
    sum[i] += scaled;
    for (let j = 0; j <= i; j++) sum[at++] += scaled * coordinates[from + j];
  }
}

/** What `contract` works on. In float64, since reading float32 over and over costs half as much again. */
const held = new Float64Array(DIRECTIONS);

/** sum_i h_i (w_i + sum_{j <= i} w_ij h_j) over the r numbers in `held`. Two sums at once, since each would wait for its own last addition. */
function contract(r: number, weights: Float64Array): number {
  let total = 0;
  let at = r;
  for (let i = 0; i < r; i++) {
    let even = weights[i];
    let odd = 0;
    let j = 0;
    for (; j < i; j += 2) {
      even += weights[at] * held[j];
      odd += weights[at + 1] * held[j + 1];
      at += 2;
    }
    if (j === i) even += weights[at++] * held[j];
    total += (even + odd) * held[i];
  }
  return total;
}

/** <weights, unweighted phi of a candidate>: r (r + 3) / 2 products. */
export function project({ r, coordinates }: Field, position: number, weights: Float64Array): number {
  for (let i = 0; i < r; i++) held[i] = coordinates[position * r + i];
  return contract(r, weights);
}

/** |phi(x)|^2: squares of products are products of squares. */
function squaredLength({ r, coordinates, metric }: Field, position: number): number {
  for (let i = 0; i < r; i++) held[i] = coordinates[position * r + i] ** 2;
  return contract(r, metric);
}

/** sum_k metric_k v_k^2. */
export function squaredNorm({ metric, length }: Field, difference: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += metric[k] * difference[k] * difference[k];
  return sum;
}

/** Directions of the largest variance as rows, with their variances; fewer than `DIRECTIONS` where the rest is constant. */
function principal(candidates: Candidates, order: Uint32Array): { mean: Float64Array; variances: Float64Array; directions: Float64Array[] } {
  const { features, dim } = candidates;
  const all = moments(features, order.length, dim, order);
  const { values, vectors } = eigenSymmetric(covariance(all), dim);
  const kept = Array.from({ length: Math.min(DIRECTIONS, dim) }, (_, i) => dim - 1 - i).filter((k, i) => i === 0 || values[k] > 0);
  return {
    mean: all.mean,
    variances: Float64Array.from(kept, (k) => Math.max(0, values[k])),
    directions: kept.map((k) => Float64Array.from({ length: dim }, (_, j) => vectors[j * dim + k])),
  };
}

function coordinatesOf({ features, dim, scores }: Candidates, mean: Float64Array, directions: Float64Array[]): Float32Array {
  const r = directions.length;
  const out = new Float32Array(scores.length * r);
  const sums = new Float64Array(r);
  const columns = Float64Array.from({ length: dim * r }, (_, at) => directions[at % r][Math.floor(at / r)]);
  for (let position = 0; position < scores.length; position++) {
    sums.fill(0);
    for (let j = 0; j < dim; j++) {
      const centred = features[position * dim + j] - mean[j];
      for (let k = 0; k < r; k++) sums[k] += centred * columns[j * r + k];
    }
    out.set(sums, position * r);
  }
  return out;
}

/** Builds the field of all candidates: about 2.5 N r^2 operations. Sums run along the ranking, so that the order of rows does not touch a bit. */
export function buildField(candidates: Candidates): Field {
  const { ranked, scores } = candidates;
  const order = new Uint32Array(scores.length);
  let filled = 0;
  for (const list of ranked) {
    order.set(list, filled);
    filled += list.length;
  }
  const { mean, variances, directions } = principal(candidates, order);
  const r = directions.length;
  const length = r + (r * (r + 1)) / 2;
  const metric = new Float64Array(length).fill(1, 0, r);
  const floor = FLOOR * variances[0];
  let at = r;
  for (let i = 0; i < r; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = 2 * (variances[i] + variances[j]) + floor;
      // Off the diagonal an entry stands for its mirror image too. Features without any spread weigh nothing.
      metric[at++] = sum > 0 ? (i === j ? 1 : 2) / sum : 0;
    }
  }
  const norms = new Float64Array(scores.length);
  const targets = ranked.map(() => new Float64Array(length));
  const field: Field = { r, length, coordinates: coordinatesOf(candidates, mean, directions), metric, norms, targets };
  for (let position = 0; position < scores.length; position++) norms[position] = squaredLength(field, position);
  ranked.forEach((list, classIndex) => {
    for (const position of list) accumulate(field, position, 1 / list.length, targets[classIndex]);
  });
  return field;
}
