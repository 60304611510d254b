import type { Activation } from '../../ops/standardize';
import { activate, itemHead, SIZE, slope, tree } from './normalization-lanes';
import { declare, lineGrid, type Program, type Storage } from './program';

/** Group normalisation of x [images, pixels, channels]. */
export interface Shape {
  images: number; pixels: number; channels: number; groups: number;
  epsilon: number;
  activation: Activation;
  /** Whether scale and shift [images, channels] follow the affine part. */
  film: boolean;
}

/** Rows the first backward pass leaves an image: mean, rate, both group means of the gradient, and its two sums a channel. */
export const PACK_ROWS = 6;

const keyOf = (name: string, s: Shape, lanes: number | '') => `${name} ${Object.values(s).join()} ${lanes}`;

/** Four channels at once where `width`, which they are cut into, holds whole quads of them. */
function unitOf(s: Shape, width = s.channels / s.groups): { type: 'f32' | 'vec4f'; wide: number; units: number; perImage: number } {
  const wide = width % 4 === 0 ? 4 : 1;
  return { type: wide === 4 ? 'vec4f' : 'f32', wide, units: width / wide, perImage: s.channels / wide };
}

const sum = (value: string, wide: number) => (wide === 4 ? `dot(${value}, vec4f(1.0))` : value);

function affineBuffers(s: Shape, type: 'f32' | 'vec4f', wide: number): Storage[] {
  const one = { type, length: s.channels / wide };
  const each = { type, length: (s.images * s.channels) / wide };
  return [{ name: 'gamma', ...one }, { name: 'beta', ...one }, ...(s.film ? [{ name: 'scale', ...each }, { name: 'shift', ...each }] : [])];
}

/** `factor` and `offset` of z = factor * standard + offset for channel unit c, which is unit `at` of all images. */
function affine(s: Shape): string {
  return s.film
    ? 'let more = 1.0 + scale[at]; let factor = gamma[c] * more; let offset = beta[c] * more + shift[at];'
    : 'let factor = gamma[c]; let offset = beta[c];';
}

/** One item a group of an image: a thread, or a workgroup of `lanes`. Two passes over x, since one loses the variance of a large mean. */
function statisticsBody(s: Shape, lanes: number): { grid: [number, number, number]; head: string } {
  const { wide, units, perImage, type } = unitOf(s);
  const items = s.images * s.groups;
  const { grid, head } = itemHead(items, lanes);
  const share = `1.0 / ${s.pixels * units * wide}.0`;
  const loop = (body: string) => `
  for (var e = lane; e < ${s.pixels * units}u; e += ${lanes}u) {
    let value = x[base + e / ${units}u * ${perImage}u + e % ${units}u];
    ${body}
  }`;
  // Without lanes the two loops are nested, so that nothing is divided inside.
  const nested = (body: string) => `
  for (var row = 0u; row < ${s.pixels}u; row++) {
    for (var u = 0u; u < ${units}u; u++) {
      let value = x[base + row * ${perImage}u + u];
      ${body}
    }
  }`;
  const each = lanes === 1 ? nested : loop;
  return {
    grid,
    head: `${head}
  let image = item / ${s.groups}u;
  let first = item % ${s.groups}u * ${units}u;
  let base = image * ${s.pixels * perImage}u + first;
  var sums = ${type}();
  ${each('sums += value;')}
  let mean = total(${sum('sums', wide)}, lane) * (${share});
  var squares = ${type}();
  ${each('let centred = value - mean; squares = fma(centred, centred, squares);')}
  let rate = inverseSqrt(total(${sum('squares', wide)}, lane) * (${share}) + ${s.epsilon});`,
  };
}

