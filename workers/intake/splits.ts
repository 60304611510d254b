import { RandomStream } from '../random';

/** Images held out of a class of `count`: at least one, and at least one left for training; none of a single image. */
export function holdoutCount(count: number, share: number): number {
  return count < 2 ? 0 : Math.min(count - 1, Math.max(1, Math.round(count * share)));
}

/**
 * Splits `total` over classes in proportion to `sizes` by largest remainders, at most `sizes[c]` and, while `total` allows,
 * at least one each. Ties go to the lower class.
 */
export function apportion(total: number, sizes: readonly number[]): number[] {
  const sum = sizes.reduce((a, b) => a + b, 0);
  if (total >= sum) return [...sizes];
  const filled = sizes.map((size, c) => ({ c, size })).filter(({ size }) => size > 0);
  const quota = sizes.map(() => 0);
  const floorOne = total >= filled.length ? 1 : 0;
  for (const { c } of filled) quota[c] = floorOne;
  // The one that everybody has comes out of the proportional share, so that small classes do not get it twice.
  const ideal = sizes.map((size) => (total * size) / sum);
  let left = total - filled.length * floorOne;
  for (const { c } of filled) {
    const more = Math.min(left, Math.max(0, Math.floor(ideal[c]) - quota[c]));
    quota[c] += more;
    left -= more;
  }
  const byRemainder = filled.filter(({ c }) => quota[c] < sizes[c]).sort((a, b) => (ideal[b.c] - quota[b.c]) - (ideal[a.c] - quota[a.c]) || a.c - b.c);
  for (const { c } of byRemainder) {
    if (left === 0) break;
    quota[c]++;
    left--;
  }
  return quota;
}

/** What one class may store: `given` tests come on top of these. */
export interface ClassPlan {
  test: number;
  train: number;
  reserve: number;
}

/** Without a limit, sets of this many training images give a quarter of them to the judging encoder. */
export const RESERVE_FROM = 20_000;
const RESERVE_SHARE = 0.25;

/**
 * How many images of each class become test, train and reserve.
 *
 * @param sizes images of each class that are not given as test. @param holdout share to hold out, 0 when tests are given.
 */
export function planClasses(sizes: readonly number[], holdout: number, limit: number, reserve: number): ClassPlan[] {
  const test = sizes.map((size) => (holdout > 0 ? holdoutCount(size, holdout) : 0));
  const rest = sizes.map((size, c) => size - test[c]);
  const sum = rest.reduce((a, b) => a + b, 0);
  if (limit > 0) {
    const train = apportion(limit, rest);
    const spare = apportion(Math.min(reserve, sum), rest.map((size, c) => size - train[c]));
    return sizes.map((_, c) => ({ test: test[c], train: train[c], reserve: spare[c] }));
  }
  const spare = sum >= RESERVE_FROM ? apportion(Math.min(reserve, Math.floor(sum * RESERVE_SHARE)), rest.map((size) => Math.max(0, size - 1))) : rest.map(() => 0);
  return sizes.map((_, c) => ({ test: test[c], train: rest[c] - spare[c], reserve: spare[c] }));
}

/**
 * Seeded order of the images of one class. The stream is named after the class, so that the order does not depend on which
 * other classes lie beside it.
 */
export function classOrder(count: number, seed: number, className: string): Uint32Array<ArrayBuffer> {
  return new RandomStream(seed, `intake/class/${className}`).sample(count, count);
}
