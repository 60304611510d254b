// Broadcasting arithmetic, sums along axes, copies and activations.

import { across, multiplyAdd, logistic } from './lanes';

/** Numbers of one cache line: what a worker gets at least. */
const BLOCK: i32 = 16;

const ADD: i32 = 0;
const SUBTRACT: i32 = 1;
const MULTIPLY: i32 = 2;
const DIVIDE: i32 = 3;

// @ts-ignore: decorator
@inline
function apply(operation: i32, a: v128, b: v128): v128 {
  if (operation == ADD) return f32x4.add(a, b);
  if (operation == SUBTRACT) return f32x4.sub(a, b);
  if (operation == MULTIPLY) return f32x4.mul(a, b);
  return f32x4.div(a, b);
}

/** One run of `size` numbers; `stepA` and `stepB` are 1, or 0 for an operand that stays the same. */
// @ts-ignore: decorator
@inline
function runOf(operation: i32, a: usize, b: usize, out: usize, size: i32, stepA: i32, stepB: i32): void {
  let i = 0;
  if (stepA == 1 && stepB == 1) {
    for (; i + 4 <= size; i += 4) {
      const at: usize = i << 2;
      v128.store(out + at, apply(operation, v128.load(a + at), v128.load(b + at)));
    }
  } else if (stepA == 1) {
    const right = v128.load_splat<f32>(b);
    for (; i + 4 <= size; i += 4) {
      const at: usize = i << 2;
      v128.store(out + at, apply(operation, v128.load(a + at), right));
    }
  } else if (stepB == 1) {
    const left = v128.load_splat<f32>(a);
    for (; i + 4 <= size; i += 4) {
      const at: usize = i << 2;
      v128.store(out + at, apply(operation, left, v128.load(b + at)));
    }
  }
  for (; i < size; i++) {
    const lanes = apply(
      operation, v128.load_splat<f32>(a + ((i * stepA) << 2)), v128.load_splat<f32>(b + ((i * stepB) << 2)),
    );
    store<f32>(out + (i << 2), f32x4.extract_lane(lanes, 0));
  }
}

// @ts-ignore: decorator
@inline
function sweep(
  operation: i32, begin: i32, end: i32, from: i32, to: i32, a: usize, b: usize, out: usize, n1: i32, n2: i32,
  a0: i32, a1: i32, a2: i32, b0: i32, b1: i32, b2: i32,
): void {
  for (let row = begin; row < end; row++) {
    const i = row / n1, j = row - i * n1;
    runOf(
      operation, a + ((i * a0 + j * a1 + from * a2) << 2), b + ((i * b0 + j * b1 + from * b2) << 2), out + ((row * n2 + from) << 2), to - from, a2, b2,
    );
  }
}

/**
 * out[i,j,k] = a[i,j,k] op b[i,j,k] over three merged dimensions, with element strides that are 0 where an operand is broadcast. `begin` and `end` count
 * rows (i, j), or with `along` blocks of sixteen k.
 */
export function binary(
  begin: i32, end: i32, worker: i32, along: bool, operation: i32, a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32,
  a0: i32, a1: i32, a2: i32, b0: i32, b1: i32, b2: i32,
): void {
  const first = along ? 0 : begin, last = along ? n0 * n1 : end;
  const from = along ? begin * BLOCK : 0, to = along ? min(end * BLOCK, n2) : n2;
  if (operation == ADD) sweep(ADD, first, last, from, to, a, b, out, n1, n2, a0, a1, a2, b0, b1, b2);
  else if (operation == SUBTRACT) sweep(SUBTRACT, first, last, from, to, a, b, out, n1, n2, a0, a1, a2, b0, b1, b2);
  else if (operation == MULTIPLY) sweep(MULTIPLY, first, last, from, to, a, b, out, n1, n2, a0, a1, a2, b0, b1, b2);
  else sweep(DIVIDE, first, last, from, to, a, b, out, n1, n2, a0, a1, a2, b0, b1, b2);
}