/** Mean and 1 / sqrt(variance + epsilon) of every group, written for each of its channels: [images, 2, channels]. */
export function statisticsProgram(s: Shape, lanes: number): Program {
  const { type, wide, units, perImage } = unitOf(s);
  const { grid, head } = statisticsBody(s, lanes);
  const wgsl = () => `
${declare([
    { name: 'x', type, length: (s.images * s.pixels * s.channels) / wide },
    { name: 'out', type, length: s.images * 2 * perImage, written: true },
  ])}
${tree(lanes)}
${head}
  for (var u = lane; u < ${units}u; u += ${lanes}u) {
    let at = image * ${2 * perImage}u + first + u;
    out[at] = ${type}(mean);
    out[at + ${perImage}u] = ${type}(rate);
  }
}`;
  return { key: keyOf('groupNormStatistics', s, lanes), wgsl, grid };
}

/** Head of a shader with one thread a unit of channels of one pixel: c, at and image as in `affine`. */
function pointHead(s: Shape): { grid: [number, number, number]; count: number; head: string } {
  const { units } = unitOf(s, s.channels);
  const count = s.images * s.pixels * units;
  const { grid, index } = lineGrid(count, SIZE);
  return {
    grid,
    count,
    head: `
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${count}u) { return; }
  let c = i % ${units}u;
  let image = i / ${units * s.pixels}u;
  let at = image * ${units}u + c;`,
  };
}

/** y = act(factor (x - mean) rate + offset). */
export function applyProgram(s: Shape): Program {
  const { type, wide, units } = unitOf(s, s.channels);
  const { grid, count, head } = pointHead(s);
  const wgsl = () => `
${declare([
    { name: 'x', type, length: count }, ...affineBuffers(s, type, wide),
    { name: 'statistics', type, length: s.images * 2 * units }, { name: 'out', type, length: count, written: true },
  ])}
${head}
  let own = image * ${2 * units}u + c;
  ${affine(s)}
  let z = fma((x[i] - statistics[own]) * statistics[own + ${units}u], factor, offset);
  out[i] = ${activate('z', s.activation)};
}`;
  return { key: keyOf('groupNorm', s, ''), wgsl, grid };
}

/**
 * First backward pass, one item a group: statistics again, then for each channel S = sum of g and P = sum of g standard, with g the upstream gradient before
 * the activation; and the group's means of factor g and factor g standard. Lanes share the pixels, or the channels where those are few.
 */
export function gradientSumsProgram(s: Shape, lanes: number): Program {
  const { type, wide, units, perImage } = unitOf(s);
  const { grid, head } = statisticsBody(s, lanes);
  const size = (s.images * s.pixels * s.channels) / wide;
  const byPixel = lanes > 1 && s.pixels >= lanes;
  const [start, step] = byPixel ? ['0u', 1] : ['lane', lanes];
  const totals = (name: string) => {
    if (!byPixel) return name;
    return wide === 4 ? `vec4f(${['x', 'y', 'z', 'w'].map((q) => `total(${name}.${q}, lane)`).join(', ')})` : `total(${name}, lane)`;
  };
  const share = `1.0 / ${s.pixels * units * wide}.0`;
  const groupMean = (name: string) => (byPixel ? name : `total(${name}, lane)`);
  const wgsl = () => `
${declare([
    { name: 'x', type, length: size }, ...affineBuffers(s, type, wide), { name: 'dy', type, length: size },
    { name: 'out', type, length: s.images * PACK_ROWS * perImage, written: true },
  ])}
${tree(lanes)}
${slope(type, s.activation)}
${head}
  var plain = 0.0;
  var weighted = 0.0;
  let packed = image * ${PACK_ROWS * perImage}u + first;
  for (var u = ${start}; u < ${units}u; u += ${step}u) {
    let c = first + u;
    let at = image * ${perImage}u + c;
    ${affine(s)}
    var ownSum = ${type}();
    var ownProduct = ${type}();
    for (var row = ${byPixel ? 'lane' : '0u'}; row < ${s.pixels}u; row += ${byPixel ? lanes : 1}u) {
      let source = base + u + row * ${perImage}u;
      let standard = (x[source] - mean) * rate;
      let g = dy[source] * slope(fma(standard, factor, offset));
      ownSum += g;
      ownProduct = fma(g, standard, ownProduct);
    }
    let allSums = ${totals('ownSum')};
    let products = ${totals('ownProduct')};
    plain += ${sum('(allSums * factor)', wide)};
    weighted += ${sum('(products * factor)', wide)};
    ${byPixel ? 'if (lane == 0u) {' : '{'}
      out[packed + u + ${4 * perImage}u] = allSums;
      out[packed + u + ${5 * perImage}u] = products;
    }
  }
  let plainMean = ${groupMean('plain')} * (${share});
  let weightedMean = ${groupMean('weighted')} * (${share});
  for (var u = lane; u < ${units}u; u += ${lanes}u) {
    out[packed + u] = ${type}(mean);
    out[packed + u + ${perImage}u] = ${type}(rate);
    out[packed + u + ${2 * perImage}u] = ${type}(plainMean);
    out[packed + u + ${3 * perImage}u] = ${type}(weightedMean);
  }
}`;
  return { key: keyOf('groupNormSums', s, lanes), wgsl, grid };
}

