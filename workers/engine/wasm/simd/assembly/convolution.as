// Convolutions as matrix products that gather their rows: no patch matrix is ever built. All numbers are float32, all pointers byte
// addresses in tfjs' heap.
//
// A table, made per geometry, has for every tap and output pixel the byte offset of the input pixel inside its image, or -1 where
// the tap falls on padding.

import { multiplyAdd } from './lanes';

/** Rows of one register tile. Four rows of eight filters take eight sums, which leaves the compiler registers to spare. */
const ROWS: i32 = 4;
/** Output rows whose addresses are kept at once: their pixels and one filter panel stay in the first cache. */
const CHUNK: i32 = 96;

/** Bytes of scratch `convolve` needs: packed panels, a row of zeros that padding reads, and row addresses for each worker. */
export function convolveScratch(taps: i32, depth: i32, filters: i32, workers: i32): i32 {
  return panelsBytes(taps, depth, filters) + depth * 4 + workers * taps * CHUNK * 4;
}

function panelsBytes(taps: i32, depth: i32, filters: i32): i32 {
  return taps * depth * ((filters + 7) >> 3) * 32;
}

/** Packs [taps, depth, filters] into panels of eight filters, the last padded with zeros. */
function packForward(filter: usize, panels: usize, taps: i32, depth: i32, filters: i32): void {
  const rows = taps * depth;
  let to = panels;
  for (let f = 0; f < filters; f += 8) {
    const width = min(8, filters - f);
    for (let r = 0; r < rows; r++) {
      const from = filter + ((r * filters + f) << 2);
      if (width == 8) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        memory.fill(to, 0, 32);
        memory.copy(to, from, width << 2);
      }
      to += 32;
    }
  }
}