// @ts-ignore: decorator
@inline
function scaled(x: usize, out: usize, size: i32, factor: f32, offset: f32): void {
  const a = f32x4.splat(factor), b = f32x4.splat(offset);
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const at: usize = i << 2;
    v128.store(out + at, f32x4.add(f32x4.mul(v128.load(x + at), a), b));
  }
  for (; i < size; i++) store<f32>(out + (i << 2), load<f32>(x + (i << 2)) * factor + offset);
}

/** out = factor * x + offset, in blocks of sixteen. */
export function affine(begin: i32, end: i32, worker: i32, x: usize, out: usize, size: i32, factor: f32, offset: f32): void {
  const skip: usize = (begin * BLOCK) << 2;
  scaled(x + skip, out + skip, min(end * BLOCK, size) - begin * BLOCK, factor, offset);
}

/** Sum of one run, in blocks so that rounding stays near that of a pairwise sum. */
function runSum(x: usize, size: i32): f32 {
  let total: f32 = 0;
  for (let first = 0; first < size; first += 512) {
    const count = min(512, size - first);
    const from = x + (first << 2);
    let s0 = f32x4.splat(0), s1 = s0;
    let i = 0;
    for (; i + 8 <= count; i += 8) {
      s0 = f32x4.add(s0, v128.load(from + (i << 2)));
      s1 = f32x4.add(s1, v128.load(from + (i << 2), 16));
    }
    let part = across(f32x4.add(s0, s1));
    for (; i < count; i++) part += load<f32>(from + (i << 2));
    total += part;
  }
  return total;
}

/**
 * out[i, k] = factor * sum over j of x[i, j, k] for x [outer, rows, inner], for blocks of sixteen k, numbered i by i, from `begin` to `end`.
 */
export function sumMiddle(begin: i32, end: i32, worker: i32, x: usize, out: usize, rows: i32, inner: i32, factor: f32): void {
  const blocks = (inner + BLOCK - 1) / BLOCK;
  for (let unit = begin; unit < end; unit++) {
    const i = unit / blocks;
    const from = x + ((i * rows * inner) << 2);
    const to = out + ((i * inner) << 2);
    if (inner == 1) {
      store<f32>(to, runSum(from, rows) * factor);
      continue;
    }
    let k = (unit - i * blocks) * BLOCK;
    const last = min(k + BLOCK, inner);
    for (; k + 4 <= last; k += 4) {
      let total = f32x4.splat(0);
      let at = from + (k << 2);
      for (let first = 0; first < rows; first += 128) {
        const count = min(128, rows - first);
        let sum = f32x4.splat(0);
        for (let j = 0; j < count; j++) {
          sum = f32x4.add(sum, v128.load(at));
          at += inner << 2;
        }
        total = f32x4.add(total, sum);
      }
      v128.store(to + (k << 2), f32x4.mul(total, f32x4.splat(factor)));
    }
    for (; k < last; k++) {
      let total: f32 = 0;
      let at = from + (k << 2);
      for (let first = 0; first < rows; first += 128) {
        const count = min(128, rows - first);
        let sum: f32 = 0;
        for (let j = 0; j < count; j++) {
          sum += load<f32>(at);
          at += inner << 2;
        }
        total += sum;
      }
      store<f32>(to + (k << 2), total * factor);
    }
  }
}

/** Copies rows of `bytes` each between places with their own row strides. */
export function copyRows(begin: i32, end: i32, worker: i32, from: usize, to: usize, bytes: i32, fromStride: i32, toStride: i32): void {
  from += begin * fromStride;
  to += begin * toStride;
  for (let r = begin; r < end; r++) {
    memory.copy(to, from, bytes);
    from += fromStride;
    to += toStride;
  }
}

/**
 * out[n, i, j, :] = x[n, j, i, :] for x [images, rows, columns, bytes]: two middle axes exchanged. Units are the pairs (n, i).
 */
