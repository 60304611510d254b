/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011). A stream is addressed by a key and a counter, so any
 * part of it can be drawn on any engine, resumed from a checkpoint by one number, and split without correlation.
 */

const ROUNDS = 10;
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

const TWO_PI = 2 * Math.PI;
const INV_2_32 = 1 / 4294967296;

function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle2 = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + (middle2 >>> 16)) >>> 0;
}

/** One Philox4x32-10 block: writes four uint32 to `out` for the counter (c0..c3) under the key (k0, k1). */
export function philox(
  c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: Uint32Array,
): void {
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** 32-bit FNV-1a of a label, to derive independent keys from readable names. */
function hashLabel(label: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < label.length; i++) {
    hash ^= label.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/**
 * A seeded stream. Two streams with another seed or label never share a block. `position` is the number of 32-bit words
 * drawn; saving and restoring it resumes the stream exactly.
 */
export class RandomStream {
  private readonly key0: number;
  private readonly key1: number;
  private readonly block = new Uint32Array(4);
  private blockIndex = -1;
  private next = 0;

  /** @param seed any integer; its low 32 bits count. @param label names the stream, such as `scorer/noise`. */
  constructor(seed: number, label: string) {
    this.key0 = seed >>> 0;
    this.key1 = hashLabel(label);
  }

  get position(): number {
    return this.next;
  }

  set position(words: number) {
    this.next = words;
  }

  /** The next uint32. */
  word(): number {
    const index = Math.floor(this.next / 4);
    if (index !== this.blockIndex) {
      philox(index >>> 0, Math.floor(index / 4294967296), 0, 0, this.key0, this.key1, this.block);
      this.blockIndex = index;
    }
    return this.block[this.next++ % 4];
  }

  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number {
    return this.word() * INV_2_32;
  }

  /** Standard normal by Box and Muller; consumes two words a call, so that positions stay predictable. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.word() + 1) * INV_2_32));
    return radius * Math.cos(TWO_PI * this.uniform());
  }

  /** Fills with standard normals; consumes two words a pair and uses both halves. */
  normals(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log((this.word() + 1) * INV_2_32));
      const angle = TWO_PI * this.uniform();
      out[i] = radius * Math.cos(angle);
      if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
    }
    return out;
  }

  /** Uniform integer in [0, bound), bound at most 2^32, by multiply and reject (Lemire), without bias. */
  integer(bound: number): number {
    const threshold = (4294967296 - bound) % bound;
    for (;;) {
      const word = this.word();
      const low = Math.imul(word, bound) >>> 0;
      if (low >= threshold) return mulHigh(word, bound);
    }
  }

  /** Fisher and Yates, in place. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
    return items;
  }

  /** `count` distinct integers of [0, bound), in random order. */
  sample(bound: number, count: number): Uint32Array<ArrayBuffer> {
    const pool = Uint32Array.from({ length: bound }, (_, i) => i);
    const taken = Math.min(count, bound);
    for (let i = 0; i < taken; i++) {
      const j = i + this.integer(bound - i);
      const held = pool[i];
      pool[i] = pool[j];
      pool[j] = held;
    }
    return pool.slice(0, taken);
  }
}
