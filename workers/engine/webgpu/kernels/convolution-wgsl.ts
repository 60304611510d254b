import { directives, elements, factorOf, readers, type Format } from './half';
import { declare, range } from './text';
import { accumulators, innerLoop, slabs, store } from './product-wgsl';
import { follow, outerOf, pointers, span, tileGrid, type Side, type Tile } from './tile';

/** Geometry of one 2-D convolution; one stride for both sides. */
export interface Geometry {
  batch: number; height: number; width: number; channels: number;
  kernelHeight: number; kernelWidth: number; filters: number;
  outHeight: number; outWidth: number;
  stride: number; top: number; left: number;
}

export const inputSize = (g: Geometry) => g.batch * g.height * g.width * g.channels;
export const outputSize = (g: Geometry) => g.batch * g.outHeight * g.outWidth * g.filters;
export const filterSize = (g: Geometry) => g.kernelHeight * g.kernelWidth * g.channels * g.filters;

/** Whether a forward tap can lie on padding. */
function padded(g: Geometry): boolean {
  const reaches = (out: number, kernel: number, before: number, size: number) => before > 0 || (out - 1) * g.stride + kernel - 1 - before >= size;
  return reaches(g.outHeight, g.kernelHeight, g.top, g.height) || reaches(g.outWidth, g.kernelWidth, g.left, g.width);
}

/**
 * Loops over taps, with the pointer and validity of each row's pixel in an image of height x width x depth. Negative coordinates are huge as
 * unsigned ones; `&` instead of `&&` spares a branch a row, on which compilers spend seconds.
 */
function tapLoop(
  { down, across, sign, height, width, units, masked, rows, tap, body }:
  { down: string; across: string; sign: '+' | '-'; height: number; width: number; units: number; masked: boolean; rows: number; tap: string; body: string },
): string {
  return `
  for (var ty = 0; ty < ${down}; ty++) {
    for (var tx = 0; tx < ${across}; tx++) {
      let tap = ${tap};
      ${range(rows).map((i) => `
      let sy${i} = y${i} ${sign} ty;
      let sx${i} = x${i} ${sign} tx;
      ${masked ? `let aIn${i} = (u32(sy${i}) < ${height}u) & (u32(sx${i}) < ${width}u);` : ''}
      let aAt${i} = ${masked ? 'select(0u, ' : '('}u32(origin${i} + sy${i} * ${width} + sx${i}) * ${units}u${masked ? `, aIn${i})` : ')'};`).join('')}
      ${body}
    }
  }`;
}

/**
 * y[p, o] = sum over taps and channels of x[p + tap, c] f[tap, c, o]: an implicit matrix product with one row an output pixel of the whole
 * batch. Rows find their pixel once; the inner loop runs over channels with constant steps. With `bias` a third operand [filters] is added.
 */
export function forwardProgram(g: Geometry, tile: Tile, format: Format, bias: boolean): { wgsl: () => string; grid: [number, number, number] } {
  const rows = g.batch * g.outHeight * g.outWidth;
  const { grid, head } = tileGrid(Math.ceil(rows / span(tile).rows), g.filters, tile, 1);
  const deep = g.channels % 4 === 0;
  const broad = g.filters % 4 === 0;
  const units = deep ? g.channels / 4 : g.channels;
  const width = broad ? g.filters / 4 : g.filters;
  const a: Side = { name: 'a', along: 'depth', vector: deep, half: format.a !== 'f32', size: tile.rows, stride: 1, masked: padded(g) };
  const b: Side = { name: 'b', along: 'outer', vector: broad, half: format.b !== 'f32', size: tile.columns, stride: width };
  const wgsl = () => `${directives(format)}
${declare([
    { name: 'aBuffer', ...elements(inputSize(g), deep, format.a, format.native) }, { name: 'bBuffer', ...elements(filterSize(g), broad, format.b, format.native) },
    ...(bias ? [{ name: 'bias', ...elements(g.filters, broad) }] : []), { name: 'out', ...elements(outputSize(g), broad), written: true },
  ])}
${readers(format)}
${slabs(a, b, tile)}
${head}
  let m0 = tileM * ${span(tile).rows}u;
  ${range(pointers(a, tile)).map((i) => `
  let p${i} = min(m0 + ${outerOf(a, tile, i)}, ${rows - 1}u);
  let origin${i} = i32(p${i} / ${g.outHeight * g.outWidth}u) * ${g.height * g.width};
  let y${i} = i32(p${i} % ${g.outHeight * g.outWidth}u / ${g.outWidth}u) * ${g.stride} - ${g.top};
  let x${i} = i32(p${i} % ${g.outWidth}u) * ${g.stride} - ${g.left};`).join('')}
  ${accumulators(tile)}
  ${tapLoop({
    down: String(g.kernelHeight), across: String(g.kernelWidth), sign: '+', height: g.height, width: g.width, units, masked: a.masked!, rows: pointers(a, tile),
    tap: `u32(ty * ${g.kernelWidth} + tx)`,
    body: `${follow(b, tile, { outer: g.filters, start: 'nTile', base: `tap * ${g.channels * width}u`, step: 1 })}\n${innerLoop(a, b, tile, `${units}u`)}`,
  })}
  ${store(tile, g.filters, broad, factorOf(format), (i) => `m0 + ownRow + ${i}u`, (i) => `m0 + ownRow + ${i}u < ${rows}u`, bias)}
}`;
  return { wgsl, grid };
}

