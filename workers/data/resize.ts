/**
 * Antialiased reduction with a triangle filter, the one PIL calls BILINEAR: each output pixel averages the source under a tent
 * whose half-width is the scale (or 1 when enlarging), on stored values, without a gamma. Browsers' own resizers differ from
 * one another; this one gives the same bytes everywhere.
 */

/** For each output pixel the first source pixel and the normalised weights. */
export interface Taps {
  first: Int32Array;
  /** `width` weights an output pixel, zero-padded. */
  weights: Float64Array;
  width: number;
}

/** Taps from `source` pixels to `target` pixels. */
export function triangleTaps(source: number, target: number): Taps {
  const scale = source / target;
  const support = Math.max(scale, 1);
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(target);
  const weights = new Float64Array(target * width);
  for (let i = 0; i < target; i++) {
    const centre = (i + 0.5) * scale;
    const from = Math.max(0, Math.floor(centre - support + 0.5));
    const to = Math.min(source, Math.floor(centre + support + 0.5));
    let sum = 0;
    for (let j = from; j < to; j++) {
      const weight = Math.max(0, 1 - Math.abs((j + 0.5 - centre) / support));
      weights[i * width + j - from] = weight;
      sum += weight;
    }
    for (let k = 0; k < width; k++) weights[i * width + k] /= sum;
    first[i] = from;
  }
  return { first, weights, width };
}

const tapsCache = new Map<string, Taps>();

/** Cached taps; a folder mostly repeats a few sizes. The cache is emptied before it can grow with a folder of odd sizes. */
function tapsFor(source: number, target: number): Taps {
  const key = `${source}>${target}`;
  let taps = tapsCache.get(key);
  if (!taps) {
    if (tapsCache.size > 256) tapsCache.clear();
    taps = triangleTaps(source, target);
    tapsCache.set(key, taps);
  }
  return taps;
}

/** The square, or other rectangle, of the source that a reduction looks at. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Separable reduction that takes the source a strip of rows at a time, so that a 100-megapixel picture needs no copy of itself.
 * Both passes run in floating point and are rounded once at the end.
 */
export class Resizer {
  private readonly across: Taps;
  private readonly down: Taps;
  /** Rows after the horizontal pass, accumulated under the vertical taps: [height][width][channels]. */
  private readonly sums: Float64Array;
  private readonly line: Float64Array;

  /** @param channels 3 takes RGB of RGBA strips; 1 takes their luma (ITU-R 601). */
  constructor(private readonly box: Box, private readonly width: number, private readonly height: number, private readonly channels: 1 | 3) {
    this.across = tapsFor(box.width, width);
    this.down = tapsFor(box.height, height);
    this.sums = new Float64Array(width * height * channels);
    this.line = new Float64Array(width * channels);
  }

  /** Feeds rows `y` to `y + rows - 1` of the source: RGBA of `stride` pixels a row. Rows come once each, in any order. */
  feed(rgba: Uint8ClampedArray, stride: number, y: number, rows: number): void {
    const { box, down, height } = this;
    const from = Math.max(y, box.y);
    const to = Math.min(y + rows, box.y + box.height);
    // Output rows touched by a source row form a short run; start it where the previous row's run began.
    let low = 0;
    for (let row = from; row < to; row++) {
      const local = row - box.y;
      while (low < height - 1 && down.first[low] + down.width <= local) low++;
      let reduced = false;
      for (let i = low; i < height && down.first[i] <= local; i++) {
        const weight = down.weights[i * down.width + local - down.first[i]];
        if (local - down.first[i] >= down.width || weight === 0) continue;
        if (!reduced) this.reduceRow(rgba, ((row - y) * stride + box.x) * 4);
        reduced = true;
        this.accumulate(i, weight);
      }
    }
  }

  private accumulate(row: number, weight: number): void {
    const { sums, line } = this;
    const at = row * line.length;
    for (let k = 0; k < line.length; k++) sums[at + k] += weight * line[k];
  }

  private reduceRow(rgba: Uint8ClampedArray, at: number): void {
    const { first, weights, width } = this.across;
    const { line, channels } = this;
    const limit = this.box.width;
    for (let x = 0; x < this.width; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      const count = Math.min(width, limit - first[x]);
      let from = at + first[x] * 4;
      for (let k = 0; k < count; k++, from += 4) {
        const weight = weights[x * width + k];
        r += weight * rgba[from];
        g += weight * rgba[from + 1];
        b += weight * rgba[from + 2];
      }
      if (channels === 3) {
        line[3 * x] = r;
        line[3 * x + 1] = g;
        line[3 * x + 2] = b;
      } else line[x] = 0.299 * r + 0.587 * g + 0.114 * b;
    }
  }

  /** The reduced picture, row-major, channels last, unrounded in [0, 255]. Valid once every row of the box was fed. */
  values(): Float64Array {
    return this.sums;
  }

  /** Rounds the reduced picture, halves up, into `out`, an image of `stride` pixels a row, with its corner at (x, y). */
  writeBytes(out: Uint8Array, stride: number, x: number, y: number): void {
    const { sums, width, height, channels } = this;
    for (let row = 0; row < height; row++) {
      let to = ((y + row) * stride + x) * channels;
      const from = row * width * channels;
      // Weights sum to one only up to rounding: 255 may come out a hair above itself.
      for (let k = 0; k < width * channels; k++) out[to++] = Math.min(255, Math.floor(sums[from + k] + 0.5));
    }
  }
}
