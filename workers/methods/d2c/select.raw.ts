import { frechetDistance, FrechetReference } from '../../metrics/frechet';
import { moments } from '../../metrics/moments';
import { spreadOf } from '../../metrics/spread';
import type { Spread } from '../../protocol';
import { RandomStream } from '../../random';
import { randomSubset, type ScoredImages } from './select';

/** Random subsets a selection is held against. */
export const RANDOM_SUBSETS = 8;

/**
 * Raw FD: Frechet distance of chosen real images to the hold-out in the judge's features. No training; calibration found it
 * to predict the FD after training across strategies.
 */
export class RawDistance {
  private readonly reference: FrechetReference;

  /** @param features the judge's, row-major [data set rows, dim]. @param holdout rows of the test split. */
  constructor(private readonly features: Float32Array, private readonly dim: number, holdout: Uint32Array) {
    this.reference = new FrechetReference(moments(features, holdout.length, dim, holdout));
  }

  /** FD of the images in these data set rows. */
  of(rows: Uint32Array): number {
    return this.reference.distance(moments(this.features, rows.length, this.dim, rows));
  }

  /** FD of the `draw`-th random subset with as many images per class. */
  ofRandom({ candidates, rows }: ScoredImages, perClass: readonly number[], seed: number, draw: number): number {
    return this.of(randomSubset(candidates, perClass, seed, draw).picked.map((position) => rows[position]));
  }

  /** Mean and spread over eight random subsets. */
  random(scored: ScoredImages, perClass: readonly number[], seed: number): Spread {
    return spreadOf(Array.from({ length: RANDOM_SUBSETS }, (_, draw) => this.ofRandom(scored, perClass, seed, draw)));
  }
}

/**
 * The floor no distance can be expected to beat: FD of one part of `rows` to another, drawn by the seed and disjoint, in
 * the judge's features. FD is biased by sample size, so each part has at most `size` images, or half of all where those are
 * fewer; `n` says how many.
 */
export function floorDistance(
  features: Float32Array, dim: number, rows: Uint32Array, seed: number, size = Infinity,
): { fd: number; n: number } {
  const shuffled = new RandomStream(seed, 'metrics/floor').shuffle(Uint32Array.from(rows));
  const n = Math.min(size, Math.floor(rows.length / 2));
  const half = (from: number) => moments(features, n, dim, shuffled.subarray(from, from + n));
  return { fd: frechetDistance(half(0), half(n)), n };
}
