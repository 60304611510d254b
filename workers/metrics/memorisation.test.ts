import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random';
import { copied, matchedRows, median, nearestRatio } from './memorisation';
import { codeOf } from './metrics.testing';
import { PixelNeighbours, type PixelShape } from './pixels';

const shape: PixelShape = { size: 12, channels: 3 };
const bytes = shape.size ** 2 * shape.channels;

/** Pictures with structure at every scale: a random plane plus noise. */
function pictures(count: number, seed: number, of: PixelShape = shape): Uint8Array {
  const stream = new RandomStream(seed, 'test/pictures');
  const { size, channels } = of;
  const out = new Uint8Array(count * size * size * channels);
  for (let i = 0, at = 0; i < count; i++) {
    const [level, right, down] = [60 + 120 * stream.uniform(), 8 * stream.normal(), 8 * stream.normal()];
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) for (let c = 0; c < channels; c++) {
      out[at++] = Math.max(0, Math.min(255, level + right * (x - size / 2) + down * (y - size / 2) + 12 * stream.normal()));
    }
  }
  return out;
}

/** Every picture of `of` with a little noise on it. */
function noisy(of: Uint8Array, seed: number, sd: number): Uint8Array {
  const stream = new RandomStream(seed, 'test/noisy');
  return Uint8Array.from(Uint8ClampedArray.from(of, (value) => value + sd * stream.normal()));
}

function search(queries: Uint8Array, count: number, others: Uint8Array, k: number, block = 7): PixelNeighbours {
  const found = new PixelNeighbours(queries.subarray(0, count * bytes), count, shape, k);
  for (let at = 0; at < others.length / bytes; at += block) {
    const part = others.subarray(at * bytes, (at + block) * bytes);
    found.add(part, part.length / bytes);
  }
  return found;
}

describe('pixel neighbours', () => {
  it.each([{ size: 12, channels: 3 }, { size: 16, channels: 1 }, { size: 5, channels: 1 }])('finds what all distances find, at $size px and $channels channels', (of) => {
    const length = of.size ** 2 * of.channels;
    const queries = pictures(20, 1, of);
    const others = pictures(60, 2, of);
    const found = new PixelNeighbours(queries, 20, of, 3);
    found.add(others.subarray(0, 25 * length), 25);
    found.add(others.subarray(25 * length), 35);
    expect(found.size).toBe(60);
    for (let i = 0; i < 20; i++) {
      const all = Array.from({ length: 60 }, (_, j) => {
        let sum = 0;
        for (let at = 0; at < length; at++) sum += (queries[i * length + at] - others[j * length + at]) ** 2;
        return sum;
      }).toSorted((a, b) => a - b);
      expect(Array.from(found.squared.subarray(i * 3, i * 3 + 3))).toEqual(all.slice(0, 3));
    }
  });

  it('keeps ties that its lower bound only just allows', () => {
    // Constant pictures: the bound equals the distance, up to rounding.
    const flat = (level: number) => new Uint8Array(bytes).fill(level);
    const found = search(flat(100), 1, Uint8Array.from([...flat(103), ...flat(97), ...flat(103)]), 3, 1);
    expect(Array.from(found.squared)).toEqual([9 * bytes, 9 * bytes, 9 * bytes]);
  });

  it('refuses pictures of another size', () => {
    const found = new PixelNeighbours(pictures(1, 1), 1, shape, 1);
    expect(codeOf(() => found.add(new Uint8Array(7), 1))).toBe('image-size-mismatch');
    expect(codeOf(() => new PixelNeighbours(new Uint8Array(7), 1, shape, 1))).toBe('image-size-mismatch');
  });
});

