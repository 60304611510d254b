/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011). A stream is addressed by a key and a counter, so any
 * part of it can be drawn on any engine, resumed from a checkpoint by one number, and split without correlation.
 */
import { mulHigh, philox } from './philox';
import { normalPair } from './portable-normal';

export { philox };

const TWO_PI = 2 * Math.PI;
const INV_2_32 = 1 / 4294967296;

/** Numbers in `RandomStream.key`. */
export const KEY_LENGTH = 8;

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
  private key0: number;
  private key1: number;
  private readonly block = new Uint32Array(4);
  private blockIndex = -1;
  private next = 0;

  /** @param seed any integer; its low 32 bits count. @param label names the stream, such as `scorer/noise`. */
  constructor(seed: number, label: string) {
    this.key0 = seed >>> 0;
    this.key1 = hashLabel(label);
  }

  /** The stream that `key` was taken from, at its place. */
  static fromKey(key: ArrayLike<number>): RandomStream {
    const stream = new RandomStream(key[0] + key[1] * 65536, '');
    stream.key1 = key[2] + key[3] * 65536;
    stream.next = key[4] + key[5] * 65536 + (key[6] + key[7] * 65536) * 4294967296;
    return stream;
  }

  /**
   * Seed, label and position as `KEY_LENGTH` numbers of 16 bits, lower halves first: exact in float32, so that they can be an input of a
   * compiled step. `normal` and `uniform` of engine/ops go on from there as `portableNormals` and `uniforms` do.
   */
  key(): Float32Array<ArrayBuffer> {
    const high = Math.floor(this.next / 4294967296);
    return Float32Array.from([this.key0, this.key1, this.next >>> 0, high].flatMap((word) => [word & 0xffff, word >>> 16]));
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

  /** Fills with uniforms in [0, 1) of 24 bits, one word each, the same on every engine. */
  uniforms(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i++) out[i] = (this.word() >>> 8) * 2 ** -24;
    return out;
  }

  /** Fills as `normals` does, of the same words and equal within 2^-22 of their size plus 2^-24, but with the same bits on every engine. */
  portableNormals(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i += 2) normalPair(this.word(), this.word(), out, i);
    return out;
  }

  /** Uniform integer in [0, bound), bound at most 2^32, by multiply and reject (Lemire), without bias. */
  integer(bound: number): number {
    const threshold = (4294967296 - bound) % bound;
    for (;;) {
      const word = this.word();
      const low = Math.imul(word, bound) >>> 0;
      if (low >= threshold) return mulHigh(word, bound) >>> 0;
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
