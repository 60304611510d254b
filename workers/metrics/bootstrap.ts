import { RetortError } from '../failure';
import type { Interval } from '../protocol';
import { RandomStream } from '../random';

/** Percentile intervals of the bootstrap (Efron, 1979): what a figure would have been on samples drawn anew from this one. */

export interface BootstrapOptions {
  seed: number;
  resamples?: number;
  /** Coverage of the interval, in (0, 1). */
  level?: number;
}

/** Value at share `q` of a sorted sample, linear between neighbours. */
export function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function resampledMean(values: ArrayLike<number>, stream: RandomStream): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[stream.integer(values.length)];
  return sum / values.length;
}

function percentiles(estimate: number, draw: () => number, { resamples = 2000, level = 0.95 }: BootstrapOptions): Interval {
  const sorted = Float64Array.from({ length: resamples }, draw).sort();
  return { estimate, low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2) };
}

function requireValues(...samples: ArrayLike<number>[]): void {
  if (samples.every(({ length }) => length > 0)) return;
  throw new RetortError('no-samples', 'An interval needs at least one value on each side. Run it again with more images.', {});
}

/** Interval of the mean of independent values, such as 0 and 1 for a share. Below about 20 values it comes out too narrow. */
export function bootstrapMean(values: ArrayLike<number>, options: BootstrapOptions): Interval {
  requireValues(values);
  const stream = new RandomStream(options.seed, 'metrics/bootstrap');
  return percentiles(mean(values), () => resampledMean(values, stream), options);
}

/** Interval of mean(a) - mean(b) of two independent samples. For values in pairs, take `bootstrapMean` of their differences: it is narrower. */
export function bootstrapDifference(a: ArrayLike<number>, b: ArrayLike<number>, options: BootstrapOptions): Interval {
  requireValues(a, b);
  const stream = new RandomStream(options.seed, 'metrics/bootstrap');
  return percentiles(mean(a) - mean(b), () => resampledMean(a, stream) - resampledMean(b, stream), options);
}
