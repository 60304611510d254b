import type { Interval, Spread } from '../protocol';

/** Student's t at 0.975 for 1 to 30 degrees of freedom. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The same for any degrees of freedom of one or more; fractional ones are rounded down, which widens the interval. Beyond the table within 0.002. */
export function studentT(freedom: number): number {
  return T[Math.floor(freedom + 1e-9) - 1] ?? 1.96 + 2.4 / freedom;
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** 95 % interval of a mean share over seeds, after Student, cut to [0, 1]. Null for fewer than two. */
export function meanInterval({ mean, sd, n }: Spread): Interval | null {
  if (n < 2 || !Number.isFinite(sd)) return null;
  const reach = (studentT(n - 1) * sd) / Math.sqrt(n);
  return { estimate: mean, low: clamp(mean - reach, 0, 1), high: clamp(mean + reach, 0, 1) };
}

/** 95 % interval of the difference a - b of two mean shares over seeds, after Welch, cut to [-1, 1]. Null where a side has fewer than two. */
export function differenceInterval(a: Spread, b: Spread): Interval | null {
  if (a.n < 2 || b.n < 2 || !Number.isFinite(a.sd + b.sd)) return null;
  const [one, other] = [a.sd ** 2 / a.n, b.sd ** 2 / b.n];
  const estimate = a.mean - b.mean;
  const freedom = one + other > 0 ? (one + other) ** 2 / (one ** 2 / (a.n - 1) + other ** 2 / (b.n - 1)) : 1;
  const reach = studentT(freedom) * Math.sqrt(one + other);
  return { estimate, low: clamp(estimate - reach, -1, 1), high: clamp(estimate + reach, -1, 1) };
}
