import { describe, expect, it } from 'vitest';
import { philox, RandomStream } from './random';

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
