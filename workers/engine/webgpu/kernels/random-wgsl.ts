import { PHILOX } from '../../../philox';
import { RADIUS, ROOT_HALF, SERIES } from '../../../portable-normal';

const hex = (word: number): string => `0x${word.toString(16)}u`;

/** Horner's rule as in portable-normal.ts, of two values at once. */
function polynomial(coefficients: readonly number[], t: string): string {
  return coefficients.slice(0, -1).reduceRight((sum, c) => `(${hex(c)} - times(${sum}, ${t}))`, `vec2u(${hex(coefficients[coefficients.length - 1])})`);
}

/** `philox(block: low and high word of the counter, key)`: four words, as philox.ts makes them. */
export const PHILOX_WGSL = `
fn high(a: vec2u, b: vec2u) -> vec2u {
  let aLow = a & vec2u(0xffffu);
  let aHigh = a >> vec2u(16u);
  let bLow = b & vec2u(0xffffu);
  let bHigh = b >> vec2u(16u);
  let middle = aHigh * bLow + ((aLow * bLow) >> vec2u(16u));
  let middle2 = aLow * bHigh + (middle & vec2u(0xffffu));
  return aHigh * bHigh + (middle >> vec2u(16u)) + (middle2 >> vec2u(16u));
}
fn philox(block: vec2u, start: vec2u) -> vec4u {
  const factors = vec2u(${PHILOX.factors.map(hex).join(', ')});
  var key = start;
  // The words of the counter that are multiplied, and those that are not.
  var even = vec2u(block.x, 0u);
  var odd = vec2u(block.y, 0u);
  for (var round = 0u; round < ${PHILOX.rounds}u; round++) {
    let upper = high(even, factors);
    let lower = even * factors;
    even = upper.yx ^ odd ^ key;
    odd = lower.yx;
    key += vec2u(${PHILOX.steps.map(hex).join(', ')});
  }
  return vec4u(even.x, odd.x, even.y, odd.y);
}`;

/** `normals(words)`: two pairs of normals of two pairs of words, as portable-normal.ts makes them. */
export const NORMALS_WGSL = `
fn times(a: vec2u, b: vec2u) -> vec2u {
  let aHigh = a >> vec2u(16u);
  let bHigh = b >> vec2u(16u);
  return aHigh * bHigh + ((aHigh * (b & vec2u(0xffffu))) >> vec2u(16u)) + (((a & vec2u(0xffffu)) * bHigh) >> vec2u(16u));
}
fn radius(word: vec2u) -> vec2u {
  let x = word + 1u;
  let zeros = countLeadingZeros(x);
  let mantissa = x << (zeros & vec2u(31u));
  let upper = mantissa >= vec2u(${hex(ROOT_HALF)});
  let exponent = select(zeros + 1u, zeros, upper);
  let f = select(mantissa << vec2u(1u), mantissa, upper);
  let distance = select(f, vec2u() - f, upper);
  let t = f - ${hex(ROOT_HALF)};
  let small = exponent == vec2u();
  let lift = select(vec2u(), countLeadingZeros(distance), small);
  let product = times(distance << lift, ${polynomial(SERIES.log, 't')});
  let part = product >> vec2u(5u);
  let y = select((exponent << vec2u(26u)) + select(vec2u() - part, part, upper), product, small);
  let shift = countLeadingZeros(y);
  let scale = select(vec2u(26u), lift + 31u, small) + shift;
  let a = (y << shift) >> (scale & vec2u(1u));
  let u = a - 0x40000000u;
  var q = ${polynomial(SERIES.inverseRoot, 'u')} << vec2u(2u);
  for (var step = 0u; step < 2u; step++) {
    let rest = 0x30000000u - times(a, times(q, q));
    q = times(q, rest << vec2u(2u)) << vec2u(1u);
  }
  let root = times(times(a, q) << vec2u(1u), vec2u(${hex(RADIUS)}));
  return select((root << vec2u(1u)) >> ((scale >> vec2u(1u)) - 13u), vec2u(), x == vec2u());
}
fn toFloat(magnitude: vec2u, negative: vec2<bool>) -> vec2f {
  let spare = 8u - min(countLeadingZeros(magnitude), vec2u(8u));
  let exact = vec2i((magnitude >> spare) << spare);
  return vec2f(select(exact, -exact, negative)) * ${2 ** -27};
}
fn normals(words: vec4u) -> vec4f {
  let r = radius(words.xz);
  let second = words.yw;
  let octant = second >> vec2u(29u);
  let b = (select(second, ~second, (octant & vec2u(1u)) == vec2u(1u)) << vec2u(3u)) | vec2u(4u);
  let square = times(b, b);
  let sine = times(b, ${polynomial(SERIES.sine, 'square')}) >> vec2u(1u);
  let cosine = ${polynomial(SERIES.cosine, 'square')};
  let swapped = ((octant + 1u) & vec2u(2u)) == vec2u(2u);
  let x = toFloat(high(r, select(cosine, sine, swapped)), ((octant + 2u) & vec2u(4u)) == vec2u(4u));
  let y = toFloat(high(r, select(sine, cosine, swapped)), octant >= vec2u(4u));
  return vec4f(x.x, y.x, x.y, y.y);
}`;
