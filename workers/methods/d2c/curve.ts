import { RetortError } from '../../failure';
import { extrapolatedDistance, extrapolationSizes } from '../../metrics/extrapolate';
import { FrechetReference } from '../../metrics/frechet';
import { KernelReference } from '../../metrics/kernel';
import { ManifoldReference } from '../../metrics/manifold';
import { moments } from '../../metrics/moments';
import type { CurvePoint, Extrapolated } from '../../protocol';
import { RandomStream } from '../../random';

/** Neighbours of precision, recall and coverage where there are more images than that. */
const NEIGHBOURS = 5;
/** Rows of either side, drawn by the seed, that nearest neighbours are looked for among: a tenth of a second a point instead of minutes. */
export const NEIGHBOUR_ROWS = 1000;

/** `count` row numbers, or as many of them as neighbours are looked for among. */
export function neighbourRows(count: number, seed: number, label: string): Uint32Array<ArrayBuffer> {
  return new RandomStream(seed, `curve/neighbours/${label}`).sample(count, NEIGHBOUR_ROWS).sort();
}

function take(features: Float32Array, rows: Uint32Array, dim: number): Float32Array {
  const out = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => out.set(features.subarray(row * dim, (row + 1) * dim), i * dim));
  return out;
}

/** Generated images against one fixed set of real features, at every point alike. */
export class CurveReference {
  private readonly frechet: FrechetReference;
  private readonly kernel: KernelReference;
  private readonly real: Float32Array;
  private manifold: ManifoldReference | null = null;

  /**
   * @param features [n, dim] of the real images every point is compared with, n of 2 or more.
   * @param seed draws the rows of either side for precision, recall and coverage, and the subsets of the extrapolation.
   */
  constructor(features: Float32Array, n: number, readonly dim: number, private readonly seed = 0) {
    this.frechet = new FrechetReference(moments(features, n, dim));
    this.kernel = new KernelReference(features, n, dim);
    this.real = take(features, neighbourRows(n, seed, 'real'), dim);
  }

  /** FD and KID of `count` feature vectors. */
  distances(features: Float32Array, count: number): { fd: number; kid: number } {
    return {
      fd: this.frechet.distance(moments(features, count, this.dim)),
      kid: this.kernel.distance(features, count),
    };
  }

  /** The same with precision, recall and coverage of `count` feature vectors, 2 or more. */
  figures(features: Float32Array, count: number): Omit<CurvePoint, 'step'> {
    const { dim, real, seed } = this;
    const rows = neighbourRows(count, seed, 'generated');
    const n = real.length / dim;
    const k = Math.min(NEIGHBOURS, n - 1, rows.length - 1);
    // The balls around the real points are the same at every point of a curve.
    if (this.manifold?.k !== k) this.manifold = new ManifoldReference(real, n, dim, k);
    const { precision, recall, coverage } = this.manifold.compare(take(features, rows, dim), rows.length);
    return { ...this.distances(features, count), precision, recall, coverage, neighbours: k };
  }

  /** FD of `count` feature vectors at infinite N, or null where they are fewer than the fit needs. */
  extrapolated(features: Float32Array, count: number): Extrapolated | null {
    if (extrapolationSizes(count, this.dim).length === 0) return null;
    const { value, error } = extrapolatedDistance(this.frechet, features, count, this.seed);
    return { value, error };
  }
}

/**
 * The steps a curve is evaluated at: those named in `at` up to the last step, or else every `every` steps; the last step always.
 * @throws RetortError `bad-steps` when a name in `at` is not a positive whole number.
 */
export function evaluationSteps(at: string, every: number, steps: number): Set<number> {
  const chosen = new Set<number>();
  if (at.trim() === '') {
    const points = every > 0 ? Math.ceil(steps / every) - 1 : 0;
    for (let point = 1; point <= points; point++) chosen.add(point * every);
  } else {
    for (const name of at.split(',')) {
      const step = Number(name);
      if (!Number.isInteger(step) || step < 1) {
        throw new RetortError('bad-steps', `"${name.trim()}" is not a training step. Give whole numbers separated by commas, such as 300,600,1000.`, { name });
      }
      if (step < steps) chosen.add(step);
    }
  }
  return chosen.add(steps);
}
