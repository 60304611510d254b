import { hashDistance } from '../data/phash';

/** Two rows that show the same scene, and how far apart: one minus the correlation of their pixels at the best alignment. */
export interface NearPair {
  /** The earlier row. */
  first: number;
  second: number;
  distance: number;
}

export interface Pictures {
  /** Pixels of some rows, uint8 NHWC of `side` and `channels`. */
  pixels(rows: readonly number[]): Uint8Array;
  side: number;
  channels: number;
}

/** Perceptual hashes further apart than this are not compared: retaken scenes stay within 8 of 64 bits. */
const HASH_BITS = 10;
/**
 * Pairs at most this far apart are near duplicates. Scenes retaken with other noise, light, exposure or a shifted camera lie below .028 on the sample set, other
 * scenes with like hashes above .020 once and above .038 else.
 */
const NEAR = 0.03;
/** Pairs further apart than this before they are aligned are not worth aligning: a pixel's shift makes up for far less. */
const HOPELESS = 0.3;
/** Largest shift between two pictures, in half pixels along both axes together. */
const REACH = 2;
/** Rows between two breaths. */
const CHUNK = 256;

/** `values` moved by `halves` half pixels along an axis whose steps are `stride` elements, `length` steps long; odd moves average neighbours. Edges wrap. */
function moved(values: Float32Array, halves: number, stride: number, length: number): Float32Array {
  if (halves === 0) return values;
  const [near, far] = [Math.floor(halves / 2), Math.ceil(halves / 2)];
  const out = new Float32Array(values.length);
  const line = stride * length;
  for (let step = 0; step < length; step++) {
    const [first, second] = [near, far].map((offset) => ((step - offset + length) % length) * stride);
    for (let from = 0; from < values.length; from += line) {
      for (let k = from; k < from + stride; k++) out[k + step * stride] = 0.5 * (values[k + first] + values[k + second]);
    }
  }
  return out;
}

/** One minus the correlation of the parts of two pictures that no shift can bring in from beyond an edge. */
function apart(a: Float32Array, b: Float32Array, side: number, channels: number): number {
  let [sumA, sumB, squareA, squareB, product, n] = [0, 0, 0, 0, 0, 0];
  for (let y = REACH; y < side - REACH; y++) {
    for (let i = (y * side + REACH) * channels; i < (y * side + side - REACH) * channels; i++) {
      sumA += a[i];
      sumB += b[i];
      squareA += a[i] * a[i];
      squareB += b[i] * b[i];
      product += a[i] * b[i];
      n++;
    }
  }
  const [varianceA, varianceB] = [squareA - (sumA * sumA) / n, squareB - (sumB * sumB) / n];
  // A flat picture correlates with nothing; two of them are the same.
  if (varianceA <= 0 || varianceB <= 0) return varianceA <= 0 && varianceB <= 0 ? 0 : 1;
  return 1 - (product - (sumA * sumB) / n) / Math.sqrt(varianceA * varianceB);
}

/** Distance of two pictures of side x side x channels at the best of the shifts by up to a pixel. */
export function alignedDistance(a: Uint8Array, b: Uint8Array, side: number, channels: number): number {
  const [fixed, other] = [Float32Array.from(a), Float32Array.from(b)];
  let best = apart(fixed, other, side, channels);
  if (best > HOPELESS) return best;
  for (let dy = -REACH; dy <= REACH; dy++) {
    const down = moved(fixed, dy, side * channels, side);
    for (let dx = Math.abs(dy) - REACH; dx <= REACH - Math.abs(dy); dx++) {
      best = Math.min(best, apart(moved(down, dx, channels, side), other, side, channels));
    }
  }
  return best;
}

/**
 * Pairs of rows that show the same scene: hashes within 10 of 64 bits, then pixels that correlate once aligned, whatever the exposure. Looks at every pair of hashes,
 * so that time grows with the square of the images, and at the pixels of few.
 *
 * @param hashes 64-bit perceptual hashes, 16 hex digits each.
 */
export async function nearDuplicates(hashes: readonly string[], pictures: Pictures, breathe: () => Promise<unknown>): Promise<NearPair[]> {
  const words = hashes.map((hash): [number, number] => [Number.parseInt(hash.slice(0, 8), 16), Number.parseInt(hash.slice(8), 16)]);
  const pairs: NearPair[] = [];
  for (let second = 1; second < hashes.length; second++) {
    for (let first = 0; first < second; first++) {
      if (hashDistance(words[first], words[second]) > HASH_BITS) continue;
      const distance = alignedDistance(pictures.pixels([first]), pictures.pixels([second]), pictures.side, pictures.channels);
      if (distance <= NEAR) pairs.push({ first, second, distance });
    }
    if (second % CHUNK === 0) await breathe();
  }
  return pairs;
}
