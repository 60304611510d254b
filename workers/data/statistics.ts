import { Sha256 } from '../formats/sha256';
import type { IntakeOptions } from '../protocol';
import { RandomStream } from '../random';
import type { StoreFile } from './storage';
import type { ImageRecord } from './types';

export interface PixelStatistics {
  hash: string;
  mean: number[];
  std: number[];
  secondMoment: number;
  effectiveDimension: number;
}

const CHUNK_BYTES = 2 ** 22;
/** Multiply-adds one Gram matrix may cost, which bounds the sample where images are large. */
const GRAM_BUDGET = 4e8;
const MAX_SAMPLE = 512;
const MIN_SAMPLE = 96;

/** Options that decide the bytes of a data set; `keepOriginals` does not. */
function contentOptions(options: IntakeOptions): Record<string, unknown> {
  const { size, fit, background, channels, holdout, seed, limit, reserve, nearDuplicates } = options;
  return { size, fit, background: background.toLowerCase(), channels, holdout, seed, limit, reserve, nearDuplicates };
}

/**
 * Effective dimension (tr S)^2 / tr S^2 of the covariance of a sample, through its Gram matrix. tr S^2 of a sample smaller
 * than the dimension is far too large; the estimate is the unbiased one under normality of Srivastava (2005),
 * (n-1)^2/((n-2)(n+1)) [tr S^2 - (tr S)^2/(n-1)].
 *
 * @param values n rows of `dim` values. @returns 0 for fewer than 3 rows or a constant sample.
 */
export function effectiveDimension(values: Float32Array, dim: number): number {
  const n = values.length / dim;
  if (n < 3) return 0;
  const mean = new Float64Array(dim);
  for (let i = 0; i < values.length; i++) mean[i % dim] += values[i] / n;
  const centred = Float32Array.from(values, (value, i) => value - mean[i % dim]);
  let trace = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let k = 0; k < dim; k++) dot += centred[i * dim + k] * centred[j * dim + k];
      if (i === j) trace += dot;
      squares += (i === j ? 1 : 2) * dot * dot;
    }
  }
  const f = n - 1;
  trace /= f;
  const unbiased = ((f * f) / ((f - 1) * (f + 2))) * (squares / (f * f) - (trace * trace) / f);
  return unbiased > 0 ? (trace * trace) / unbiased : 0;
}

function momentsOf(histogram: Float64Array): { mean: number; variance: number; square: number; count: number } {
  let count = 0;
  let sum = 0;
  let sumSquares = 0;
  let square = 0;
  histogram.forEach((n, value) => {
    count += n;
    sum += n * value;
    sumSquares += n * value * value;
    square += n * ((2 * value) / 255 - 1) ** 2;
  });
  const mean = sum / count;
  return { mean: mean / 255, variance: Math.max(0, sumSquares / count - mean * mean) / (255 * 255), square, count };
}

/**
 * One pass over the packed pixels: the identity hash over options, class names, pixels, labels and splits, and the moments of the training split.
 * Mean and standard deviation per channel are in [0, 1]; `secondMoment` is E||x||^2 of images in [-1, 1].
 */
export function pixelStatistics(
  pixels: StoreFile, records: readonly ImageRecord[], classes: readonly string[], channels: 1 | 3, options: IntakeOptions,
): PixelStatistics {
  const dim = options.size * options.size * channels;
  const hash = new Sha256().update(new TextEncoder().encode(JSON.stringify({ schema: 1, channels, classes, options: contentOptions(options) })));
  const train = records.flatMap((record, row) => (record.split === 'train' ? [row] : []));
  const count = Math.min(train.length, MAX_SAMPLE, Math.max(MIN_SAMPLE, Math.floor(Math.sqrt((2 * GRAM_BUDGET) / dim))));
  const picks = new RandomStream(options.seed, 'intake/effective-dimension').sample(train.length, count);
  const sampled = new Map(Array.from(picks, (pick, i) => [train[pick], i]));
  const sample = new Float32Array(count * dim);
  const histograms = Array.from({ length: channels }, () => new Float64Array(256));
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / dim));
  const buffer = new Uint8Array(perChunk * dim);
  for (let first = 0; first < records.length; first += perChunk) {
    const rows = Math.min(perChunk, records.length - first);
    const part = buffer.subarray(0, rows * dim);
    pixels.read(part, first * dim);
    hash.update(part);
    for (let row = 0; row < rows; row++) {
      if (records[first + row].split !== 'train') continue;
      const at = row * dim;
      for (let k = 0; k < dim; k++) histograms[k % channels][part[at + k]]++;
      const slot = sampled.get(first + row);
      if (slot !== undefined) for (let k = 0; k < dim; k++) sample[slot * dim + k] = part[at + k] / 127.5 - 1;
    }
  }
  hash.update(new Uint8Array(Uint16Array.from(records, (record) => record.classIndex).buffer));
  hash.update(new TextEncoder().encode(records.map((record) => record.split).join()));
  const moments = histograms.map(momentsOf);
  return {
    hash: hash.hex(),
    mean: moments.map((moment) => moment.mean),
    std: moments.map((moment) => Math.sqrt(moment.variance)),
    secondMoment: moments.reduce((sum, moment) => sum + moment.square, 0) / train.length,
    effectiveDimension: effectiveDimension(sample, dim),
  };
}