/** As `packForward` for [taps, filters, depth]: the product with the transposed filter, which the input gradient needs. */
function packTransposed(filter: usize, panels: usize, taps: i32, depth: i32, filters: i32): void {
  let to = panels;
  for (let f = 0; f < filters; f += 8) {
    const width = min(8, filters - f);
    for (let t = 0; t < taps; t++) {
      for (let d = 0; d < depth; d++) {
        for (let lane = 0; lane < 8; lane++) {
          const value: f32 = lane < width ? load<f32>(filter + (((t * filters + f + lane) * depth + d) << 2)) : 0;
          store<f32>(to, value);
          to += 4;
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function put(out: usize, low: v128, high: v128, width: i32): void {
  if (width == 8) {
    v128.store(out, low);
    v128.store(out, high, 16);
    return;
  }
  let lanes = low;
  let left = width;
  if (left >= 4) {
    v128.store(out, low);
    out += 16;
    left -= 4;
    lanes = high;
  }
  if (left > 0) store<f32>(out, f32x4.extract_lane(lanes, 0));
  if (left > 1) store<f32>(out, f32x4.extract_lane(lanes, 1), 4);
  if (left > 2) store<f32>(out, f32x4.extract_lane(lanes, 2), 8);
}

/** Prepares scratch for `convolve`: must be done before any worker starts on it. */
export function pack(filter: usize, scratch: usize, taps: i32, depth: i32, filters: i32, transposed: bool): void {
  if (transposed) packTransposed(filter, scratch, taps, depth, filters);
  else packForward(filter, scratch, taps, depth, filters);
  memory.fill(scratch + panelsBytes(taps, depth, filters), 0, depth << 2);
}

/**
 * out[n, p, f] = sum over taps t and depth d of x[n, table[t, p], d] filter[t, d, f], for tiles of four rows (n, p) from `begin` to `end`. The
 * filter lies in scratch, see `pack`.
 */
export function convolve(
  begin: i32, end: i32, worker: i32, x: usize, table: usize, out: usize, scratch: usize,
  images: i32, pixels: i32, imageBytes: i32, taps: i32, depth: i32, filters: i32,
): void {
  const panelBytes: usize = taps * depth * 32;
  const panelCount = (filters + 7) >> 3;
  const zeros = scratch + panelBytes * <usize>panelCount;
  const addresses = zeros + ((depth + worker * taps * CHUNK) << 2);

  const rows = min(images * pixels, end * ROWS);
  for (let first = begin * ROWS; first < rows; first += CHUNK) {
    const count = min(CHUNK, rows - first);
    const tiles = (count + ROWS - 1) / ROWS;
    let image = first / pixels;
    let pixel = first - image * pixels;
    for (let r = 0; r < tiles * ROWS; r++) {
      const base = x + image * imageBytes;
      // Addresses of one tile lie together, tap by tap; rows past the end repeat the last one and are not stored.
      let to = addresses + (((r / ROWS) * taps * ROWS + r % ROWS) << 2);
      for (let t = 0; t < taps; t++) {
        const offset = load<i32>(table + ((t * pixels + pixel) << 2));
        store<u32>(to, <u32>(offset < 0 ? zeros : base + offset));
        to += ROWS << 2;
      }
      if (r + 1 < count) {
        pixel++;
        if (pixel == pixels) { pixel = 0; image++; }
      }
    }
    for (let panel = 0; panel < panelCount; panel++) {
      const f = panel << 3;
      const width = min(8, filters - f);
      for (let tile = 0; tile < tiles; tile++) {
        const row = first + tile * ROWS;
        block(
          addresses + ((tile * taps * ROWS) << 2), scratch + <usize>panel * panelBytes, out + ((row * filters + f) << 2), filters << 2, taps, depth, width, min(ROWS, rows - row), zeros,
        );
      }
    }
  }
}

/** One register tile: four gathered rows times one panel. */
function block(
  addresses: usize, panel: usize, out: usize, stride: usize, taps: i32, depth: i32, width: i32, valid: i32, zeros: usize,
): void {
  let l0 = f32x4.splat(0), h0 = l0;
  let l1 = l0, l2 = l0, l3 = l0;
  let h1 = h0, h2 = h0, h3 = h0;
  const depthBytes: usize = depth << 2;
  for (let t = 0; t < taps; t++) {
    let a0: usize = load<u32>(addresses), a1: usize = load<u32>(addresses, 4);
    let a2: usize = load<u32>(addresses, 8), a3: usize = load<u32>(addresses, 12);
    addresses += ROWS << 2;
    if (a0 == zeros && a1 == zeros && a2 == zeros && a3 == zeros) {
      panel += depthBytes << 3;
      continue;
    }
    const end = a0 + depthBytes;
    while (a0 != end) {
      const low = v128.load(panel);
      const high = v128.load(panel, 16);
      panel += 32;
      let a = v128.load_splat<f32>(a0);
      l0 = multiplyAdd(a, low, l0); h0 = multiplyAdd(a, high, h0);
      a = v128.load_splat<f32>(a1);
      l1 = multiplyAdd(a, low, l1); h1 = multiplyAdd(a, high, h1);
      a = v128.load_splat<f32>(a2);
      l2 = multiplyAdd(a, low, l2); h2 = multiplyAdd(a, high, h2);
      a = v128.load_splat<f32>(a3);
      l3 = multiplyAdd(a, low, l3); h3 = multiplyAdd(a, high, h3);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4;
    }
  }
  put(out, l0, h0, width);
  if (valid > 1) put(out + stride, l1, h1, width);
  if (valid > 2) put(out + stride * 2, l2, h2, width);
  if (valid > 3) put(out + stride * 3, l3, h3, width);
}

/**
 * gradient[t, d, f] = sum over images and pixels of x[n, table[t, p], d] dy[n, p, f], for blocks of four d, numbered tap by tap, from `begin` to `end`.
 * Images are taken a few at a time so that both operands stay in the first cache while the blocks pass over them; sums are kept in a fixed order.
 */
export function filterGradient(
  begin: i32, end: i32, worker: i32, x: usize, table: usize, dy: usize, gradient: usize,
  images: i32, pixels: i32, imageBytes: i32, taps: i32, depth: i32, filters: i32,
): void {
  const blocks = (depth + 3) >> 2;
  for (let unit = begin; unit < end; unit++) {
    const t = unit / blocks;
    const d = (unit - t * blocks) << 2;
    memory.fill(gradient + (((t * depth + d) * filters) << 2), 0, (min(4, depth - d) * filters) << 2);
  }
  const outBytes = (pixels * filters) << 2;
  const together = max(1, 24576 / (imageBytes + outBytes));
  for (let first = 0; first < images; first += together) {
    const count = min(together, images - first);
    const xs = x + first * imageBytes;
    const dys = dy + first * outBytes;
    for (let unit = begin; unit < end; unit++) {
      const t = unit / blocks;
      const d = (unit - t * blocks) << 2;
      const offsets = table + ((t * pixels) << 2);
      const to = gradient + (((t * depth + d) * filters) << 2);
      for (let f = 0; f < filters; f += 8) {
        if (d + 4 <= depth && f + 8 <= filters) {
          outer(xs + (d << 2), offsets, dys + (f << 2), to + (f << 2), count, pixels, imageBytes, filters);
        } else {
          let edge = f;
          if (d + 4 <= depth && f + 4 <= filters) {
            outerNarrow(xs + (d << 2), offsets, dys + (f << 2), to + (f << 2), count, pixels, imageBytes, filters);
            edge += 4;
          }
          if (edge < filters) {
            outerEdge(
              xs + (d << 2), offsets, dys + (edge << 2), to + (edge << 2), count, pixels, imageBytes, filters,
              min(4, depth - d), min(8, filters - edge),
            );
          }
        }
      }
    }
  }
}

/** Adds a 4 x 8 tile of outer products. */
function outer(
  x: usize, offsets: usize, dy: usize, to: usize, images: i32, pixels: i32, imageBytes: i32, filters: i32,
): void {
  const stride: usize = filters << 2;
  let l0 = v128.load(to), h0 = v128.load(to, 16);
  let l1 = v128.load(to + stride), h1 = v128.load(to + stride, 16);
  let l2 = v128.load(to + stride * 2), h2 = v128.load(to + stride * 2, 16);
  let l3 = v128.load(to + stride * 3), h3 = v128.load(to + stride * 3, 16);
  for (let n = 0; n < images; n++) {
    for (let p = 0; p < pixels; p++) {
      const offset = load<i32>(offsets + (p << 2));
      if (offset >= 0) {
        const at = x + offset;
        const low = v128.load(dy);
        const high = v128.load(dy, 16);
        let a = v128.load_splat<f32>(at);
        l0 = multiplyAdd(a, low, l0); h0 = multiplyAdd(a, high, h0);
        a = v128.load_splat<f32>(at, 4);
        l1 = multiplyAdd(a, low, l1); h1 = multiplyAdd(a, high, h1);
        a = v128.load_splat<f32>(at, 8);
        l2 = multiplyAdd(a, low, l2); h2 = multiplyAdd(a, high, h2);
        a = v128.load_splat<f32>(at, 12);
        l3 = multiplyAdd(a, low, l3); h3 = multiplyAdd(a, high, h3);
      }
      dy += stride;
    }
    x += imageBytes;
  }
  v128.store(to, l0); v128.store(to, h0, 16);
  v128.store(to + stride, l1); v128.store(to + stride, h1, 16);
  v128.store(to + stride * 2, l2); v128.store(to + stride * 2, h2, 16);
  v128.store(to + stride * 3, l3); v128.store(to + stride * 3, h3, 16);
}

/** As `outer` for four filters: the last layer of a net often has no more. */
function outerNarrow(
  x: usize, offsets: usize, dy: usize, to: usize, images: i32, pixels: i32, imageBytes: i32, filters: i32,
): void {
  const stride: usize = filters << 2;
  let s0 = v128.load(to), s1 = v128.load(to + stride), s2 = v128.load(to + stride * 2), s3 = v128.load(to + stride * 3);
  for (let n = 0; n < images; n++) {
    for (let p = 0; p < pixels; p++) {
      const offset = load<i32>(offsets + (p << 2));
      if (offset >= 0) {
        const at = x + offset;
        const row = v128.load(dy);
        s0 = multiplyAdd(v128.load_splat<f32>(at), row, s0);
        s1 = multiplyAdd(v128.load_splat<f32>(at, 4), row, s1);
        s2 = multiplyAdd(v128.load_splat<f32>(at, 8), row, s2);
        s3 = multiplyAdd(v128.load_splat<f32>(at, 12), row, s3);
      }
      dy += stride;
    }
    x += imageBytes;
  }
  v128.store(to, s0);
  v128.store(to + stride, s1);
  v128.store(to + stride * 2, s2);
  v128.store(to + stride * 3, s3);
}

/** The tiles at the edges, number by number. */
function outerEdge(
  x: usize, offsets: usize, dy: usize, to: usize, images: i32, pixels: i32, imageBytes: i32, filters: i32, height: i32, width: i32,
): void {
  for (let d = 0; d < height; d++) {
    for (let f = 0; f < width; f++) {
      let sum = load<f32>(to + ((d * filters + f) << 2));
      let row = dy + (f << 2);
      for (let n = 0; n < images; n++) {
        const base = x + n * imageBytes + (d << 2);
        for (let p = 0; p < pixels; p++) {
          const offset = load<i32>(offsets + (p << 2));
          if (offset >= 0) sum += load<f32>(base + offset) * load<f32>(row);
          row += filters << 2;
        }
      }
      store<f32>(to + ((d * filters + f) << 2), sum);
    }
  }
}
