/**
 * Perceptual hash: the picture is reduced to 32 x 32 grey, transformed by a DCT-II, and 64 low frequencies are compared with
 * their median. Brightness (the DC term) does not enter; size and encoding hardly do.
 */

export const HASH_SIDE = 32;
const LOW = 11;

/** cos(pi (2x + 1) u / 64) for u below `LOW`. */
const COSINES = Float64Array.from({ length: LOW * HASH_SIDE }, (_, k) =>
  Math.cos((Math.PI * (2 * (k % HASH_SIDE) + 1) * Math.floor(k / HASH_SIDE)) / (2 * HASH_SIDE)));

/** The 64 lowest frequencies (u, v) without DC, by u + v, then u: a triangle rather than a square of the spectrum. */
const FREQUENCIES = Array.from({ length: LOW * LOW }, (_, k) => ({ u: k % LOW, v: Math.floor(k / LOW) }))
  .filter(({ u, v }) => u + v > 0)
  .sort((a, b) => a.u + a.v - b.u - b.v || a.u - b.u)
  .slice(0, 64);

/**
 * The hash of a 32 x 32 grey picture as two uint32, high word first: bit i is set when frequency i lies above the median.
 * @param grey 1024 values, row-major, any scale.
 */
export function perceptualHash(grey: ArrayLike<number>): [number, number] {
  const rows = new Float64Array(HASH_SIDE * LOW);
  for (let y = 0; y < HASH_SIDE; y++) {
    for (let u = 0; u < LOW; u++) {
      let sum = 0;
      for (let x = 0; x < HASH_SIDE; x++) sum += grey[y * HASH_SIDE + x] * COSINES[u * HASH_SIDE + x];
      rows[y * LOW + u] = sum;
    }
  }
  const coefficients = FREQUENCIES.map(({ u, v }) => {
    let sum = 0;
    for (let y = 0; y < HASH_SIDE; y++) sum += rows[y * LOW + u] * COSINES[v * HASH_SIDE + y];
    return sum;
  });
  const sorted = Float64Array.from(coefficients).sort();
  const median = (sorted[31] + sorted[32]) / 2;
  const words: [number, number] = [0, 0];
  coefficients.forEach((value, i) => {
    if (value > median) words[i >> 5] |= 1 << (31 - (i & 31));
  });
  return [words[0] >>> 0, words[1] >>> 0];
}

export function hashText(words: readonly [number, number]): string {
  return words.map((word) => word.toString(16).padStart(8, '0')).join('');
}

function bits(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Hamming distance of two hashes. */
export function hashDistance(a: readonly [number, number], b: readonly [number, number]): number {
  return bits(a[0] ^ b[0]) + bits(a[1] ^ b[1]);
}

/**
 * Search for hashes within a distance of 7. Of four 16-bit quarters one then differs in at most one bit (pigeonhole), so a query
 * looks into 4 x 17 buckets and compares what lies there: about a hundred hashes among 100,000.
 */
export class HashIndex {
  static readonly RADIUS = 7;
  private readonly buckets = Array.from({ length: 4 }, () => new Map<number, number[]>());
  private readonly high: number[] = [];
  private readonly low: number[] = [];
  private readonly rows: number[] = [];

  private static quarters([high, low]: readonly [number, number]): number[] {
    return [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff];
  }

  add(hash: readonly [number, number], row: number): void {
    const slot = this.rows.push(row) - 1;
    this.high.push(hash[0]);
    this.low.push(hash[1]);
    HashIndex.quarters(hash).forEach((quarter, i) => {
      const bucket = this.buckets[i].get(quarter);
      if (bucket) bucket.push(slot);
      else this.buckets[i].set(quarter, [slot]);
    });
  }

  /** Rows within the radius, nearest first, earlier rows first among equals. */
  near(hash: readonly [number, number]): { row: number; distance: number }[] {
    const found = new Map<number, number>();
    HashIndex.quarters(hash).forEach((quarter, i) => {
      for (let bit = -1; bit < 16; bit++) {
        for (const slot of this.buckets[i].get(bit < 0 ? quarter : quarter ^ (1 << bit)) ?? []) {
          const distance = bits(hash[0] ^ this.high[slot]) + bits(hash[1] ^ this.low[slot]);
          if (distance <= HashIndex.RADIUS) found.set(this.rows[slot], distance);
        }
      }
    });
    return [...found].map(([row, distance]) => ({ row, distance })).sort((a, b) => a.distance - b.distance || a.row - b.row);
  }
}