/** dx = rate (factor g - plain - standard weighted). */
export function inputGradientProgram(s: Shape): Program {
  const { type, wide, units } = unitOf(s, s.channels);
  const { grid, count, head } = pointHead(s);
  const wgsl = () => `
${declare([
    { name: 'x', type, length: count }, ...affineBuffers(s, type, wide), { name: 'dy', type, length: count },
    { name: 'packed', type, length: s.images * PACK_ROWS * units }, { name: 'out', type, length: count, written: true },
  ])}
${slope(type, s.activation)}
${head}
  let own = image * ${PACK_ROWS * units}u + c;
  ${affine(s)}
  let rate = packed[own + ${units}u];
  let standard = (x[i] - packed[own]) * rate;
  let g = dy[i] * slope(fma(standard, factor, offset));
  out[i] = rate * (factor * g - packed[own + ${2 * units}u] - standard * packed[own + ${3 * units}u]);
}`;
  return { key: keyOf('groupNormInputGradient', s, ''), wgsl, grid };
}

/** dgamma = sum over images of (1 + scale) P, dbeta likewise of S, dscale = gamma P + beta S, dshift = S. */
export function parameterGradientProgram(s: Shape, images: number): Program {
  const { type, units } = unitOf(s, s.channels);
  const { grid, index } = lineGrid(units, SIZE);
  const one = { type, length: units };
  const each = { type, length: images * units };
  const wgsl = () => `
${declare([
    { name: 'packed', type, length: images * PACK_ROWS * units },
    ...(s.film ? [{ name: 'gamma', ...one }, { name: 'beta', ...one }, { name: 'scale', ...each }] : []),
    { name: 'dgamma', ...one, written: true }, { name: 'dbeta', ...one, written: true },
    ...(s.film ? [{ name: 'dscale', ...each, written: true }, { name: 'dshift', ...each, written: true }] : []),
  ])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = ${index};
  if (c >= ${units}u) { return; }
  var first = ${type}();
  var second = ${type}();
  for (var image = 0u; image < ${images}u; image++) {
    let sums = packed[image * ${PACK_ROWS * units}u + ${4 * units}u + c];
    let products = packed[image * ${PACK_ROWS * units}u + ${5 * units}u + c];
    ${s.film ? `
    let at = image * ${units}u + c;
    let more = 1.0 + scale[at];
    dscale[at] = gamma[c] * products + beta[c] * sums;
    dshift[at] = sums;` : 'let more = 1.0;'}
    first += products * more;
    second += sums * more;
  }
  dgamma[c] = first;
  dbeta[c] = second;
}`;
  return { key: keyOf(`groupNormParameters ${images}`, s, ''), wgsl, grid };
}
