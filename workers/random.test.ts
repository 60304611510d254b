import { describe, expect, it } from 'vitest';
import { normalPair } from './portable-normal';
import { philox, RandomStream } from './random';

/** P(z < x), by Simpson's rule from 0 in steps of at most 1/64. */
function normalDistribution(x: number): number {
  const steps = 2 * Math.ceil(32 * Math.abs(x) + 1);
  const width = x / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) sum += (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2) * Math.exp(-((i * width) ** 2) / 2);
  return 0.5 + (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}

describe('philox', () => {
  it('matches the known answers of Random123', () => {
    const out = new Uint32Array(4);
    philox(0, 0, 0, 0, 0, 0, out);
    expect([...out]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const f = 0xffffffff;
    philox(f, f, f, f, f, f, out);
    expect([...out]).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    philox(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, out);
    expect([...out]).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
  });
});

describe('RandomStream', () => {
  it('resumes from a position', () => {
    const a = new RandomStream(7, 'x');
    for (let i = 0; i < 13; i++) a.word();
    const expected = [a.word(), a.word(), a.word()];
    const b = new RandomStream(7, 'x');
    b.position = 13;
    expect([b.word(), b.word(), b.word()]).toEqual(expected);
  });

  it('separates streams by label and seed', () => {
    const draw = (seed: number, label: string) => new RandomStream(seed, label).word();
    expect(new Set([draw(1, 'a'), draw(1, 'b'), draw(2, 'a')]).size).toBe(3);
  });

  it('draws normals with mean 0 and variance 1', () => {
    const values = new RandomStream(3, 'n').normals(new Float32Array(100_001));
    let sum = 0;
    let squares = 0;
    for (const v of values) {
      sum += v;
      squares += v * v;
    }
    expect(Math.abs(sum / values.length)).toBeLessThan(0.015);
    expect(Math.abs(squares / values.length - 1)).toBeLessThan(0.02);
  });

  it('draws integers without bias and samples without repetition', () => {
    const stream = new RandomStream(5, 'i');
    const counts = new Array<number>(3).fill(0);
    for (let i = 0; i < 30_000; i++) counts[stream.integer(3)]++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    const sample = stream.sample(50, 20);
    expect(new Set(sample).size).toBe(20);
    expect(Math.max(...sample)).toBeLessThan(50);
  });
});

describe('numbers that every engine makes alike', () => {
  it('are uniform with 24 bits', () => {
    const values = new RandomStream(1, 'u').uniforms(new Float32Array(64_000));
    const words = new RandomStream(1, 'u');
    expect(values.every((value) => value === Math.floor(words.word() / 256) / 2 ** 24)).toBe(true);
    const counts = new Float64Array(64);
    for (const value of values) counts[Math.floor(64 * value)]++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 63 degrees of freedom: mean 63, deviation 11.2; five deviations either way.
    expect(Math.abs(chiSquare - 63)).toBeLessThan(56);
  });

  it('are normal by the test of Kolmogorov and Smirnov, in moments and between halves of a pair', () => {
    const n = 200_000;
    const values = new RandomStream(2, 'n').portableNormals(new Float32Array(n));
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / n;
    // Standard errors of the moments: 1, sqrt 2, sqrt 15, sqrt 96 over sqrt n; four of them.
    for (const [power, expected, variance] of [[1, 0, 1], [2, 1, 2], [3, 0, 15], [4, 3, 96]]) {
      expect(Math.abs(moment(power) - expected)).toBeLessThan(4 * Math.sqrt(variance / n));
    }
    let product = 0;
    for (let i = 0; i < n; i += 2) product += values[i] * values[i + 1];
    expect(Math.abs(product / (n / 2))).toBeLessThan(4 / Math.sqrt(n / 2));
    const sorted = values.slice().sort();
    const distance = sorted.reduce((worst, value, i) => {
      const p = normalDistribution(value);
      return Math.max(worst, p - i / n, (i + 1) / n - p);
    }, 0);
    // 1.95 is exceeded once in a thousand.
    expect(distance * Math.sqrt(n)).toBeLessThan(1.95);
  });

  it('are the normals of Box and Muller', () => {
    const words = new RandomStream(3, 'w');
    // Radii near zero and far out, and every boundary of the reductions, beside plain words.
    const edges = [0, 1, 2, 0xffffffff, 0xfffffffe, 0x7fffffff, 0x80000000, 0x1fffffff, 0x20000000, 0xb504f332, 0xb504f333, 0xb504f334, 0x5a827999];
    const firsts = [...edges, ...Array.from({ length: 40_000 }, (_, i) => (i % 2 ? words.word() : words.word() >>> (i % 32)))];
    const pair = new Float32Array(2);
    let worst = 0;
    for (const [i, first] of firsts.entries()) {
      for (const second of i < edges.length ? [...edges, 0x9fffffff, 0xa0000000, 0xe0000000] : [words.word()]) {
        normalPair(first, second, pair, 0);
        const radius = Math.sqrt(-2 * Math.log((first + 1) / 2 ** 32));
        const angle = (2 * Math.PI * (second + 0.5)) / 2 ** 32;
        for (const [value, exact] of [[pair[0], radius * Math.cos(angle)], [pair[1], radius * Math.sin(angle)]]) {
          worst = Math.max(worst, Math.abs(value - exact) / (2 ** -23 * Math.abs(exact) + 2 ** -25));
        }
      }
    }
    expect(worst).toBeLessThan(1);
  });

  it('stay the same for ever', () => {
    const bits = (values: Float32Array) => [...new Uint32Array(values.buffer)];
    expect(bits(new RandomStream(5, 'known').portableNormals(new Float32Array(6)))).toEqual([0x3fdfd481, 0x3da867cf, 0xbd779a6e, 0xbf0b2c08, 0xbf1aa791, 0xbf91f1e6]);
    expect(bits(new RandomStream(5, 'known').uniforms(new Float32Array(3)))).toEqual([0x3e5d389c, 0x3bf50e80, 0x3f5c6df1]);
  });

  it('are those of normals to the last digits', () => {
    const plain = new RandomStream(4, 'p').normals(new Float32Array(10_001));
    const portable = new RandomStream(4, 'p').portableNormals(new Float32Array(10_001));
    expect(plain.every((value, i) => Math.abs(value - portable[i]) <= 2 ** -22 * Math.abs(value) + 2 ** -24)).toBe(true);
  });

  it('go on from a key as from the stream', () => {
    const stream = new RandomStream(-1, 'k');
    for (const position of [0, 1, 2 ** 32 + 3, 2 ** 34 - 2, 2 ** 52 + 6]) {
      stream.position = position;
      const copy = RandomStream.fromKey(stream.key());
      expect(copy.position).toBe(position);
      const numbers = (from: RandomStream) => [...from.portableNormals(new Float32Array(5)), ...from.uniforms(new Float32Array(3))];
      expect(numbers(copy)).toEqual(numbers(stream));
    }
  });
});
