import { expect, test } from 'vitest';
import { RandomStream } from '../random';
import { hashDistance, HashIndex, hashText, perceptualHash } from './phash';

const smooth = (seed: number): Float64Array => {
  const stream = new RandomStream(seed, 'test/phash');
  const waves = Array.from({ length: 8 }, () => [stream.uniform() * 0.6, stream.uniform() * 0.6, stream.uniform() * 6]);
  return Float64Array.from({ length: 1024 }, (_, i) => waves.reduce((sum, [a, b, c]) => sum + Math.sin(a * (i % 32) + b * Math.floor(i / 32) + c), 0));
};

test('brightness and contrast do not matter, noise hardly, another picture a lot', () => {
  const grey = smooth(1);
  const hash = perceptualHash(grey);
  expect(hashDistance(hash, perceptualHash(grey.map((value) => 40 + 3 * value)))).toBe(0);
  const stream = new RandomStream(2, 'noise');
  expect(hashDistance(hash, perceptualHash(grey.map((value) => value + 0.02 * stream.normal())))).toBeLessThanOrEqual(HashIndex.RADIUS);
  expect(hashDistance(hash, perceptualHash(smooth(3)))).toBeGreaterThan(12);
  expect(hashText([0xab, 1])).toBe('000000ab00000001');
});

test('the hash of one cosine sets the bit of its frequency', () => {
  const grey = Float64Array.from({ length: 1024 }, (_, i) => Math.cos((Math.PI * (2 * (i % 32) + 1)) / 64));
  const [high] = perceptualHash(grey);
  // Frequencies run by u + v, then u: (0, 1) has bit 0 and (1, 0), the cosine along x, bit 1.
  expect(high & 0x40000000).not.toBe(0);
});

test('the index finds exactly what a full comparison finds', () => {
  const stream = new RandomStream(4, 'test/index');
  const hashes: [number, number][] = Array.from({ length: 400 }, () => [stream.word(), stream.word()]);
  // Neighbours at every distance from 0 to 10, with flips piled into one quarter and spread over all.
  for (let d = 0; d <= 10; d++) {
    for (let k = 0; k < 20; k++) {
      const near: [number, number] = [...hashes[k]];
      for (const bit of k % 2 ? stream.sample(64, d) : stream.sample(16, d)) near[bit >> 5] = (near[bit >> 5] ^ (1 << (bit & 31))) >>> 0;
      hashes.push(near);
    }
  }
  const index = new HashIndex();
  hashes.forEach((hash, row) => index.add(hash, row));
  for (const hash of hashes) {
    const brute = hashes.flatMap((other, row) => (hashDistance(hash, other) <= HashIndex.RADIUS ? [row] : []));
    expect(index.near(hash).map(({ row }) => row).sort((a, b) => a - b)).toEqual(brute);
  }
});

test('a hundred thousand hashes are searched without a full scan', () => {
  const stream = new RandomStream(5, 'test/speed');
  const index = new HashIndex();
  for (let row = 0; row < 100_000; row++) index.add([stream.word(), stream.word()], row);
  const started = performance.now();
  for (let k = 0; k < 1000; k++) index.near([stream.word(), stream.word()]);
  // 1,000 scans of all 100,000 hashes would take 10^8 comparisons; the buckets need about 10^5.
  expect(performance.now() - started).toBeLessThan(1500);
});
