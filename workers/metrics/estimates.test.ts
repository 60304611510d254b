import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random';
import { bootstrapDifference, bootstrapMean, quantile } from './bootstrap';
import { shareDrift } from './drift';
import { extrapolatedDistance, extrapolationSizes, fitLine } from './extrapolate';
import { FrechetReference } from './frechet';
import { codeOf, gaussian, rotate } from './metrics.testing';
import { moments } from './moments';
import { slicedWasserstein, squaredWasserstein } from './sliced';

describe('FD extrapolated to infinite N', () => {
  const d = 16;
  const reference = new FrechetReference(moments(gaussian(20_000, d, 1), 20_000, d));

  it('lies nearer the closed form than FD at N does, for equal and for shifted Gaussians', () => {
    for (const shift of [0, 0.25]) {
      const truth = d * shift ** 2;
      const runs = Array.from({ length: 10 }, (_, seed) => {
        const rows = gaussian(240, d, 10 + seed, () => 1, shift);
        return { plain: reference.distance(moments(rows, 240, d)), far: extrapolatedDistance(reference, rows, 240, seed).value };
      });
      const bias = (of: 'plain' | 'far') => Math.abs(runs.reduce((sum, run) => sum + run[of], 0) / runs.length - truth);
      expect(bias('far')).toBeLessThan(bias('plain') / 2);
    }
  });

  it('repeats itself, states its sizes, and falls towards the intercept', () => {
    const rows = gaussian(400, d, 30);
    const found = extrapolatedDistance(reference, rows, 400, 0);
    expect(extrapolatedDistance(reference, rows, 400, 0)).toEqual(found);
    expect([found.sizes.at(0), found.sizes.at(-1), found.sizes.length]).toEqual([400, 80, 10]);
    expect(found.slope).toBeGreaterThan(0);
    expect(found.error).toBeGreaterThan(0);
    expect(found.value).toBeLessThan(reference.distance(moments(rows, 400, d)));
  });

  it('fits a line as the textbook does', () => {
    const exact = fitLine([1, 2, 4], [5, 7, 11]);
    expect([exact.intercept, exact.slope]).toEqual([3, 2]);
    expect(exact.error).toBeCloseTo(0, 12);
    // Residuals 1/6, -1/3, 1/6 on 3 - 2 degrees of freedom; 1/n + mean^2/Sxx = 1/3 + 1/2.
    const noisy = fitLine([0, 1, 2], [0, 0, 1]);
    expect(noisy.intercept).toBeCloseTo(-1 / 6, 12);
    expect(noisy.error).toBeCloseTo(Math.sqrt((1 / 6) * (1 / 3 + 1 / 2)), 12);
    expect(codeOf(() => fitLine([1, 2], [1, 2]))).toBe('too-few-sizes');
    expect(codeOf(() => fitLine([1, 1, 1], [1, 2, 3]))).toBe('too-few-sizes');
  });

  it('refuses samples whose covariances would be singular', () => {
    expect(extrapolationSizes(5 * d, d)).toEqual([]);
    expect(extrapolationSizes(5 * d + 1, d)).not.toEqual([]);
    expect(codeOf(() => extrapolatedDistance(reference, gaussian(20, d, 1), 20, 0))).toBe('too-few-sizes');
  });
});

describe('sliced Wasserstein distance', () => {
  const d = 6;
  const x = gaussian(300, d, 40, (j) => 1 + j / 3);

  it('is zero for a sample and itself, symmetric, and knows nothing of the order of rows', () => {
    const y = gaussian(170, d, 41, () => 2, 1);
    const there = slicedWasserstein(x, 300, y, 170, d, 0, 50).squared;
    expect(slicedWasserstein(x, 300, x, 300, d, 0, 50).squared).toBe(0);
    expect(slicedWasserstein(y, 170, x, 300, d, 0, 50).squared / there).toBeCloseTo(1, 12);
    const twice = Float64Array.from([...y, ...y]);
    expect(slicedWasserstein(x, 300, twice, 340, d, 0, 50).squared / there).toBeCloseTo(1, 12);
  });

  it('is |shift|^2 / d for a shift, and does not change with rotation', () => {
    const shift = [3, 0, -1, 2, 0, 1];
    const moved = x.map((value, at) => value + shift[at % d]);
    const expected = shift.reduce((sum, value) => sum + value ** 2, 0) / d;
    const found = slicedWasserstein(x, 300, moved, 300, d, 1, 2000);
    expect(Math.abs(found.squared - expected)).toBeLessThan(4 * found.error);
    expect(found.error).toBeLessThan(0.1 * expected);
    const turned = slicedWasserstein(rotate(x, 300, d), 300, rotate(moved, 300, d), 300, d, 2, 2000);
    expect(Math.abs(turned.squared - found.squared)).toBeLessThan(4 * Math.hypot(found.error, turned.error));
  });

  it('is the squared difference of scales for centred Gaussians', () => {
    const wide = slicedWasserstein(gaussian(4000, d, 42), 4000, gaussian(4000, d, 43, () => 3), 4000, d, 0, 200);
    expect(Math.abs(wide.squared / 4 - 1)).toBeLessThan(0.1);
  });

  it('agrees with repeating values until both sides are equally long', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 9 }), fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 9 }), (a, b) => {
      const repeated = (list: number[], times: number) => list.toSorted((s, t) => s - t).flatMap((value) => Array<number>(times).fill(value));
      const [left, right] = [repeated(a, b.length), repeated(b, a.length)];
      const expected = left.reduce((sum, value, i) => sum + (value - right[i]) ** 2, 0) / left.length;
      expect(squaredWasserstein(Float64Array.from(a).sort(), Float64Array.from(b).sort())).toBeCloseTo(expected, 10);
    }));
  });

  it('refuses nothing at all and NaN', () => {
    expect(codeOf(() => slicedWasserstein(x, 0, x, 3, d, 0))).toBe('no-samples');
    expect(codeOf(() => slicedWasserstein(x.map(() => Number.NaN), 3, x, 3, d, 0, 5))).toBe('features-not-finite');
  });
});

