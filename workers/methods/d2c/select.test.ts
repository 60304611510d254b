import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetortError } from '../../failure';
import { frechetDistance } from '../../metrics/frechet';
import { moments } from '../../metrics/moments';
import type { SelectOptions, Strategy } from '../../protocol';
import { RandomStream } from '../../random';
import { randomSubset, scoredImages, select, selectRows } from './select';
import { selectOptions } from './select.options';
import { floorDistance, RawDistance } from './select.raw';
import { synthetic, syntheticInput } from './select.testing';
import { strategies } from './strategies';
import { prepare, type Candidates } from './strategies/candidates';
import { intervalStride } from './strategies/interval';

const defaults = selectOptions.parse({});
const all = Object.keys(strategies) as Strategy[];

function choose(candidates: Candidates, options: Partial<SelectOptions>): number[] {
  return Array.from(select(candidates, { ...defaults, ...options }).picked);
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof RetortError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

/** One class whose position i has score i. */
function ladder(count: number): Candidates {
  return prepare({
    scores: Float32Array.from({ length: count }, (_, i) => i), classes: new Uint16Array(count), classCount: 1,
    features: new Float32Array(count), dim: 1,
  });
}

describe('every strategy', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 5 }).filter((list) => list.some((count) => count > 0));

  it.each(all)('%s picks distinct candidates, class-major, min(m, N_c) of each class', (strategy) => {
    fc.assert(fc.property(counts, fc.integer({ min: 1, max: 45 }), fc.double({ min: 0.01, max: 1, noNaN: true }), fc.nat(1000), (sizes, imagesPerClass, multiplier, seed) => {
      const candidates = synthetic(sizes, 3, seed);
      const { picked, perClass } = select(candidates, { strategy, imagesPerClass, multiplier, draws: 3, seed });
      expect(perClass).toEqual(sizes.map((count) => Math.min(count, imagesPerClass)));
      expect(new Set(picked).size).toBe(picked.length);
      const expected = perClass.flatMap((count, index) => Array.from({ length: count }, () => index));
      expect(Array.from(picked, (position) => candidates.classes[position])).toEqual(expected);
    }), { numRuns: 40 });
  });

  it.each(all)('%s repeats itself exactly', (strategy) => {
    const options = { strategy, imagesPerClass: 7, draws: 5, seed: 3 };
    expect(choose(synthetic([20, 30], 3, 1), options)).toEqual(choose(synthetic([20, 30], 3, 1), options));
  });

  it.each(['interval', 'min', 'max', 'medium', 'herding', 'kcenter'] as const)('%s does not depend on the order of the rows', (strategy) => {
    const input = syntheticInput([25, 40], 3, 5);
    const order = new RandomStream(1, 'test/order').shuffle(Uint32Array.from(input.scores, (_, i) => i));
    const shuffled = prepare({
      ...input,
      scores: Float32Array.from(order, (from) => input.scores[from]),
      classes: Uint16Array.from(order, (from) => input.classes[from]),
      features: Float32Array.from({ length: input.features.length }, (_, at) => input.features[order[Math.floor(at / 3)] * 3 + (at % 3)]),
    });
    const direct = choose(prepare(input), { strategy, imagesPerClass: 6 });
    expect(choose(shuffled, { strategy, imagesPerClass: 6 }).map((position) => order[position])).toEqual(direct);
  });

  it.each(['random', 'stratified', 'bestof', 'match'] as const)('%s follows the seed', (strategy) => {
    const candidates = synthetic([60, 60], 3, 2);
    expect(choose(candidates, { strategy, seed: 1 })).not.toEqual(choose(candidates, { strategy, seed: 2 }));
  });
});

