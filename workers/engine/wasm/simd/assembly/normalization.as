// Group normalisation with its affine part, FiLM and SiLU in one kernel, forward and backward. Batch normalisation is the same with one
// image that holds the whole batch and as many groups as channels. Channels must be a multiple of four.

import { multiplyAdd, logistic } from './lanes';

/** Bytes of scratch: for each worker eight values a channel, and for the gradient two sums for each image and channel; `images` is 0 for none. */
export function groupNormScratch(images: i32, channels: i32, workers: i32): i32 {
  return channels * 4 * (8 * workers + 2 * images);
}

/**
 * Mean and 1 / sqrt(variance + epsilon) of every channel's group, one value a channel, for `channels` neighbouring channels whose rows are
 * `stride` bytes apart and whose groups are `width` wide.
 */
function statistics(x: usize, mean: usize, rate: usize, pixels: i32, stride: usize, channels: i32, width: i32, epsilon: f32): void {
  const share: f32 = 1 / <f32>(pixels * width);
  const bytes: usize = channels << 2;
  for (let c: usize = 0; c < bytes; c += 16) v128.store(mean + c, columnSum(x + c, stride, pixels));
  spread(mean, channels, width, share);
  for (let c: usize = 0; c < bytes; c += 16) v128.store(rate + c, columnSquares(x + c, stride, pixels, v128.load(mean + c)));
  spread(rate, channels, width, share);
  const least = f32x4.splat(epsilon);
  for (let c: usize = 0; c < bytes; c += 16) {
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

/**
 * y = activation(factor * (x - mean) * rate + offset). `scale` and `shift` [images, channels] may be 0 for none. The work is cut into runs of `span`
 * channels, a multiple of four and of a group, numbered image by image.
 */
export function groupNorm(
  begin: i32, end: i32, worker: i32, x: usize, gamma: usize, beta: usize, scale: usize, shift: usize, y: usize, scratch: usize,
  pixels: i32, channels: i32, groups: i32, epsilon: f32, activation: i32, span: i32,
): void {
  const stride: usize = channels << 2;
  const mean = scratch + <usize>worker * stride * 8, rate = mean + stride, factor = rate + stride, offset = factor + stride;
  const imageBytes: usize = <usize>pixels * stride;
  const runs = (channels + span - 1) / span;
  for (let unit = begin; unit < end; unit++) {
    const n: usize = unit / runs;
    const first = (unit - <i32>n * runs) * span;
    const count = min(span, channels - first);
    const bytes: usize = count << 2, skip: usize = first << 2;
    const own = x + n * imageBytes + skip;
    const film = n * stride + skip;
    statistics(own, mean, rate, pixels, stride, count, channels / groups, epsilon);
    affine(gamma + skip, beta + skip, scale == 0 ? <usize>0 : scale + film, shift == 0 ? <usize>0 : shift + film, factor, offset, count);
    for (let c: usize = 0; c < bytes; c += 16) {
      const a = f32x4.mul(v128.load(factor + c), v128.load(rate + c));
      const b = f32x4.sub(v128.load(offset + c), f32x4.mul(a, v128.load(mean + c)));
      v128.store(factor + c, a);
      v128.store(offset + c, b);
    }
    let from = own;
    let to = y + n * imageBytes + skip;
    for (let p = 0; p < pixels; p++) {
      for (let c: usize = 0; c < bytes; c += 16) {
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
 * Gradients of `groupNorm` for upstream dy, with the statistics computed again from x; runs of channels as there. dscale and dshift may be 0 for none.
 * dx holds dy times the activation's slope on the way. What dgamma and dbeta are summed from is left in scratch for `affineGradient`.
 */
export function groupNormGradient(
  begin: i32, end: i32, worker: i32, x: usize, gamma: usize, beta: usize, scale: usize, shift: usize, dy: usize,
  dx: usize, dscale: usize, dshift: usize, scratch: usize, workers: i32,
  pixels: i32, channels: i32, groups: i32, epsilon: f32, activation: i32, span: i32,
): void {
  const stride: usize = channels << 2;
  const mean = scratch + <usize>worker * stride * 8, rate = mean + stride, factor = rate + stride, offset = factor + stride;
  const plain = offset + stride, weighted = plain + stride;
  const imageBytes: usize = <usize>pixels * stride;
  const width = channels / groups;
  const share: f32 = 1 / <f32>(pixels * width);
  const one = f32x4.splat(1);
  const runs = (channels + span - 1) / span;
  for (let unit = begin; unit < end; unit++) {
    const n: usize = unit / runs;
    const first = (unit - <i32>n * runs) * span;
    const count = min(span, channels - first);
    const bytes: usize = count << 2, skip: usize = first << 2;
    const at = n * imageBytes + skip, film = n * stride + skip;
    const own = x + at;
    const sums = scratch + <usize>workers * stride * 8 + n * stride * 2 + skip;
    statistics(own, mean, rate, pixels, stride, count, width, epsilon);
    affine(gamma + skip, beta + skip, scale == 0 ? <usize>0 : scale + film, shift == 0 ? <usize>0 : shift + film, factor, offset, count);

    for (let c: usize = 0; c < bytes; c += 16) {
      const m = v128.load(mean + c), s = v128.load(rate + c), a = v128.load(factor + c), b = v128.load(offset + c);
      let sum = f32x4.splat(0), product = f32x4.splat(0);
      let from = own + c, up = dy + at + c, to = dx + at + c;
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
      v128.store(sums + stride + c, product);
      if (dscale != 0) {
        v128.store(dscale + film + c, multiplyAdd(product, v128.load(gamma + skip + c), f32x4.mul(sum, v128.load(beta + skip + c))));
      }
      if (dshift != 0) v128.store(dshift + film + c, sum);
      v128.store(plain + c, f32x4.mul(sum, a));
      v128.store(weighted + c, f32x4.mul(product, a));
    }
    spread(plain, count, width, share);
    spread(weighted, count, width, share);

    // dx = rate (factor g - plain - standard weighted)
    for (let c: usize = 0; c < bytes; c += 16) {
      const m = v128.load(mean + c), s = v128.load(rate + c), a = v128.load(factor + c);
      const average = v128.load(plain + c), slope = v128.load(weighted + c);
      let from = own + c, to = dx + at + c;
      for (let p = 0; p < pixels; p++) {
        const standard = f32x4.mul(f32x4.sub(v128.load(from), m), s);
        const inner = f32x4.sub(f32x4.sub(f32x4.mul(v128.load(to), a), average), f32x4.mul(standard, slope));
        v128.store(to, f32x4.mul(s, inner));
        from += stride;
        to += stride;
      }
    }
  }
}

/** dgamma and dbeta [channels]: what `groupNormGradient` left in scratch, summed over images in their order. */
export function affineGradient(scale: usize, dgamma: usize, dbeta: usize, scratch: usize, workers: i32, images: i32, channels: i32): void {
  const stride: usize = channels << 2;
  const sums = scratch + <usize>workers * stride * 8;
  for (let c: usize = 0; c < stride; c += 16) {
    let ofGamma = f32x4.splat(0), ofBeta = f32x4.splat(0);
    for (let n: usize = 0; n < <usize>images; n++) {
      let more = f32x4.splat(1);
      if (scale != 0) more = f32x4.add(more, v128.load(scale + n * stride + c));
      const at = sums + n * stride * 2 + c;
      ofBeta = multiplyAdd(v128.load(at), more, ofBeta);
      ofGamma = multiplyAdd(v128.load(at + stride), more, ofGamma);
    }
    v128.store(dgamma + c, ofGamma);
    v128.store(dbeta + c, ofBeta);
  }
}
