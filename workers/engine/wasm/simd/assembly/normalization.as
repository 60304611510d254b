// Group normalisation with its affine part, FiLM and SiLU in one kernel, forward and backward. Batch normalisation is the same with one
// image that holds the whole batch and as many groups as channels. Channels must be a multiple of four.

import { multiplyAdd, logistic } from './lanes';

/** Bytes of scratch for one image: mean, rate, and the factor and offset of every channel, and two sums. */
export function groupNormScratch(channels: i32): i32 {
  return channels * 4 * 8;
}

/** Mean and 1 / sqrt(variance + epsilon) of every channel's group, one value a channel. */
function statistics(x: usize, mean: usize, rate: usize, pixels: i32, channels: i32, groups: i32, epsilon: f32): void {
  const stride: usize = channels << 2;
  const width = channels / groups;
  const share: f32 = 1 / <f32>(pixels * width);
  for (let c: usize = 0; c < stride; c += 16) v128.store(mean + c, columnSum(x + c, stride, pixels));
  spread(mean, channels, width, share);
  for (let c: usize = 0; c < stride; c += 16) v128.store(rate + c, columnSquares(x + c, stride, pixels, v128.load(mean + c)));
  spread(rate, channels, width, share);
  const least = f32x4.splat(epsilon);
  for (let c: usize = 0; c < stride; c += 16) {
    v128.store(rate + c, f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(v128.load(rate + c), least))));
  }
}

/** Replaces every value by the sum over its group times `share`. */
function spread(values: usize, channels: i32, width: i32, share: f32): void {
  if (width == 1) {
    const factor = f32x4.splat(share);
    for (let c = 0; c < channels; c += 4) {
      v128.store(values + (c << 2), f32x4.mul(v128.load(values + (c << 2)), factor));
    }
    return;
  }
  for (let g = 0; g < channels; g += width) {
    let sum: f32 = 0;
    for (let c = g; c < g + width; c++) sum += load<f32>(values + (c << 2));
    sum *= share;
    for (let c = g; c < g + width; c++) store<f32>(values + (c << 2), sum);
  }
}

/** Sum of four neighbouring columns; blocks of rows are added first, which keeps rounding near that of a pairwise sum. */
function columnSum(x: usize, stride: usize, rows: i32): v128 {
  let total = f32x4.splat(0);
  for (let first = 0; first < rows; first += 128) {
    let sum = f32x4.splat(0);
    const count = min(128, rows - first);
    for (let r = 0; r < count; r++) {
      sum = f32x4.add(sum, v128.load(x));
      x += stride;
    }
    total = f32x4.add(total, sum);
  }
  return total;
}

function columnSquares(x: usize, stride: usize, rows: i32, mean: v128): v128 {
  let total = f32x4.splat(0);
  for (let first = 0; first < rows; first += 128) {
    let sum = f32x4.splat(0);
    const count = min(128, rows - first);
    for (let r = 0; r < count; r++) {
      const centred = f32x4.sub(v128.load(x), mean);
      sum = multiplyAdd(centred, centred, sum);
      x += stride;
    }
    total = f32x4.add(total, sum);
  }
  return total;
}

/** Per channel: factor gamma (1 + scale) and offset beta (1 + scale) + shift, so that z = factor * standard + offset. */
function affine(gamma: usize, beta: usize, scale: usize, shift: usize, factor: usize, offset: usize, channels: i32): void {
  for (let c: usize = 0; c < <usize>(channels << 2); c += 16) {
    let a = v128.load(gamma + c);
    let b = v128.load(beta + c);
    if (scale != 0) {
      const more = f32x4.add(v128.load(scale + c), f32x4.splat(1));
      a = f32x4.mul(a, more);
      b = f32x4.mul(b, more);
    }
    if (shift != 0) b = f32x4.add(b, v128.load(shift + c));
    v128.store(factor + c, a);
    v128.store(offset + c, b);
  }
}

/** Code of the activation that may follow the affine part; 0 is none. */
const SILU: i32 = 1;

/** y = activation(factor * (x - mean) * rate + offset). `scale` and `shift` [images, channels] may be 0 for none. */
export function groupNorm(
  x: usize, gamma: usize, beta: usize, scale: usize, shift: usize, y: usize, scratch: usize,
  images: i32, pixels: i32, channels: i32, groups: i32, epsilon: f32, activation: i32,
): void {
  const stride: usize = channels << 2;
  const mean = scratch, rate = mean + stride, factor = rate + stride, offset = factor + stride;
  const imageBytes: usize = <usize>pixels * stride;
  for (let n: usize = 0; n < <usize>images; n++) {
    const own = x + n * imageBytes;
    statistics(own, mean, rate, pixels, channels, groups, epsilon);
    affine(gamma, beta, scale == 0 ? <usize>0 : scale + n * stride, shift == 0 ? <usize>0 : shift + n * stride, factor, offset, channels);
    for (let c: usize = 0; c < stride; c += 16) {
      const a = f32x4.mul(v128.load(factor + c), v128.load(rate + c));
      const b = f32x4.sub(v128.load(offset + c), f32x4.mul(a, v128.load(mean + c)));
      v128.store(factor + c, a);
      v128.store(offset + c, b);
    }
    let from = own;
    let to = y + n * imageBytes;
    for (let p = 0; p < pixels; p++) {
      for (let c: usize = 0; c < stride; c += 16) {
        const z = multiplyAdd(v128.load(from + c), v128.load(factor + c), v128.load(offset + c));
        let active = z;
        if (activation == SILU) active = f32x4.mul(z, logistic(z));
        v128.store(to + c, active);
      }
      from += stride;
      to += stride;
    }
  }
}