/**
 * dx[p, c] = sum over the taps that reach p and over filters of dy[(p - tap) / stride, o] f[tap, c, o]. With a stride the input pixels fall into
 * stride^2 phases, each of which sees its own taps only: one layer of the grid a phase, each a dense product without a test of divisibility.
 */
export function inputGradientProgram(g: Geometry, tile: Tile, format: Format): { wgsl: () => string; grid: [number, number, number] } {
  const s = g.stride;
  const phaseRows = g.batch * Math.ceil(g.height / s) * Math.ceil(g.width / s);
  const { grid, head } = tileGrid(Math.ceil(phaseRows / span(tile).rows), g.channels, tile, s * s);
  const deep = g.filters % 4 === 0;
  const broad = g.channels % 4 === 0;
  const units = deep ? g.filters / 4 : g.filters;
  const a: Side = { name: 'a', along: 'depth', vector: deep, half: format.a !== 'f32', size: tile.rows, stride: 1, masked: g.kernelHeight > 1 || g.kernelWidth > 1 || s > 1 };
  const b: Side = { name: 'b', along: 'depth', vector: deep, half: format.b !== 'f32', size: tile.columns, stride: 1 };
  const wgsl = () => `${directives(format)}
${declare([
    { name: 'aBuffer', ...elements(outputSize(g), deep, format.a, format.native) }, { name: 'bBuffer', ...elements(filterSize(g), deep, format.b, format.native) },
    { name: 'out', ...elements(inputSize(g), broad), written: true },
  ])}
${readers(format)}
${slabs(a, b, tile)}
${head}
  let phaseY = layer / ${s}u;
  let phaseX = layer % ${s}u;
  let high = (${g.height + s - 1}u - phaseY) / ${s}u;
  let wide = (${g.width + s - 1}u - phaseX) / ${s}u;
  let rows = ${g.batch}u * high * wide;
  let m0 = tileM * ${span(tile).rows}u;
  if (m0 >= rows) { return; }
  let firstY = (phaseY + ${g.top}u) % ${s}u;
  let firstX = (phaseX + ${g.left}u) % ${s}u;
  ${range(pointers(a, tile)).map((i) => `
  let p${i} = min(m0 + ${outerOf(a, tile, i)}, rows - 1u);
  let origin${i} = i32(p${i} / (high * wide)) * ${g.outHeight * g.outWidth};
  let y${i} = i32(p${i} % (high * wide) / wide + (phaseY + ${g.top}u - firstY) / ${s}u);
  let x${i} = i32(p${i} % wide + (phaseX + ${g.left}u - firstX) / ${s}u);`).join('')}
  ${accumulators(tile)}
  ${tapLoop({
    down: `i32((${g.kernelHeight + s - 1}u - firstY) / ${s}u)`, across: `i32((${g.kernelWidth + s - 1}u - firstX) / ${s}u)`, sign: '-',
    height: g.outHeight, width: g.outWidth, units, masked: a.masked!, rows: pointers(a, tile),
    tap: `(firstY + u32(ty) * ${s}u) * ${g.kernelWidth}u + firstX + u32(tx) * ${s}u`,
    body: `${follow(b, tile, { outer: g.channels, start: 'nTile', base: `tap * ${g.channels * units}u`, step: units })}
${innerLoop(a, b, tile, `${units}u`)}`,
  })}
  ${store(
    tile, g.channels, broad, factorOf(format),
    // The phase's pixels are every s-th of every s-th row.
    (i) => {
      const p = `(m0 + ownRow + ${i}u)`;
      return `(${p} / (high * wide) * ${g.height}u + ${p} % (high * wide) / wide * ${s}u + phaseY) * ${g.width}u + ${p} % wide * ${s}u + phaseX`;
    },
    (i) => `m0 + ownRow + ${i}u < rows`,
  )}
}`;
  return { wgsl, grid };
}