describe('memorisation', () => {
  const train = pictures(80, 3);

  it('counts copies, near copies and nothing else', () => {
    const fresh = pictures(40, 4);
    const samples = Uint8Array.from([...noisy(train.subarray(0, 30 * bytes), 5, 2), ...train.subarray(0, 5 * bytes), ...fresh]);
    const flags = copied(search(samples, 75, train, 2));
    expect(flags.subarray(0, 35).every((flag) => flag === 1)).toBe(true);
    expect(flags.subarray(35).some((flag) => flag === 1)).toBe(false);
  });

  it('calls an exact copy a copy even where the training images hold it twice', () => {
    const twice = Uint8Array.from([...train.subarray(0, bytes), ...train]);
    expect(copied(search(train.subarray(0, bytes), 1, twice, 2))[0]).toBe(1);
  });

  it('needs two training images and two neighbours', () => {
    expect(codeOf(() => copied(search(train, 1, train.subarray(0, bytes), 2)))).toBe('too-few-training-images');
    expect(codeOf(() => copied(search(train, 1, train, 1)))).toBe('too-few-training-images');
  });
});

describe('the nearest-neighbour ratio', () => {
  const train = pictures(120, 6);
  const heldOut = pictures(120, 7);
  const ratio = (samples: Uint8Array) => nearestRatio(search(samples, samples.length / bytes, train, 2), search(samples, samples.length / bytes, heldOut, 1));

  it('is about 1 for fresh samples, small for near copies, 0 for copies, and turns over with the sides', () => {
    const fresh = pictures(100, 8);
    expect(Math.abs(ratio(fresh) - 1)).toBeLessThan(0.1);
    expect(ratio(noisy(train, 9, 3))).toBeLessThan(0.5);
    expect(ratio(train)).toBe(0);
    expect(ratio(heldOut)).toBe(Infinity);
    const [a, b] = [search(fresh, 100, train, 1), search(fresh, 100, heldOut, 1)];
    expect(nearestRatio(a, b) * nearestRatio(b, a)).toBeCloseTo(1, 12);
    expect(nearestRatio(search(train, 5, train, 1), search(train, 5, train, 1))).toBe(1);
  });

  it('refuses sides of different size', () => {
    expect(codeOf(() => nearestRatio(search(train, 3, train, 1), search(train, 3, train.subarray(bytes), 1)))).toBe('unequal-samples');
  });
});

describe('matched rows', () => {
  it('takes equal class counts from either side, distinct rows, by the seed', () => {
    fc.assert(fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean()), { minLength: 1, maxLength: 80 }), fc.integer({ min: 4, max: 100 }), fc.nat(99),
      (rows, limit, seed) => {
        const labels = rows.map(([label]) => label);
        const side = (wanted: boolean) => rows.flatMap(([, training], row) => (training === wanted ? [row] : []));
        const matched = matchedRows(side(true), side(false), labels, limit, seed);
        const classesOf = (list: Uint32Array) => Array.from(list, (row) => labels[row]);
        expect(classesOf(matched.train)).toEqual(classesOf(matched.heldOut));
        for (const list of [matched.train, matched.heldOut]) {
          expect(new Set(list).size).toBe(list.length);
          expect(list.length).toBeLessThanOrEqual(limit);
        }
        expect(Array.from(matched.train).every((row) => rows[row][1])).toBe(true);
        expect(Array.from(matched.heldOut).some((row) => rows[row][1])).toBe(false);
        const unseen = side(false).map((row) => labels[row]);
        const shared = new Set(side(true).map((row) => labels[row]).filter((label) => unseen.includes(label)));
        expect(new Set(classesOf(matched.train))).toEqual(shared);
        expect(matchedRows(side(true), side(false), labels, limit, seed)).toEqual(matched);
      },
    ));
  });

  it('takes all there is when the limit allows', () => {
    const labels = Uint16Array.of(0, 0, 0, 1, 1, 0, 1, 1, 1);
    const { train, heldOut } = matchedRows([0, 1, 2, 3, 4], [5, 6, 7, 8], labels, 100, 0);
    expect([train.length, heldOut.length]).toEqual([3, 3]);
    expect(Array.from(train).toSorted((a, b) => a - b).slice(1)).toEqual([3, 4]);
  });
});

it('takes the median', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  expect(codeOf(() => median([]))).toBe('no-samples');
});
