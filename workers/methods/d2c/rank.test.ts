import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankAgreement, ranks, spearman } from './rank';

describe('ranks', () => {
  it('gives ties their mean rank', () => {
    expect(Array.from(ranks([10, 30, 20, 20, 5]))).toEqual([2, 5, 3.5, 3.5, 1]);
  });

  it('sum to n (n + 1) / 2 whatever the ties', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }), (values) => {
      const sum = ranks(values).reduce((total, rank) => total + rank, 0);
      expect(sum).toBe((values.length * (values.length + 1)) / 2);
    }));
  });
});

describe('spearman', () => {
  it('agrees with the textbook example, d^2 = 194 over ten pairs', () => {
    const iq = [106, 86, 100, 101, 99, 103, 97, 113, 112, 110];
    const hours = [7, 0, 27, 50, 28, 29, 20, 12, 6, 17];
    expect(spearman(iq, hours)).toBeCloseTo(1 - (6 * 194) / 990, 12);
  });

  it('averages ties instead of using the shortcut formula', () => {
    // Ranks 1.5 1.5 3 and 1 2 3: covariance 1.5, variances 1.5 and 2.
    expect(spearman([1, 1, 2], [1, 2, 3])).toBeCloseTo(1.5 / Math.sqrt(1.5 * 2), 12);
  });

  it('only sees the order, is symmetric and bounded', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), { minLength: 3, maxLength: 30 }), (pairs) => {
      const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
      const rho = spearman(a, b);
      fc.pre(!Number.isNaN(rho));
      expect(Math.abs(rho)).toBeLessThanOrEqual(1 + 1e-12);
      expect(spearman(b, a)).toBeCloseTo(rho, 12);
      expect(spearman(a.map((x) => x ** 3), b)).toBeCloseTo(rho, 12);
      expect(spearman(a.map((x) => -x), b)).toBeCloseTo(-rho, 12);
    }));
  });

  it('is undefined where there is no order', () => {
    expect(spearman([1, 1], [1, 2])).toBeNaN();
    expect(spearman([1], [2])).toBeNaN();
  });
});

it('agreement within classes is not agreement over all', () => {
  // Class means agree, the order inside each class is reversed.
  const a = [1, 2, 3, 11, 12, 13, 50];
  const b = [3, 2, 1, 13, 12, 11, 50];
  const { global, withinClass, perClass } = rankAgreement(a, b, [0, 0, 0, 1, 1, 1, 2], 3);
  expect(global).toBeGreaterThan(0.7);
  expect(withinClass).toBe(-1);
  expect(perClass).toEqual([-1, -1, NaN]);
});