export function exchange(begin: i32, end: i32, worker: i32, x: usize, out: usize, rows: i32, columns: i32, bytes: i32): void {
  let to = out + begin * rows * bytes;
  for (let unit = begin; unit < end; unit++) {
    const n = unit / columns;
    let from = x + ((n * rows * columns + unit - n * columns) * bytes);
    for (let j = 0; j < rows; j++) {
      if (bytes == 4) store<i32>(to, load<i32>(from));
      else memory.copy(to, from, bytes);
      from += columns * bytes;
      to += bytes;
    }
  }
}

/** y = x / (1 + e^-x). The last numbers are computed four wide on a copy so that all follow the same formula. */
export function silu(begin: i32, end: i32, worker: i32, x: usize, y: usize, size: i32): void {
  size = min(end * BLOCK, size);
  let i = begin * BLOCK;
  for (; i + 4 <= size; i += 4) {
    const v = v128.load(x + (i << 2));
    v128.store(y + (i << 2), f32x4.mul(v, logistic(v)));
  }
  for (; i < size; i++) {
    const v = v128.load_splat<f32>(x + (i << 2));
    store<f32>(y + (i << 2), f32x4.extract_lane(f32x4.mul(v, logistic(v)), 0));
  }
}

// @ts-ignore: decorator
@inline
function siluSlope(v: v128): v128 {
  const s = logistic(v);
  return f32x4.mul(s, multiplyAdd(v, f32x4.sub(f32x4.splat(1), s), f32x4.splat(1)));
}

/** dx = dy * s (1 + x (1 - s)) with s = 1 / (1 + e^-x). */
export function siluGradient(begin: i32, end: i32, worker: i32, x: usize, dy: usize, dx: usize, size: i32): void {
  size = min(end * BLOCK, size);
  let i = begin * BLOCK;
  for (; i + 4 <= size; i += 4) {
    const at: usize = i << 2;
    v128.store(dx + at, f32x4.mul(v128.load(dy + at), siluSlope(v128.load(x + at))));
  }
  for (; i < size; i++) {
    const slope = siluSlope(v128.load_splat<f32>(x + (i << 2)));
    store<f32>(dx + (i << 2), load<f32>(dy + (i << 2)) * f32x4.extract_lane(slope, 0));
  }
}

/** dx = dy where x > 0, else 0. */
export function reluGradient(begin: i32, end: i32, worker: i32, x: usize, dy: usize, dx: usize, size: i32): void {
  size = min(end * BLOCK, size);
  let i = begin * BLOCK;
  for (; i + 4 <= size; i += 4) {
    const at: usize = i << 2;
    v128.store(dx + at, v128.and(v128.load(dy + at), f32x4.gt(v128.load(x + at), f32x4.splat(0))));
  }
  for (; i < size; i++) store<f32>(dx + (i << 2), load<f32>(x + (i << 2)) > 0 ? load<f32>(dy + (i << 2)) : <f32>0);
}

/** Each number of x [rows, width, channels] to a 2 x 2 square of y, times `factor`, for rows from `begin` to `end`. */
export function upsample2(begin: i32, end: i32, worker: i32, x: usize, y: usize, width: i32, channels: i32, factor: f32): void {
  const bytes: usize = channels << 2;
  const line: usize = bytes * width * 2;
  x += <usize>begin * (bytes * width);
  y += <usize>begin * line * 2;
  for (let r = begin; r < end; r++) {
    for (let w = 0; w < width; w++) {
      scaled(x, y, channels, factor, 0);
      x += bytes;
      memory.copy(y + bytes, y, bytes);
      y += bytes * 2;
    }
    memory.copy(y, y - line, line);
    y += line;
  }
}