describe('score strategies', () => {
  it('computes the stride of the paper, clamped to the class', () => {
    expect(intervalStride(5000, 100, 0.7)).toBe(35);
    expect(intervalStride(6000, 10, 0.7)).toBe(420);
    expect(intervalStride(1000, 100, 0.001)).toBe(1);
    expect(intervalStride(15, 10, 1)).toBe(1);
    fc.assert(fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 500 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (available, wanted, multiplier) => {
      const count = Math.min(available, wanted);
      const stride = intervalStride(available, count, multiplier);
      expect(stride).toBeGreaterThanOrEqual(1);
      expect((count - 1) * stride).toBeLessThan(available);
    }));
  });

  it('interval with stride 1 is Min, and with multiplier 1 spans the ranking', () => {
    const candidates = synthetic([50, 33], 2, 4);
    expect(choose(candidates, { multiplier: 0.01, imagesPerClass: 6 })).toEqual(choose(candidates, { strategy: 'min', imagesPerClass: 6 }));
    expect(choose(ladder(100), { imagesPerClass: 10 })).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(choose(ladder(100), { imagesPerClass: 10, multiplier: 0.7 })).toEqual([0, 7, 14, 21, 28, 35, 42, 49, 56, 63]);
  });

  it('takes the ends and the middle', () => {
    expect(choose(ladder(9), { strategy: 'min', imagesPerClass: 3 })).toEqual([0, 1, 2]);
    expect(choose(ladder(9), { strategy: 'max', imagesPerClass: 3 })).toEqual([8, 7, 6]);
    expect(choose(ladder(9), { strategy: 'medium', imagesPerClass: 4 })).toEqual([4, 5, 3, 6]);
    expect(choose(ladder(4), { strategy: 'medium', imagesPerClass: 4 })).toEqual([1, 2, 0, 3]);
  });

  it('breaks ties by row', () => {
    const flat = prepare({ scores: new Float32Array(6), classes: new Uint16Array(6), classCount: 1, features: new Float32Array(6), dim: 1 });
    expect(choose(flat, { strategy: 'min', imagesPerClass: 3 })).toEqual([0, 1, 2]);
    expect(choose(flat, { strategy: 'interval', imagesPerClass: 3 })).toEqual([0, 2, 4]);
  });

  it('stratified takes as many from every decile', () => {
    const deciles = choose(ladder(200), { strategy: 'stratified', imagesPerClass: 50 }).map((score) => Math.floor(score / 20));
    for (let decile = 0; decile < 10; decile++) expect(deciles.filter((value) => value === decile)).toHaveLength(5);
  });

  it('refuses scores that are not finite and features of another data set', () => {
    const input = syntheticInput([5], 2, 0);
    expect(codeOf(() => prepare({ ...input, scores: input.scores.map(() => Number.NaN) }))).toBe('score-not-finite');
    expect(codeOf(() => prepare({ ...input, dim: 3 }))).toBe('features-missing');
  });
});

describe('feature strategies', () => {
  const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, value, j) => sum + (value - b[j]) ** 2, 0);
  const dim = 4;
  const candidates = synthetic([30], dim, 8);
  const row = (position: number) => Array.from(candidates.features.subarray(position * dim, (position + 1) * dim));
  const meanOf = (positions: number[]) => Array.from({ length: dim }, (_, j) => positions.reduce((sum, position) => sum + row(position)[j], 0) / positions.length);
  const everything = Array.from({ length: 30 }, (_, i) => i);

  it('herding picks, each time, whatever brings the mean closest', () => {
    const target = meanOf(everything);
    const expected: number[] = [];
    for (let step = 0; step < 8; step++) {
      const free = everything.filter((position) => !expected.includes(position));
      expected.push(free.reduce((best, position) =>
        (distance(meanOf([...expected, position]), target) < distance(meanOf([...expected, best]), target) ? position : best)));
    }
    expect(choose(candidates, { strategy: 'herding', imagesPerClass: 8 })).toEqual(expected);
    expect(choose(candidates, { strategy: 'herding', imagesPerClass: 3 })).toEqual(expected.slice(0, 3));
    // A walk that was left at 8 and goes on ends where one straight to 20 does.
    expect(choose(candidates, { strategy: 'herding', imagesPerClass: 20 })).toEqual(choose(synthetic([30], dim, 8), { strategy: 'herding', imagesPerClass: 20 }));
  });

  it('kcenter walks farthest first from the member nearest the mean', () => {
    const target = meanOf(everything);
    const expected = [everything.reduce((best, position) => (distance(row(position), target) < distance(row(best), target) ? position : best))];
    const reach = (position: number) => Math.min(...expected.map((center) => distance(row(position), row(center))));
    while (expected.length < 8) expected.push(everything.reduce((best, position) => (reach(position) > reach(best) ? position : best)));
    expect(choose(candidates, { strategy: 'kcenter', imagesPerClass: 8 })).toEqual(expected);
  });

  it('bestof never does worse in its own features than the draws it saw, and better with more', () => {
    const many = synthetic([200, 200], dim, 9);
    const full = moments(many.features, 400, dim);
    const fd = (draws: number) => frechetDistance(full, moments(many.features, 40, dim, choose(many, { strategy: 'bestof', imagesPerClass: 20, draws })));
    expect(fd(48)).toBeLessThan(fd(1));
    expect(fd(48)).toBeLessThanOrEqual(fd(12));
  });
});

