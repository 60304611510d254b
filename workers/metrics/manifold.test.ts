import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random';
import { manifold, ManifoldReference, type Manifold } from './manifold';
import { cases, codeOf, gaussian, rotate } from './metrics.testing';

const figures = (of: Manifold) => [of.precision, of.recall, of.density, of.coverage];

describe('manifold', () => {
  it.each(cases)('$name: precision, recall, density and coverage at k = 3', ({ n, m, d, a, b, prdc_k3 }) => {
    const got = figures(manifold(Float64Array.from(a), n, Float64Array.from(b), m, d, 3));
    const expected = [prdc_k3.precision, prdc_k3.recall, prdc_k3.density, prdc_k3.coverage];
    got.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 12));
  });

  it('agrees with distances written out, across the edges of its blocks', () => {
    const [n, m, d, k] = [150, 131, 3, 5];
    const real = gaussian(n, d, 1);
    const generated = gaussian(m, d, 2, () => 1.5, 0.4);
    const row = (rows: Float64Array, i: number) => Array.from(rows.subarray(i * d, (i + 1) * d));
    const distance = (a: number[], b: number[]) => Math.hypot(...a.map((value, j) => value - b[j]));
    const all = (count: number) => Array.from({ length: count }, (_, i) => i);
    const radii = (rows: Float64Array, count: number) =>
      all(count).map((i) => all(count).map((j) => distance(row(rows, i), row(rows, j))).toSorted((a, b) => a - b)[k]);
    const [radius, reach] = [radii(real, n), radii(generated, m)];
    const inReal = (i: number, j: number) => distance(row(real, i), row(generated, j)) < radius[i];
    const inGenerated = (i: number, j: number) => distance(row(real, i), row(generated, j)) < reach[j];
    const balls = all(n).map((i) => all(m).filter((j) => inReal(i, j)).length);
    const got = manifold(real, n, generated, m, d, k);
    expect(got.precision).toBeCloseTo(all(m).filter((j) => all(n).some((i) => inReal(i, j))).length / m, 12);
    expect(got.coverage).toBeCloseTo(balls.filter((count) => count > 0).length / n, 12);
    expect(got.density).toBeCloseTo(balls.reduce((sum, count) => sum + count, 0) / (k * m), 12);
    expect(got.recall).toBeCloseTo(all(n).filter((i) => all(m).some((j) => inGenerated(i, j))).length / n, 12);
  });

  it('is blind to rotation and to the order of rows, and swaps precision and recall with the sides', () => {
    const d = 8;
    const real = gaussian(120, d, 3);
    const generated = gaussian(90, d, 4, (j) => 0.5 + j / 8);
    const there = manifold(real, 120, generated, 90, d);
    expect(manifold(rotate(real, 120, d), 120, rotate(generated, 90, d), 90, d)).toEqual(there);
    const order = new RandomStream(0, 'test/order').shuffle(Uint32Array.from({ length: 120 }, (_, i) => i));
    const shuffled = Float64Array.from({ length: 120 * d }, (_, at) => real[order[Math.floor(at / d)] * d + (at % d)]);
    expect(manifold(shuffled, 120, generated, 90, d)).toEqual(there);
    const back = manifold(generated, 90, real, 120, d);
    expect([back.precision, back.recall]).toEqual([there.recall, there.precision]);
  });

  it('tells apart what FD adds up: one mode too few costs recall, blur costs precision', () => {
    const d = 4;
    const modes = (count: number, of: number, seed: number, scale = 1) =>
      gaussian(count, d, seed, () => scale).map((value, at) => value + (at % d === 0 ? 20 * (Math.floor(at / d) % of) : 0));
    const real = new ManifoldReference(modes(400, 2, 5), 400, d);
    const missing = real.compare(modes(400, 1, 6), 400);
    expect(missing.precision).toBeGreaterThan(0.95);
    expect(missing.recall).toBeLessThan(0.55);
    expect(missing.coverage).toBeLessThan(0.55);
    const blurred = real.compare(modes(400, 2, 7, 4), 400);
    expect(blurred.precision).toBeLessThan(0.5);
    expect(blurred.recall).toBeGreaterThan(0.95);
    const alike = real.compare(modes(400, 2, 8), 400);
    for (const share of [alike.precision, alike.recall, alike.coverage]) expect(share).toBeGreaterThan(0.9);
    expect(Math.abs(alike.density - 1)).toBeLessThan(0.15);
  });

  it('compares 2,000 with 2,000 in 64 dimensions within seconds', () => {
    const real = Float32Array.from(gaussian(2000, 64, 9));
    const generated = Float32Array.from(gaussian(2000, 64, 10));
    // Time of this process: 0.6 s on a quiet core, more where others share its caches.
    const start = process.cpuUsage();
    const got = manifold(real, 2000, generated, 2000, 64);
    expect(process.cpuUsage(start).user).toBeLessThan(3e6);
    expect(got.coverage).toBeGreaterThan(0.9);
  });

  it('refuses as few rows as neighbours, and features that are not finite', () => {
    const rows = gaussian(6, 2, 11);
    expect(codeOf(() => manifold(rows, 5, rows, 6, 2, 5))).toBe('too-few-neighbours');
    expect(codeOf(() => manifold(rows, 6, rows, 5, 2, 5))).toBe('too-few-neighbours');
    expect(codeOf(() => manifold(rows, 6, rows, 6, 2, 0))).toBe('too-few-neighbours');
    expect(codeOf(() => manifold(rows, 6, rows.map(() => Number.NaN), 6, 2, 3))).toBe('features-not-finite');
  });
});
