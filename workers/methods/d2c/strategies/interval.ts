import { classwise } from './types';

/**
 * Stride of interval sampling in a class of `available` images from which `count` are taken: round(multiplier * N_c / m),
 * at least 1 and small enough that the last pick (m - 1) k still exists.
 */
export function intervalStride(available: number, count: number, multiplier: number): number {
  const wanted = Math.max(1, Math.round((multiplier * available) / count));
  return count > 1 ? Math.min(wanted, Math.floor((available - 1) / (count - 1))) : wanted;
}

/**
 * D2C Select (arXiv 2507.05914, 3.1): ranks 0, k, 2k, ... of the class from easy to hard. Start offset 0, so the easiest
 * image is always taken; what lies behind (m - 1) k is not used.
 */
export const interval = classwise('interval', (ranked, count, { multiplier }) => {
  const stride = intervalStride(ranked.length, count, multiplier);
  return Uint32Array.from({ length: count }, (_, i) => ranked[i * stride]);
});
