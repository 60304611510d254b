import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { FrechetReference, frechetDistance, frechetDistanceLowRank, frechetDistanceOf } from './frechet';
import { KernelReference, kernelDistance, kernelDistanceSubsets } from './kernel';
import { cases, codeOf, gaussian, rotate } from './metrics.testing';
import { covariance, mergeMoments, moments } from './moments';
import { eigenSymmetric, eigenvaluesSymmetric, singularValues } from './symmetric';

describe('reference numbers', () => {
  it.each(cases)('$name: frechet and kernel distance', ({ n, m, d, a, b, fd, fd_svd, kid }) => {
    const x = Float64Array.from(a);
    const y = Float64Array.from(b);
    const of = moments(x, n, d);
    const size = covariance(of).reduce((sum, value, at) => (at % (d + 1) === 0 ? sum + value : sum), 0);
    // The 'identical' case is zero up to rounding; relative to what, is the total variance.
    const bound = 1e-6 * Math.max(Math.abs(fd), size * 1e-2);
    expect(Math.abs(frechetDistance(of, moments(y, m, d)) - fd)).toBeLessThan(bound);
    expect(Math.abs(frechetDistanceLowRank(x, n, y, m, d) - fd_svd)).toBeLessThan(bound);
    expect(Math.abs(frechetDistanceOf(x, n, y, m, d) - fd)).toBeLessThan(bound);
    expect(Math.abs(kernelDistance(x, n, y, m, d) / kid - 1)).toBeLessThan(1e-6);
    expect(Math.abs(new KernelReference(y, m, d).distance(x, n) / kid - 1)).toBeLessThan(1e-6);
  });
});

describe('symmetric', () => {
  it.each([1, 2, 3, 17, 64])('agrees with an independent solver at n = %i', (n) => {
    const random = gaussian(n, n, n);
    const a = Float64Array.from({ length: n * n }, (_, at) => random[at] + random[(at % n) * n + Math.floor(at / n)]);
    const rows = Array.from({ length: n }, (_, i) => Array.from(a.subarray(i * n, i * n + n)));
    const expected = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true }).realEigenvalues.toSorted((x, y) => x - y);
    const { values, vectors } = eigenSymmetric(a, n);
    const only = eigenvaluesSymmetric(a, n);
    for (let i = 0; i < n; i++) {
      expect(values[i]).toBeCloseTo(expected[i], 10);
      expect(only[i]).toBeCloseTo(expected[i], 10);
      for (let r = 0; r < n; r++) {
        let product = 0;
        for (let k = 0; k < n; k++) product += a[r * n + k] * vectors[k * n + i];
        expect(product).toBeCloseTo(values[i] * vectors[r * n + i], 9);
      }
    }
  });

  it.each([[5, 3], [3, 5], [1, 4], [12, 12]])('singular values of %i x %i', (rows, columns) => {
    const a = gaussian(rows, columns, rows + columns);
    const nested = Array.from({ length: rows }, (_, i) => Array.from(a.subarray(i * columns, (i + 1) * columns)));
    const expected = new SingularValueDecomposition(new Matrix(nested), { autoTranspose: true }).diagonal;
    const values = singularValues(a, rows, columns);
    expect(values).toHaveLength(Math.min(rows, columns));
    values.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 10));
  });

  it('keeps tiny singular values that a Gram matrix would lose', () => {
    const values = singularValues(Float64Array.of(1, 1, 0, 1e-10), 2, 2);
    expect(values[1] / (1e-10 / Math.SQRT2)).toBeCloseTo(1, 5);
  });

  it('handles zero and diagonal matrices, and refuses NaN instead of looping', () => {
    expect(Array.from(eigenvaluesSymmetric(new Float64Array(9), 3))).toEqual([0, 0, 0]);
    expect(Array.from(eigenvaluesSymmetric(Float64Array.of(3, 0, 0, -1), 2))).toEqual([-1, 3]);
    expect(codeOf(() => eigenvaluesSymmetric(new Float64Array(9).fill(Number.NaN), 3))).toBe('eigen-no-convergence');
  });
});