describe('share drift', () => {
  it('is zero for equal shares, one for disjoint groups, and says which group moved', () => {
    expect(shareDrift([2, 3], [20, 30])).toEqual({ total: 0, perGroup: [0, 0] });
    expect(shareDrift([5, 0], [0, 7]).total).toBe(1);
    const { total, perGroup } = shareDrift([10, 10], [90, 10]);
    expect(total).toBeCloseTo(0.4, 12);
    expect(perGroup[0]).toBeCloseTo(-0.4, 12);
    expect(perGroup[1]).toBeCloseTo(0.4, 12);
  });

  it('is a metric between shares', () => {
    const counts = fc.array(fc.nat(50), { minLength: 3, maxLength: 3 }).filter((list) => list.some((count) => count > 0));
    fc.assert(fc.property(counts, counts, counts, (a, b, c) => {
      const ab = shareDrift(a, b).total;
      expect(ab).toBeCloseTo(shareDrift(b, a).total, 12);
      expect(ab).toBeLessThanOrEqual(shareDrift(a, c).total + shareDrift(c, b).total + 1e-12);
      expect(ab).toBeLessThanOrEqual(1 + 1e-12);
      expect(shareDrift(a, b).perGroup.reduce((sum, change) => sum + change, 0)).toBeCloseTo(0, 12);
    }));
  });

  it('refuses other groups and empty sides', () => {
    expect(codeOf(() => shareDrift([1], [1, 2]))).toBe('groups-mismatch');
    expect(codeOf(() => shareDrift([0, 0], [1, 2]))).toBe('no-samples');
  });
});

describe('bootstrap', () => {
  it('comes close to the normal interval of a mean', () => {
    const values = gaussian(400, 1, 50, () => 2, 3);
    const { estimate, low, high } = bootstrapMean(values, { seed: 0 });
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - estimate) ** 2, 0) / values.length);
    expect((high - low) / ((2 * 1.96 * sd) / 20)).toBeCloseTo(1, 1);
    expect((low + high) / 2).toBeCloseTo(estimate, 1);
  });

  it('covers the truth about as often as it says', () => {
    const covers = Array.from({ length: 200 }, (_, seed) => {
      const stream = new RandomStream(seed, 'test/coverage');
      const { low, high } = bootstrapMean(Array.from({ length: 60 }, () => (stream.uniform() < 0.3 ? 1 : 0)), { seed, resamples: 300, level: 0.9 });
      return low <= 0.3 && 0.3 <= high ? 1 : 0;
    });
    const share = covers.reduce((sum: number, value) => sum + value, 0) / covers.length;
    expect(share).toBeGreaterThan(0.82);
    expect(share).toBeLessThan(0.97);
  });

  it('gives a difference that turns round with its sides and leaves out zero only when there is one', () => {
    const [a, b, c] = [gaussian(200, 1, 51), gaussian(300, 1, 52), gaussian(300, 1, 53, () => 1, 1)];
    const same = bootstrapDifference(a, b, { seed: 0 });
    expect(same.low * same.high).toBeLessThan(0);
    const apart = bootstrapDifference(a, c, { seed: 0 });
    expect(apart.high).toBeLessThan(0);
    expect(bootstrapDifference(c, a, { seed: 0 }).estimate).toBeCloseTo(-apart.estimate, 12);
    expect(bootstrapDifference(a, b, { seed: 0 })).toEqual(same);
    expect(bootstrapDifference(a, b, { seed: 1 })).not.toEqual(same);
  });

  it('is a point where nothing varies, and refuses where there is nothing', () => {
    expect(bootstrapMean([4, 4, 4], { seed: 0 })).toEqual({ estimate: 4, low: 4, high: 4 });
    expect(codeOf(() => bootstrapMean([], { seed: 0 }))).toBe('no-samples');
    expect(codeOf(() => bootstrapDifference([1], [], { seed: 0 }))).toBe('no-samples');
  });

  it('interpolates quantiles', () => {
    const sorted = Float64Array.of(0, 1, 2, 4);
    expect([0, 0.5, 1, 0.9].map((q) => quantile(sorted, q))).toEqual([0, 1.5, 4, expect.closeTo(3.4, 12)]);
  });
});