/**
 * Gradients of `groupNorm` for upstream dy, with the statistics computed again from x. dgamma and dbeta are summed over images; dscale and
 * dshift may be 0 for none. dx holds dy times the activation's slope on the way.
 */
export function groupNormGradient(
  x: usize, gamma: usize, beta: usize, scale: usize, shift: usize, dy: usize,
  dx: usize, dgamma: usize, dbeta: usize, dscale: usize, dshift: usize, scratch: usize,
  images: i32, pixels: i32, channels: i32, groups: i32, epsilon: f32, activation: i32,
): void {
  const stride: usize = channels << 2;
  const mean = scratch, rate = mean + stride, factor = rate + stride, offset = factor + stride;
  const sums = offset + stride, products = sums + stride, plain = products + stride, weighted = plain + stride;
  const imageBytes: usize = <usize>pixels * stride;
  const width = channels / groups;
  const share: f32 = 1 / <f32>(pixels * width);
  const one = f32x4.splat(1);
  memory.fill(dgamma, 0, stride);
  memory.fill(dbeta, 0, stride);
  for (let n: usize = 0; n < <usize>images; n++) {
    const own = x + n * imageBytes;
    const ownScale = scale == 0 ? <usize>0 : scale + n * stride;
    statistics(own, mean, rate, pixels, channels, groups, epsilon);
    affine(gamma, beta, ownScale, shift == 0 ? <usize>0 : shift + n * stride, factor, offset, channels);

    for (let c: usize = 0; c < stride; c += 16) {
      const m = v128.load(mean + c), s = v128.load(rate + c), a = v128.load(factor + c), b = v128.load(offset + c);
      let sum = f32x4.splat(0), product = f32x4.splat(0);
      let from = own + c, up = dy + n * imageBytes + c, to = dx + n * imageBytes + c;
      for (let p = 0; p < pixels; p++) {
        const standard = f32x4.mul(f32x4.sub(v128.load(from), m), s);
        let g = v128.load(up);
        if (activation == SILU) {
          const z = multiplyAdd(standard, a, b);
          const sigmoid = logistic(z);
          g = f32x4.mul(g, f32x4.mul(sigmoid, multiplyAdd(z, f32x4.sub(one, sigmoid), one)));
        }
        v128.store(to, g);
        sum = f32x4.add(sum, g);
        product = multiplyAdd(g, standard, product);
        from += stride;
        up += stride;
        to += stride;
      }
      v128.store(sums + c, sum);
      v128.store(products + c, product);
      let more = one;
      if (ownScale != 0) {
        more = f32x4.add(more, v128.load(ownScale + c));
        if (dscale != 0) {
          v128.store(dscale + n * stride + c, multiplyAdd(product, v128.load(gamma + c), f32x4.mul(sum, v128.load(beta + c))));
        }
      }
      if (dshift != 0) v128.store(dshift + n * stride + c, sum);
      v128.store(dgamma + c, multiplyAdd(product, more, v128.load(dgamma + c)));
      v128.store(dbeta + c, multiplyAdd(sum, more, v128.load(dbeta + c)));
      v128.store(plain + c, f32x4.mul(sum, a));
      v128.store(weighted + c, f32x4.mul(product, a));
    }
    spread(plain, channels, width, share);
    spread(weighted, channels, width, share);

    // dx = rate (factor g - plain - standard weighted)
    for (let c: usize = 0; c < stride; c += 16) {
      const m = v128.load(mean + c), s = v128.load(rate + c), a = v128.load(factor + c);
      const first = v128.load(plain + c), second = v128.load(weighted + c);
      let from = own + c, to = dx + n * imageBytes + c;
      for (let p = 0; p < pixels; p++) {
        const standard = f32x4.mul(f32x4.sub(v128.load(from), m), s);
        const inner = f32x4.sub(f32x4.sub(f32x4.mul(v128.load(to), a), first), f32x4.mul(standard, second));
        v128.store(to, f32x4.mul(s, inner));
        from += stride;
        to += stride;
      }
    }
  }
}
