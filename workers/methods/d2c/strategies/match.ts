import type { SelectOptions } from '../../../protocol';
import { RandomStream } from '../../../random';
import type { Candidates } from './candidates';
import { buildField, type Field } from './match.field';
import { MatchedSubset } from './match.subset';
import { drawFromBins, quantileBins, type Bin } from './random';
import type { StrategyDefinition } from './types';

/** How much the classes' own differences count beside the pooled one. */
const ALPHA = 1;
/** Draws that the start is the best of. */
const STARTS = 4;
/** Candidates tried for one place in one sweep. */
const TRIALS = 16;
/** Trials in all, where one sweep takes fewer: what a slider has time for. */
const BUDGET = 30_000;
/** A swap must gain this share of what is at stake, so that rounding cannot trade places for ever. */
const LEAST_GAIN = 1e-9;

const fields = new WeakMap<Candidates, Field>();

/** What all candidates look like; the same for every selection from them, so it is computed once. */
function fieldOf(candidates: Candidates): Field {
  const field = fields.get(candidates) ?? buildField(candidates);
  fields.set(candidates, field);
  return field;
}

/** The nearest of several draws, each with as many images of every stratum. */
function bestStart(candidates: Candidates, field: Field, bins: readonly Bin[][], seed: number): MatchedSubset {
  const draw = (k: number): MatchedSubset => new MatchedSubset(field, candidates.ranked.map((ranked, classIndex) =>
    drawFromBins(ranked, bins[classIndex], new RandomStream(seed, `select/match/${k}/${classIndex}`))), ALPHA);
  let best = draw(0);
  for (let k = 1; k < STARTS; k++) {
    const next = draw(k);
    if (next.distance() < best.distance()) best = next;
  }
  return best;
}

/** A place of the subset: slot `slot` of a class, to be filled from its stratum. */
interface Place {
  classIndex: number;
  slot: number;
  stratum: Bin;
}

/** All places that have an alternative, one of each class in turn, so that a budget that runs out leaves no class behind. */
function placesOf(bins: readonly Bin[][]): Place[] {
  const perClass = bins.map((list, classIndex) => list
    .flatMap((stratum) => Array.from({ length: stratum.count }, () => stratum))
    .map((stratum, slot): Place => ({ classIndex, slot, stratum })));
  const longest = Math.max(0, ...perClass.map((list) => list.length));
  return Array.from({ length: longest }, (_, slot) => perClass.flatMap((list) => list.slice(slot, slot + 1))).flat()
    .filter(({ stratum }) => stratum.end - stratum.first > stratum.count);
}

/** One pass over all places: each takes the best of some free candidates of its stratum where that gains. Answers the number of swaps. */
function sweep(subset: MatchedSubset, ranked: readonly Uint32Array[], places: readonly Place[], taken: Uint8Array, stream: RandomStream): number {
  let swaps = 0;
  for (const { classIndex, slot, stratum: { first, end } } of places) {
    const list = subset.picks[classIndex];
    const held = list[slot];
    const cost = subset.place(classIndex, slot);
    const stay = cost(held);
    let best = held;
    let least = stay - LEAST_GAIN * Math.abs(stay);
    const width = end - first;
    const all = width <= TRIALS;
    for (let trial = 0; trial < (all ? width : TRIALS); trial++) {
      const candidate = ranked[classIndex][first + (all ? trial : stream.integer(width))];
      if (taken[candidate]) continue;
      const value = cost(candidate);
      if (value < least) {
        best = candidate;
        least = value;
      }
    }
    if (best === held) continue;
    subset.swap(classIndex, slot, best);
    taken[held] = 0;
    taken[best] = 1;
    swaps++;
  }
  return swaps;
}

/** The subset that `match` answers, with the distance it started from. */
export function matchedSubset(candidates: Candidates, sizes: readonly number[], { seed, strata = 1 }: Pick<SelectOptions, 'seed' | 'strata'>): { subset: MatchedSubset; start: number } {
  const field = fieldOf(candidates);
  const bins = candidates.ranked.map((ranked, classIndex) => quantileBins(ranked.length, sizes[classIndex], strata));
  const subset = bestStart(candidates, field, bins, seed);
  const start = subset.distance();
  const taken = new Uint8Array(candidates.scores.length);
  for (const list of subset.picks) for (const position of list) taken[position] = 1;
  const places = placesOf(bins);
  const sweeps = places.length === 0 ? 0 : Math.max(1, Math.round(BUDGET / (TRIALS * places.length)));
  const stream = new RandomStream(seed, 'select/match/trials');
  for (let k = 0; k < sweeps; k++) if (sweep(subset, candidates.ranked, places, taken, stream) === 0) break;
  return { subset, start };
}

/**
 * Match: the subset whose features are distributed as the folder's. From the best of several draws, places are refilled one by one with whichever
 * of a few random candidates of the same class (and stratum of difficulty) brings the Frechet distance down most, in the methods' encoder; the
 * judge measures in another one. Our own; docs/match.md has what it gains.
 */
export const match: StrategyDefinition = {
  id: 'match',
  pick: (candidates, sizes, options) => matchedSubset(candidates, sizes, options).subset.picks,
};