describe('moments', () => {
  it('merges to the moments of the union, also far from the origin', () => {
    const all = gaussian(300, 5, 1, () => 1, 1e6);
    const parts = mergeMoments(mergeMoments(moments(all, 7, 5), moments(all.subarray(35), 200, 5)), moments(all.subarray(35 + 1000), 93, 5));
    const whole = moments(all, 300, 5);
    expect(parts.n).toBe(300);
    covariance(parts).forEach((value, at) => expect(Math.abs(value - covariance(whole)[at])).toBeLessThan(1e-8));
  });

  it('divides by n - 1, picks rows, and calls one row a point mass', () => {
    const rows = Float32Array.of(0, 9, 2, 4);
    expect(Array.from(covariance(moments(rows, 2, 1, [0, 2])))).toEqual([2]);
    expect(Array.from(covariance(moments(rows, 1, 1)))).toEqual([0]);
  });

  it('refuses nothing at all, NaN, and features of different sizes', () => {
    expect(codeOf(() => moments(new Float32Array(0), 0, 4))).toBe('no-samples');
    expect(codeOf(() => moments(Float32Array.of(1, Number.NaN), 1, 2))).toBe('features-not-finite');
    const two = moments(Float32Array.of(1, 2), 1, 2);
    const one = moments(Float32Array.of(1, 2), 2, 1);
    expect(codeOf(() => mergeMoments(two, one))).toBe('feature-size-mismatch');
    expect(codeOf(() => frechetDistance(two, one))).toBe('feature-size-mismatch');
  });
});

describe('frechet distance', () => {
  const d = 12;
  const x = gaussian(200, d, 2, (j) => 1 + j / 4);
  const y = gaussian(150, d, 3, (j) => 3 - j / 6, 0.3);

  it('is zero for a sample and itself, symmetric, and blind to rotation', () => {
    const a = moments(x, 200, d);
    const b = moments(y, 150, d);
    const there = frechetDistance(a, b);
    expect(frechetDistance(a, a)).toBeLessThan(1e-6);
    expect(Math.abs(frechetDistance(b, a) / there - 1)).toBeLessThan(1e-10);
    const turned = frechetDistance(moments(rotate(x, 200, d), 200, d), moments(rotate(y, 150, d), 150, d));
    expect(Math.abs(turned / there - 1)).toBeLessThan(1e-10);
  });

  it('equals the closed form for diagonal Gaussians', () => {
    const diagonal = (variances: number[], mean: number) => ({
      n: 2, d: variances.length, mean: new Float64Array(variances.length).fill(mean),
      scatter: Float64Array.from({ length: variances.length ** 2 }, (_, at) => (at % (variances.length + 1) === 0 ? variances[at / (variances.length + 1)] : 0)),
    });
    const expected = 3 * 0.25 + (1 - 2) ** 2 + (3 - 1) ** 2 + (0 - 5) ** 2;
    expect(frechetDistance(diagonal([1, 9, 0], 0), diagonal([4, 1, 25], 0.5))).toBeCloseTo(expected, 10);
  });

  it('agrees between the two forms where covariances are singular', () => {
    const few = x.subarray(0, 8 * d);
    const low = frechetDistanceLowRank(few, 8, y, 5, d);
    expect(Math.abs(frechetDistance(moments(few, 8, d), moments(y, 5, d)) / low - 1)).toBeLessThan(1e-6);
  });

  it('reuses a reference', () => {
    const reference = new FrechetReference(moments(x, 200, d));
    expect(reference.distance(moments(y, 150, d))).toBe(frechetDistance(moments(x, 200, d), moments(y, 150, d)));
  });
});

describe('kernel distance', () => {
  it('is unbiased around zero for equal distributions and clearly positive for others', () => {
    const d = 8;
    const same = kernelDistanceSubsets(gaussian(400, d, 4), 400, gaussian(400, d, 5), 400, d, 0, 30, 100);
    expect(same.subsetSize).toBe(100);
    expect(Math.abs(same.mean)).toBeLessThan(4 * Math.max(same.error, 0.01));
    const other = kernelDistanceSubsets(gaussian(400, d, 4), 400, gaussian(400, d, 5, () => 1, 1), 400, d, 0, 30, 100);
    expect(other.mean).toBeGreaterThan(10 * other.error);
    expect(kernelDistanceSubsets(gaussian(40, d, 4), 40, gaussian(50, d, 5), 50, d, 7, 5)).toEqual(
      kernelDistanceSubsets(gaussian(40, d, 4), 40, gaussian(50, d, 5), 50, d, 7, 5),
    );
  });

  it('needs two samples a side', () => {
    expect(codeOf(() => kernelDistance(new Float32Array(4), 1, new Float32Array(8), 2, 4))).toBe('too-few-samples');
    expect(codeOf(() => new KernelReference(new Float32Array(8), 2, 4).distance(new Float32Array(4), 1))).toBe('too-few-samples');
  });
});
