import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptCount, keptPercent, ladder, nearestStop, perClassForBytes, perClassForCount, perClassForPercent, ticks } from './sizes';

const counts = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 40 });

describe('the linked size control', () => {
  it('keeps small classes whole', () => {
    expect(keptCount(10, [3, 10, 50])).toBe(23);
    expect(keptPercent(10, [10, 10])).toBe(100);
    expect(keptPercent(1, [])).toBe(0);
  });

  it('finds the largest setting that does not exceed the wanted count', () => {
    fc.assert(fc.property(counts, fc.integer({ min: 1, max: 100_000 }), (classes, wanted) => {
      const found = perClassForCount(wanted, classes);
      expect(found).toBeGreaterThanOrEqual(1);
      expect(found === 1 || keptCount(found, classes) <= wanted).toBe(true);
      expect(found === Math.max(...classes) || keptCount(found + 1, classes) > wanted).toBe(true);
    }));
  });

  it('returns to the same setting from each of its views', () => {
    fc.assert(fc.property(counts, fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 50, max: 50_000 }), (classes, wanted, bytes) => {
      const perClass = Math.min(wanted, Math.max(...classes));
      expect(perClassForPercent(keptPercent(perClass, classes), classes)).toBe(perClass);
      expect(perClassForBytes(keptCount(perClass, classes) * bytes, classes, bytes)).toBe(perClass);
    }));
  });

  it('gives distinct ascending stops that reach both ends', () => {
    for (const most of [1, 7, 140, 141, 600, 6000, 100_000]) {
      const stops = ladder(most);
      expect(stops[0]).toBe(1);
      expect(stops[stops.length - 1]).toBe(most);
      expect(stops.every((stop, i) => i === 0 || stop > stops[i - 1])).toBe(true);
      expect(stops.length).toBeLessThanOrEqual(140);
    }
  });

  it('finds the stop nearest in ratio', () => {
    expect(nearestStop(30, [1, 10, 100])).toBe(1);
    expect(nearestStop(33, [1, 10, 100])).toBe(2);
  });

  it('labels powers of ten and the end without collisions', () => {
    expect(ticks(ladder(6000)).map(({ value }) => value)).toEqual([1, 10, 100, 1000, 6000]);
    expect(ticks(ladder(120)).map(({ value }) => value)).toEqual([1, 10, 120]);
    expect(ticks(ladder(1))).toEqual([{ value: 1, at: 0 }]);
  });
});