/** Sum of each 2 x 2 square of x [2 rows, 2 width, channels], times `factor`, for rows of y from `begin` to `end`. */
export function pool2(begin: i32, end: i32, worker: i32, x: usize, y: usize, width: i32, channels: i32, factor: f32): void {
  const bytes: usize = channels << 2;
  const line: usize = bytes * width * 2;
  const scale = f32x4.splat(factor);
  x += <usize>begin * line * 2;
  y += <usize>begin * (bytes * width);
  for (let r = begin; r < end; r++) {
    for (let w = 0; w < width; w++) {
      let c = 0;
      for (; c + 4 <= channels; c += 4) {
        const at = x + (c << 2);
        const above = f32x4.add(v128.load(at), v128.load(at + bytes));
        const below = f32x4.add(v128.load(at + line), v128.load(at + line + bytes));
        v128.store(y + (c << 2), f32x4.mul(f32x4.add(above, below), scale));
      }
      for (; c < channels; c++) {
        const at = x + (c << 2);
        const above = load<f32>(at) + load<f32>(at + bytes);
        const below = load<f32>(at + line) + load<f32>(at + line + bytes);
        store<f32>(y + (c << 2), (above + below) * factor);
      }
      x += bytes * 2;
      y += bytes;
    }
    x += line;
  }
}

/** Sum of squares in float64. */
export function squares(x: usize, size: i32): f64 {
  let s0 = f64x2.splat(0), s1 = s0;
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const v = v128.load(x + (i << 2));
    const low = f64x2.promote_low_f32x4(v);
    const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 0, 1));
    s0 = f64x2.add(s0, f64x2.mul(low, low));
    s1 = f64x2.add(s1, f64x2.mul(high, high));
  }
  const both = f64x2.add(s0, s1);
  let total = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < size; i++) {
    const value = <f64>load<f32>(x + (i << 2));
    total += value * value;
  }
  return total;
}

/** One AdamW update in place; see HostOptimizer for the equations. */
export function adamw(
  param: usize, gradient: usize, first: usize, second: usize, size: i32,
  scale: f32, beta1: f32, beta2: f32, epsilon: f32, rate: f32, shrink: f32, secondScale: f32,
): void {
  const keep1: f32 = <f32>1 - beta1, keep2: f32 = <f32>1 - beta2;
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const at: usize = i << 2;
    const g = f32x4.mul(v128.load(gradient + at), f32x4.splat(scale));
    const m = f32x4.add(f32x4.mul(f32x4.splat(beta1), v128.load(first + at)), f32x4.mul(f32x4.splat(keep1), g));
    const v = f32x4.add(f32x4.mul(f32x4.splat(beta2), v128.load(second + at)), f32x4.mul(f32x4.splat(keep2), f32x4.mul(g, g)));
    v128.store(first + at, m);
    v128.store(second + at, v);
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, f32x4.splat(secondScale))), f32x4.splat(epsilon));
    const move = f32x4.div(f32x4.mul(f32x4.splat(rate), m), root);
    v128.store(param + at, f32x4.sub(f32x4.mul(f32x4.splat(shrink), v128.load(param + at)), move));
  }
  for (; i < size; i++) {
    const at: usize = i << 2;
    const g = load<f32>(gradient + at) * scale;
    const m = beta1 * load<f32>(first + at) + keep1 * g;
    const v = beta2 * load<f32>(second + at) + keep2 * g * g;
    store<f32>(first + at, m);
    store<f32>(second + at, v);
    store<f32>(param + at, shrink * load<f32>(param + at) - rate * m / (sqrt<f32>(v * secondScale) + epsilon));
  }
}

/** average += share * (x - average). */
export function average(ema: usize, x: usize, size: i32, share: f32): void {
  const part = f32x4.splat(share);
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const at: usize = i << 2;
    const e = v128.load(ema + at);
    v128.store(ema + at, f32x4.add(e, f32x4.mul(part, f32x4.sub(v128.load(x + at), e))));
  }
  for (; i < size; i++) {
    const e = load<f32>(ema + (i << 2));
    store<f32>(ema + (i << 2), e + share * (load<f32>(x + (i << 2)) - e));
  }
}