/**
 * First pass of df[tap, c, o] = sum over output pixels of x[p + tap, c] dy[p, o]: every layer of the grid adds up its own rows of output pixels
 * and writes its own part, so that sums are short, and the same in every run. Along a row the range of pixels a tap sees is known
 * beforehand, so the inner loop tests nothing.
 */
export function filterGradientProgram(g: Geometry, tile: Tile, parts: number, format: Format): { wgsl: () => string; grid: [number, number, number] } {
  const tiles = Math.ceil(g.channels / span(tile).rows);
  const taps = g.kernelHeight * g.kernelWidth;
  const { grid, head } = tileGrid(taps * tiles, g.filters, tile, parts);
  const deep = g.channels % 4 === 0;
  const broad = g.filters % 4 === 0;
  const units = deep ? g.channels / 4 : g.channels;
  const width = broad ? g.filters / 4 : g.filters;
  const lines = g.batch * g.outHeight;
  const share = Math.ceil(lines / parts);
  const a: Side = { name: 'a', along: 'outer', vector: deep, half: format.a !== 'f32', size: tile.rows, stride: units * g.stride };
  const b: Side = { name: 'b', along: 'outer', vector: broad, half: format.b !== 'f32', size: tile.columns, stride: width };
  const wgsl = () => `${directives(format)}
${declare([
    { name: 'aBuffer', ...elements(inputSize(g), deep, format.a, format.native) }, { name: 'bBuffer', ...elements(outputSize(g), broad, format.b, format.native) },
    { name: 'out', ...elements(parts * filterSize(g), broad), written: true },
  ])}
${readers(format)}
${slabs(a, b, tile)}
${head}
  let tap = tileM / ${tiles}u;
  let c0 = tileM % ${tiles}u * ${span(tile).rows}u;
  let ty = i32(tap / ${g.kernelWidth}u) - ${g.top};
  let tx = i32(tap % ${g.kernelWidth}u) - ${g.left};
  let low = (max(0, -tx) + ${g.stride - 1}) / ${g.stride};
  let high = min(${g.outWidth}, (max(0, ${g.width} - tx) + ${g.stride - 1}) / ${g.stride});
  let count = u32(max(0, high - low));
  ${accumulators(tile)}
  let end = min((layer + 1u) * ${share}u, ${lines}u);
  var image = layer * ${share}u / ${g.outHeight}u;
  var y = i32(layer * ${share}u % ${g.outHeight}u);
  for (var line = layer * ${share}u; line < end; line++) {
    let sy = y * ${g.stride} + ty;
    if (sy >= 0 && sy < ${g.height}) {
      let source = u32((i32(image) * ${g.height} + sy) * ${g.width} + low * ${g.stride} + tx) * ${units}u;
      let upstream = (line * ${g.outWidth}u + u32(low)) * ${width}u;
      ${follow(a, tile, { outer: g.channels, start: 'c0', base: 'source', step: 1 })}
      ${follow(b, tile, { outer: g.filters, start: 'nTile', base: 'upstream', step: 1 })}
      ${innerLoop(a, b, tile, 'count')}
    }
    y++;
    if (y == ${g.outHeight}) { y = 0; image++; }
  }
  ${store(
    tile, g.filters, broad, factorOf(format), (i) => `(layer * ${taps}u + tap) * ${g.channels}u + c0 + ownRow + ${i}u`, (i) => `c0 + ownRow + ${i}u < ${g.channels}u`,
  )}
}`;
  return { wgsl, grid };
}
