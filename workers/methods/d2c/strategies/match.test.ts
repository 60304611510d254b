import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frechetDistance } from '../../../metrics/frechet';
import { moments } from '../../../metrics/moments';
import { RandomStream } from '../../../random';
import { select } from '../select';
import { selectOptions } from '../select.options';
import { synthetic, syntheticInput } from '../select.testing';
import { prepare, sizesPerClass, type Candidates } from './candidates';
import { matchedSubset } from './match';
import { buildField } from './match.field';
import { MatchedSubset } from './match.subset';

const dim = 5;
const options = (imagesPerClass: number, seed = 0, strata = 1) => selectOptions.parse({ strategy: 'match', imagesPerClass, seed, strata });
const choose = (candidates: Candidates, imagesPerClass: number, seed = 0, strata = 1): number[] =>
  Array.from(select(candidates, options(imagesPerClass, seed, strata)).picked);

describe('the field', () => {
  it('is the Frechet distance to second order', () => {
    const candidates = synthetic([600], dim, 1);
    const field = buildField(candidates);
    // Covariances divide by n - 1, the field by n; the counts below make both the same.
    const fitted = (rows: Uint32Array) => ({ ...moments(candidates.features, rows.length, dim, rows), n: rows.length + 1 });
    const everything = fitted(candidates.members[0]);
    for (const count of [300, 400, 500]) {
      const picks = new RandomStream(count, 'test/part').sample(600, count);
      const exact = frechetDistance(everything, fitted(picks));
      expect(new MatchedSubset(field, [picks], 0).distance() / exact).toBeGreaterThan(0.9);
      expect(new MatchedSubset(field, [picks], 0).distance() / exact).toBeLessThan(1.1);
      // With one class its own difference is the pooled one.
      expect(new MatchedSubset(field, [picks], 1).distance()).toBeCloseTo(2 * new MatchedSubset(field, [picks], 0).distance(), 12);
    }
    expect(new MatchedSubset(field, [candidates.members[0].slice()], 1).distance()).toBeLessThan(1e-20);
  });

  it('keeps no more directions than vary', () => {
    const input = syntheticInput([40], 3, 2);
    const flat = prepare({ ...input, features: Float32Array.from({ length: 120 }, (_, at) => (at % 3 === 1 ? 7 : at % 3 === 2 ? 0 : input.features[at])) });
    const known = buildField(flat);
    expect(Array.from(known.norms).every(Number.isFinite)).toBe(true);
    expect(Array.from(known.metric).every((weight) => Number.isFinite(weight) && weight >= 0)).toBe(true);
  });
});

describe('a subset under change', () => {
  it('keeps the distance it would have if it were summed anew, and predicts every swap', () => {
    fc.assert(fc.property(fc.nat(1000), fc.constantFrom(0, 0.3, 1), (seed, alpha) => {
      const candidates = synthetic([30, 20, 1], dim, seed);
      const field = buildField(candidates);
      const stream = new RandomStream(seed, 'test/swaps');
      const subset = new MatchedSubset(field, candidates.members.map((members) => members.slice(0, 6)), alpha);
      for (let k = 0; k < 20; k++) {
        const classIndex = stream.integer(2);
        const slot = stream.integer(6);
        const free = candidates.members[classIndex].filter((position) => !subset.picks[classIndex].includes(position));
        const candidate = free[stream.integer(free.length)];
        const cost = subset.place(classIndex, slot);
        const predicted = subset.distance() + cost(candidate) - cost(subset.picks[classIndex][slot]);
        subset.swap(classIndex, slot, candidate);
        expect(subset.distance()).toBeCloseTo(predicted, 9);
      }
      const anew = new MatchedSubset(field, subset.picks.map((list) => list.slice()), alpha);
      expect(Math.abs(subset.distance() - anew.distance())).toBeLessThanOrEqual(1e-10 * anew.distance());
    }), { numRuns: 15 });
  });
});

describe('match', () => {
  it('is never farther than its start, and gains where there is a choice', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 4 }).filter((counts) => counts.some((count) => count > 0)),
      fc.integer({ min: 1, max: 20 }), fc.constantFrom(1, 4, 10), fc.nat(1000), (counts, imagesPerClass, strata, seed) => {
        const candidates = synthetic(counts, dim, seed);
        const { subset, start } = matchedSubset(candidates, sizesPerClass(candidates, imagesPerClass), { seed, strata });
        const choice = imagesPerClass >= 4 && strata === 1 && counts.some((count) => count > 3 * imagesPerClass);
        expect(subset.distance()).toBeLessThanOrEqual(choice ? start * (1 - 1e-9) : start * (1 + 1e-9) + 1e-15);
      }), { numRuns: 40 });
  });

  it('comes nearer to the folder than the best of 48 draws', () => {
    const candidates = synthetic([300, 300], dim, 4);
    const everything = moments(candidates.features, 600, dim);
    const fd = (strategy: 'match' | 'bestof') => {
      const { picked } = select(candidates, selectOptions.parse({ strategy, imagesPerClass: 20 }));
      return frechetDistance(everything, moments(candidates.features, picked.length, dim, picked));
    };
    expect(fd('match')).toBeLessThan(0.7 * fd('bestof'));
  });

  it('does not depend on the order of the rows, nor on what was selected before', () => {
    const input = syntheticInput([90, 40], dim, 5);
    const order = new RandomStream(1, 'test/order').shuffle(Uint32Array.from(input.scores, (_, i) => i));
    const shuffled = prepare({
      ...input,
      scores: Float32Array.from(order, (from) => input.scores[from]),
      classes: Uint16Array.from(order, (from) => input.classes[from]),
      features: Float32Array.from({ length: input.features.length }, (_, at) => input.features[order[Math.floor(at / dim)] * dim + (at % dim)]),
    });
    const direct = prepare(input);
    choose(direct, 3, 9);
    expect(choose(shuffled, 8).map((position) => order[position])).toEqual(choose(direct, 8));
    expect(choose(direct, 8, 1)).not.toEqual(choose(direct, 8));
  });

  it('takes equally many images of every stratum of difficulty', () => {
    const candidates = synthetic([200], dim, 6);
    const rank = new Map(Array.from(candidates.ranked[0], (position, at) => [position, at]));
    const strata = choose(candidates, 20, 0, 10).map((position) => Math.floor((rank.get(position) as number) / 20));
    for (let stratum = 0; stratum < 10; stratum++) expect(strata.filter((value) => value === stratum)).toHaveLength(2);
  });

  it('copes with a class of one image, with none and with features that do not vary', () => {
    expect(choose(synthetic([1], dim, 7), 5)).toEqual([0]);
    expect(choose(synthetic([0, 2, 1], dim, 7), 5)).toHaveLength(3);
    const flat = prepare({ scores: new Float32Array(9), classes: new Uint16Array(9), classCount: 1, features: new Float32Array(9 * dim), dim });
    expect(new Set(choose(flat, 4)).size).toBe(4);
  });
});
