import { triangleTaps, type Taps } from '../data/resize';

/** Images a learner sees: uint8 NHWC with a class index each. */
export interface ImageSet {
  pixels: Uint8Array;
  labels: Uint16Array;
}

/** One axis of a separable resampling: `lines` x source x `inner` values become `lines` x target x `inner`. */
function resample(values: Float64Array, lines: number, inner: number, { first, weights, width }: Taps, source: number): Float64Array {
  const target = first.length;
  const out = new Float64Array(lines * target * inner);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < target; i++) {
      for (let k = 0; k < width && first[i] + k < source; k++) {
        const weight = weights[i * width + k];
        const from = (line * source + first[i] + k) * inner;
        const to = (line * target + i) * inner;
        for (let c = 0; c < inner; c++) out[to + c] += weight * values[from + c];
      }
    }
  }
  return out;
}

function resized(pixels: Uint8Array, count: number, from: number, to: number, channels: number): Uint8Array<ArrayBuffer> {
  const taps = triangleTaps(from, to);
  const down = resample(Float64Array.from(pixels), count, from * channels, taps, from);
  return Uint8Array.from(resample(down, count * to, channels, taps, from), Math.round);
}

/**
 * What is left of images once they were stored at a `factor`-th of their side and enlarged again: bilinear with antialiasing down, bilinear up, bytes in
 * between. factor^2 of them take the bytes of one image.
 */
export function packedAndUnpacked(pixels: Uint8Array, size: number, channels: number, factor: number): Uint8Array<ArrayBuffer> {
  const count = pixels.length / (size * size * channels);
  return resized(resized(pixels, count, size, size / factor, channels), count, size / factor, size, channels);
}
