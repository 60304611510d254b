import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random';
import { nearestByContent, nearestPictures } from './nearest';

const stream = new RandomStream(3, 'test/nearest');
const breathe = async (): Promise<void> => undefined;

/** Positions by distance, as plainly as can be. */
function ranked(distances: readonly number[]): number[] {
  return [...distances.keys()].sort((a, b) => distances[a] - distances[b] || a - b);
}

describe('nearestPictures', () => {
  it('finds the two nearest of more pictures than are read at a time, and their ratio', async () => {
    const [size, channels, count, queries] = [6, 3, 620, 9];
    const bytes = size * size * channels;
    const stored = Uint8Array.from({ length: count * bytes }, () => stream.integer(256));
    const asked = Uint8Array.from({ length: queries * bytes }, () => stream.integer(256));
    // The last query repeats a stored picture.
    asked.set(stored.subarray(500 * bytes, 501 * bytes), (queries - 1) * bytes);
    const rows = Uint32Array.from({ length: 600 }, (_, i) => i + 20);
    const pixels = (part: Uint32Array): Uint8Array => Uint8Array.from(Array.from(part, (row) => [...stored.subarray(row * bytes, (row + 1) * bytes)]).flat());
    const { nearest, ratios } = await nearestPictures(asked, queries, { size, channels }, rows, pixels, breathe);
    for (let q = 0; q < queries; q++) {
      const distances = Array.from(rows, (row) => Math.sqrt(Array.from({ length: bytes }, (_, i) => (asked[q * bytes + i] - stored[row * bytes + i]) ** 2).reduce((sum, value) => sum + value, 0)));
      const [first, second] = ranked(distances);
      expect([nearest[2 * q], nearest[2 * q + 1]]).toEqual([rows[first], rows[second]]);
      expect(ratios[q]).toBeCloseTo(distances[first] / distances[second], 12);
    }
    expect(ratios[queries - 1]).toBe(0);
  });

  it('counts an exact copy as one, even where the rows hold it twice', async () => {
    const black = new Uint8Array(16);
    const { ratios } = await nearestPictures(black, 1, { size: 4, channels: 1 }, Uint32Array.of(0, 1, 2), (rows) => new Uint8Array(rows.length * 16), breathe);
    expect([...ratios]).toEqual([0]);
  });
});

describe('nearestByContent', () => {
  it('ranks all others by distance and leaves the query out', async () => {
    const [n, dim] = [40, 5];
    const content = Float64Array.from({ length: n * dim }, () => stream.normal());
    const candidates = Array.from({ length: 30 }, (_, i) => i);
    const queries = [0, 7, 35];
    const { nearest, distances, k } = await nearestByContent(content, dim, queries, candidates, 3, breathe);
    expect(k).toBe(3);
    queries.forEach((query, q) => {
      const all = candidates.map((row) => (row === query ? Infinity : Math.hypot(...Array.from({ length: dim }, (_, j) => content[query * dim + j] - content[row * dim + j]))));
      expect([...nearest.subarray(q * 3, q * 3 + 3)]).toEqual(ranked(all).slice(0, 3));
      expect(distances[q * 3]).toBeCloseTo(Math.min(...all), 12);
    });
  });

  it('gives as many as there are', async () => {
    const { k, nearest } = await nearestByContent(Float64Array.of(0, 1), 1, [0], [0, 1], 3, breathe);
    expect([k, ...nearest]).toEqual([1, 1]);
    expect((await nearestByContent(Float64Array.of(0), 1, [0], [0], 3, breathe)).nearest).toHaveLength(0);
  });
});
