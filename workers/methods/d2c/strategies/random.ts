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

/**
 * Random inside score quantile bins: ten bins (fewer when fewer images are taken) with shares as equal as whole images
 * allow. Bin edges follow the shares, so no bin can be asked for more than it holds.
 */
export const stratified = classwise('stratified', (ranked, count, { seed }, classIndex) => {
  const stream = new RandomStream(seed, `select/stratified/${classIndex}`);
  const bins = Math.min(STRATA, count);
  const picked = new Uint32Array(count);
  for (let bin = 0; bin < bins; bin++) {
    const from = Math.floor((bin * count) / bins);
    const to = Math.floor(((bin + 1) * count) / bins);
    const first = Math.floor((from * ranked.length) / count);
    const end = Math.floor((to * ranked.length) / count);
    stream.sample(end - first, to - from).forEach((offset, i) => {
      picked[from + i] = ranked[first + offset];
    });
  }
  return picked;
});
