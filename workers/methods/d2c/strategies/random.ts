import { RandomStream } from '../../../random';
import type { Candidates } from './candidates';
import { classwise } from './types';

/** `count` of `positions` without replacement; a larger count from the same stream extends a smaller one. */
function draw(positions: Uint32Array, count: number, seed: number, label: string): Uint32Array {
  return new RandomStream(seed, label).sample(positions.length, count).map((i) => positions[i]);
}

/** Class-balanced random draw of the given sizes; `label` separates independent draws under one seed. */
export function randomDraw(candidates: Candidates, sizes: readonly number[], seed: number, label: string): Uint32Array[] {
  return candidates.members.map((members, classIndex) => draw(members, sizes[classIndex], seed, `${label}/${classIndex}`));
}

/** Uniform without replacement inside each class: the baseline every other strategy is held against. */
export const random = classwise('random', (_, count, { seed }, classIndex, candidates) =>
  draw(candidates.members[classIndex], count, seed, `select/random/${classIndex}`));

const STRATA = 10;

/** Ranks `first` to `end` (exclusive) of a class, from which `count` images are taken. */
export interface Bin {
  first: number;
  end: number;
  count: number;
}

/**
 * Quantile bins of a ranking of `available` images from which `count` are taken: `strata` bins, fewer when fewer are taken, with shares as equal
 * as whole images allow. Edges follow the shares, so no bin can be asked for more than it holds.
 */
export function quantileBins(available: number, count: number, strata: number): Bin[] {
  const bins = Math.min(strata, count);
  return Array.from({ length: bins }, (_, bin) => {
    const from = Math.floor((bin * count) / bins);
    const to = Math.floor(((bin + 1) * count) / bins);
    return { first: Math.floor((from * available) / count), end: Math.floor((to * available) / count), count: to - from };
  });
}

/** Random inside each bin of a ranking, bin after bin. */
export function drawFromBins(ranked: Uint32Array, bins: readonly Bin[], stream: RandomStream): Uint32Array {
  return Uint32Array.from(bins.flatMap(({ first, end, count }) => Array.from(stream.sample(end - first, count), (offset) => ranked[first + offset])));
}

/** Random inside ten score quantile bins. */
export const stratified = classwise('stratified', (ranked, count, { seed }, classIndex) =>
  drawFromBins(ranked, quantileBins(ranked.length, count, STRATA), new RandomStream(seed, `select/stratified/${classIndex}`)));
