/** Philox4x32-10 (Salmon et al., SC 2011), in the 32-bit integers that every engine has. */

export const PHILOX = {
  rounds: 10,
  /** Multipliers of the first and third word of the counter. */
  factors: [0xd2511f53, 0xcd9e8d57],
  /** What the two words of the key grow by from round to round. */
  steps: [0x9e3779b9, 0xbb67ae85],
} as const;

const { rounds: ROUNDS, factors: [M0, M1], steps: [W0, W1] } = PHILOX;

/**
 * The upper 32 bits of the product of two 32-bit words taken as unsigned. Words come and go as int32, whatever their sign, since engines keep those
 * in registers; `>>> 0` makes a number of one.
 */
export function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // No sum leaves 32 bits: (2^16 - 1)^2 + 2^16 - 1 < 2^32.
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const middle2 = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (middle2 >>> 16)) | 0;
}

/** One Philox4x32-10 block: writes four uint32 to `out` for the counter (c0..c3) under the key (k0, k1). */
export function philox(
  c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: Uint32Array,
): void {
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0);
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}
