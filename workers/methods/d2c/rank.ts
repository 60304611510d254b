/** Rank statistics in float64. */

/** Ranks from 1, ties given their mean rank. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const out = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) out[order[i]] = (from + 1 + to) / 2;
    from = to;
  }
  return out;
}

/**
 * Spearman's rank correlation with ties averaged: Pearson's correlation of the ranks, in [-1, 1]. NaN where either side has
 * fewer than two distinct values, for no order exists then.
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const x = ranks(a);
  const y = ranks(b);
  const mean = (x.length + 1) / 2;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    xx += (x[i] - mean) ** 2;
    yy += (y[i] - mean) ** 2;
    xy += (x[i] - mean) * (y[i] - mean);
  }
  return xx === 0 || yy === 0 ? NaN : xy / Math.sqrt(xx * yy);
}

export interface RankAgreement {
  global: number;
  /** Mean of the classes whose order is defined. */
  withinClass: number;
  /** NaN for classes with fewer than two distinct scores. */
  perClass: number[];
}

/** Agreement of two scorings of the same images, over all and inside each class. */
export function rankAgreement(
  a: ArrayLike<number>, b: ArrayLike<number>, classOf: ArrayLike<number>, classes: number,
): RankAgreement {
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < a.length; i++) members[classOf[i]].push(i);
  const perClass = members.map((rows) => spearman(rows.map((i) => a[i]), rows.map((i) => b[i])));
  const defined = perClass.filter((rho) => !Number.isNaN(rho));
  return {
    global: spearman(a, b),
    withinClass: defined.reduce((sum, rho) => sum + rho, 0) / defined.length,
    perClass,
  };
}
