import { readFileSync } from 'node:fs';
import { RetortError } from '../failure';
import { RandomStream } from '../random';
import { eigenSymmetric } from './symmetric';

export interface Case {
  name: string;
  n: number;
  m: number;
  d: number;
  a: number[];
  b: number[];
  fd: number;
  fd_svd: number;
  kid: number;
  prdc_k3: { precision: number; recall: number; density: number; coverage: number };
}

/** Reference figures made with numpy and scipy in float64; `a` is the real set, `b` the generated one. */
export const cases = (JSON.parse(readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8')) as { cases: Case[] }).cases;

/** Rows [n, d] of independent normals, each column with its own standard deviation. */
export function gaussian(n: number, d: number, seed: number, scale: (j: number) => number = () => 1, shift = 0): Float64Array {
  const stream = new RandomStream(seed, 'test/gaussian');
  const out = new Float64Array(n * d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) out[i * d + j] = shift + scale(j) * stream.normal();
  return out;
}

/** Applies the same random orthogonal matrix (eigenvectors of a random symmetric matrix) to every row. */
export function rotate(rows: Float64Array, n: number, d: number): Float64Array {
  const random = gaussian(d, d, 99);
  const symmetric = Float64Array.from({ length: d * d }, (_, at) => random[at] + random[(at % d) * d + Math.floor(at / d)]);
  const { vectors } = eigenSymmetric(symmetric, d);
  const out = new Float64Array(n * d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) for (let k = 0; k < d; k++) out[i * d + j] += rows[i * d + k] * vectors[k * d + j];
  return out;
}

/** Code of the RetortError an action throws. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof RetortError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}
