import { mulHigh } from './philox';

/**
 * Box and Muller's pair of normals in 32-bit fixed point, so that every engine, browser and graphics card makes the same bits of the same words.
 * Floating point cannot: WGSL lets a cosine be off by 2^-11, a logarithm by a few units, and a product and a sum become one rounding; the
 * logarithm of JavaScript is the browser's own. Qn below is a number times 2^n. The polynomials are minimax fits in powers of the offset
 * from the left end of their interval, where all signs alternate, so that nothing negative occurs on the way:
 * p = c0 - t (c1 - t (c2 - ...)).
 */
export const SERIES = {
  /** log2(f) / (f - 1) for f = sqrt(1/2) + t, t in [0, sqrt(1/2)], Q31. Relative error 2^-27.9. */
  log: [0xda82798b, 0x919a3679, 0x855ab1bb, 0x8ad66120, 0x9928a18b, 0xa75552d7, 0xa3465415, 0x7bc1f17f, 0x3cedc473, 0x0e12d30a],
  /** (1/4 + t)^(-1/2), t in [0, 3/4], Q28. Relative error 0.0021, squared twice by Newton's steps. */
  inverseRoot: [0x1feea6f9, 0x3a9b9cf1, 0x71ab0e20, 0x82b42fa3, 0x3cdee7cb],
  /** sin(b pi/4) / b by t = b^2 in [0, 1], Q32. Error 2^-28.6. */
  sine: [0xc90fda98, 0x14abbb9a, 0x00a32f63, 0x00025b37],
  /** cos(b pi/4) by t = b^2, Q31. Error 2^-34.3. */
  cosine: [0x80000000, 0x277a798e, 0x020783b8, 0x000aae2c, 0x00001d9c],
} as const;

/** sqrt(1/2) in Q32: where the logarithm's interval is cut, so that it stays exact for radii near zero. */
export const ROOT_HALF = 0xb504f334;
/** sqrt(2 ln 2) in Q31. */
export const RADIUS = 0x96b55f22;

const tables = Object.fromEntries(Object.entries(SERIES).map(([name, numbers]) => [name, Int32Array.from(numbers, (word) => word | 0)])) as
  Record<keyof typeof SERIES, Int32Array>;
const { log: LOG, inverseRoot: INVERSE_ROOT, sine: SINE, cosine: COSINE } = tables;

/** a b / 2^32, at most two short: the product of the lower halves is left out. */
function times(a: number, b: number): number {
  return (Math.imul(a >>> 16, b >>> 16) + (Math.imul(a >>> 16, b & 0xffff) >>> 16) + (Math.imul(a & 0xffff, b >>> 16) >>> 16)) | 0;
}

function polynomial(coefficients: Int32Array, t: number): number {
  let sum = coefficients[coefficients.length - 1];
  for (let i = coefficients.length - 2; i >= 0; i--) sum = (coefficients[i] - times(sum, t)) | 0;
  return sum;
}

/** sqrt(-2 ln((word + 1) / 2^32)) in Q28. */
function radius(word: number): number {
  const x = (word + 1) | 0;
  if (x === 0) return 0;
  const zeros = Math.clz32(x);
  const mantissa = x << zeros;
  const upper = mantissa >>> 0 >= ROOT_HALF;
  // u = f 2^-exponent with f in [sqrt(1/2), sqrt(2)); |f - 1| and f - sqrt(1/2) in Q32.
  const exponent = upper ? zeros : zeros + 1;
  const distance = upper ? -mantissa | 0 : mantissa << 1;
  const t = ((upper ? mantissa : mantissa << 1) - ROOT_HALF) | 0;
  const small = exponent === 0;
  // -log2 u = y 2^-scale. Close to u = 1 the distance is all there is, and is brought to full length first.
  const lift = small ? Math.clz32(distance) : 0;
  const product = times(distance << lift, polynomial(LOG, t));
  const part = product >>> 5;
  const y = small ? product : ((exponent << 26) + (upper ? part : -part)) | 0;
  const shift = Math.clz32(y);
  const scale = (small ? 31 + lift : 26) + shift;
  // An even power of two beside a in [1/4, 1), Q32.
  const a = (y << shift) >>> (scale & 1) | 0;
  let q = polynomial(INVERSE_ROOT, (a - 0x40000000) | 0) << 2;
  for (let step = 0; step < 2; step++) {
    const rest = (0x30000000 - times(a, times(q, q))) | 0;
    q = times(q, rest << 2) << 1;
  }
  const root = times(times(a, q) << 1, RADIUS);
  return (root << 1) >>> ((scale >>> 1) - 13);
}

/** A Q27 magnitude below 8 cut to the 24 bits that float32 holds, with its sign. */
function toFloat(magnitude: number, negative: boolean): number {
  const spare = 8 - Math.clz32(magnitude);
  const exact = spare > 0 ? (magnitude >>> spare) << spare : magnitude;
  return (negative ? -exact | 0 : exact) * 2 ** -27;
}

/**
 * Two independent standard normals of two uint32: sqrt(-2 ln u) times cosine and sine of 2 pi v, with u = (first + 1) / 2^32 and
 * v = (second + 1/2) / 2^32. Within 2^-23 of the size of the exact result plus 2^-25; exactly representable in float32.
 * The second is left out where `out` ends.
 */
export function normalPair(first: number, second: number, out: Float32Array, at: number): void {
  const r = radius(first);
  const octant = second >>> 29;
  // Odd octants run backwards; the half keeps the reflection exact.
  const b = ((octant & 1 ? ~second : second) << 3) | 4;
  const square = times(b, b);
  const sine = times(b, polynomial(SINE, square)) >>> 1;
  const cosine = polynomial(COSINE, square);
  const swapped = ((octant + 1) & 2) !== 0;
  out[at] = toFloat(mulHigh(r, swapped ? sine : cosine), ((octant + 2) & 4) !== 0);
  if (at + 1 < out.length) out[at + 1] = toFloat(mulHigh(r, swapped ? cosine : sine), octant >= 4);
}