describe('raw distance', () => {
  // The score is how far an image lies from its class centre along one axis, so a window of the ranking is a slice of the distribution.
  const dim = 3;
  const stream = new RandomStream(0, 'test/raw');
  const features = Float32Array.from({ length: 1200 * dim }, () => stream.normal());
  const train = Uint32Array.from({ length: 1000 }, (_, i) => i);
  const holdout = Uint32Array.from({ length: 200 }, (_, i) => 1000 + i);
  const scored = scoredImages(
    { head: {}, parts: { scores: Float32Array.from(train, (row) => features[row * dim]), rows: train } },
    { head: {}, parts: { features } }, new Uint16Array(1200), 1,
  );
  const raw = new RawDistance(features, dim, holdout);

  it('draws the U of the ranking: the middle slice is nearest, the ends are far', () => {
    const { ranked } = scored.candidates;
    const slices = Array.from({ length: 10 }, (_, slice) => raw.of(ranked[0].slice(slice * 100, slice * 100 + 100)));
    const best = Math.min(...slices);
    expect(slices[0]).toBeGreaterThan(2 * best);
    expect(slices[9]).toBeGreaterThan(2 * best);
    expect([3, 4, 5, 6]).toContain(slices.indexOf(best));
  });

  it('orders strategies as calibration does', () => {
    const fd = (options: Partial<SelectOptions>) => raw.of(selectRows(scored, { ...defaults, imagesPerClass: 50, ...options }, 0).picked);
    const spread = raw.random(scored, [50], 0);
    expect(spread.n).toBe(8);
    expect(fd({ strategy: 'min' })).toBeGreaterThan(fd({ multiplier: 0.25 }));
    expect(fd({ multiplier: 0.25 })).toBeGreaterThan(fd({ multiplier: 0.7 }));
    expect(fd({ multiplier: 0.7 })).toBeGreaterThan(spread.mean);
    expect(fd({})).toBeLessThan(spread.mean + 2 * spread.sd);
  });

  it('has a floor below any selection', () => {
    const floor = floorDistance(features, dim, train, 0);
    expect(floor.n).toBe(500);
    const few = floorDistance(features, dim, train, 0, 50);
    expect(few.n).toBe(50);
    expect(few.fd).toBeGreaterThan(floor.fd);
    expect(floor.fd).toBeLessThan(raw.random(scored, [50], 0).mean);
    expect(floorDistance(features, dim, train, 0)).toEqual(floor);
    expect(codeOf(() => floorDistance(features, dim, train.slice(0, 1), 0))).toBe('no-samples');
  });
});

describe('joining artifacts', () => {
  it('answers data set rows and adds the seeds', () => {
    const rows = Uint32Array.of(4, 2, 7);
    const encoder = { head: {}, parts: { features: Float32Array.from({ length: 16 }, (_, i) => i) } };
    const score = { head: {}, parts: { scores: Float32Array.of(3, 1, 2), rows } };
    const scored = scoredImages(score, encoder, Uint16Array.of(0, 0, 1, 0, 0, 0, 0, 1), 2);
    expect(Array.from(scored.candidates.features)).toEqual([8, 9, 4, 5, 14, 15]);
    const { picked, perClass } = selectRows(scored, { ...defaults, strategy: 'min', imagesPerClass: 2 }, 0);
    expect(Array.from(picked)).toEqual([4, 2, 7]);
    expect(perClass).toEqual([1, 2]);
    const many = scoredImages(
      { head: {}, parts: { scores: new Float32Array(50), rows: Uint32Array.from({ length: 50 }, (_, i) => i) } },
      { head: {}, parts: { features: new Float32Array(50) } }, new Uint16Array(50), 1,
    );
    const options = { ...defaults, strategy: 'random' as const };
    expect(selectRows(many, { ...options, seed: 3 }, 4)).toEqual(selectRows(many, { ...options, seed: 7 }, 0));
    expect(randomSubset(many.candidates, [5], 0, 0)).not.toEqual(randomSubset(many.candidates, [5], 0, 1));
    expect(randomSubset(many.candidates, [5], 0).perClass).toEqual([5]);
  });

  it('names the part a broken artifact lacks', () => {
    expect(codeOf(() => scoredImages({ head: {}, parts: {} }, { head: {}, parts: {} }, new Uint16Array(0), 0))).toBe('artifact-incomplete');
  });
});

describe('options', () => {
  it('default to what calibration recommends, and refuse nonsense', () => {
    expect(defaults).toEqual({ strategy: 'interval', imagesPerClass: 10, multiplier: 1, draws: 48, strata: 1, seed: 0 });
    expect(selectOptions.safeParse({ strategy: 'best' }).success).toBe(false);
    expect(selectOptions.safeParse({ imagesPerClass: 0 }).success).toBe(false);
    expect(selectOptions.safeParse({ multiplier: 0 }).success).toBe(false);
  });
});
