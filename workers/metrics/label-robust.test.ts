import { describe, expect, it } from 'vitest';
import { labelRobustScore } from './label-robust';
import { spreadOf } from './spread';

describe('label-robust score', () => {
  it('is 100 at best, 0 at worst, and 26.9 for a set that does as well as everything it is held against', () => {
    expect(labelRobustScore({ condensed: 1, condensedHard: 1, random: -1, fullHard: 1 }, 0.5)).toBeCloseTo(100, 10);
    expect(labelRobustScore({ condensed: 0, condensedHard: 0, random: 1, fullHard: 1 })).toBeCloseTo(0, 10);
    expect(labelRobustScore({ condensed: 0.5, condensedHard: 0.5, random: 0.5, fullHard: 0.5 })).toBeCloseTo(26.894142136999513, 10);
  });

  it('does not reward labels that random images gain from as much', () => {
    const plain = labelRobustScore({ condensed: 0.4, condensedHard: 0.4, random: 0.4, fullHard: 0.7 });
    expect(labelRobustScore({ condensed: 0.6, condensedHard: 0.4, random: 0.6, fullHard: 0.7 })).toBeCloseTo(plain, 12);
  });
});

describe('spread', () => {
  it('divides by n - 1', () => {
    expect(spreadOf([1, 3])).toEqual({ mean: 2, sd: Math.SQRT2, n: 2 });
    expect(spreadOf([5])).toEqual({ mean: 5, sd: 0, n: 1 });
  });
});
