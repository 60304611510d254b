import type { Activation } from '../../ops/standardize';
import { activate, SIZE, slope } from './normalization-lanes';
import { declare, lineGrid, type Program, type Storage } from './program';

/** x [images, pixels, channels], normalised for each image and channel. Batch normalisation is the same with one image that holds the whole batch. */
export interface ChannelShape {
  images: number; pixels: number; channels: number;
  epsilon: number;
  activation: Activation;
}

/** How the pixels of an image are shared: `parts` threads a channel, each with `rows` neighbouring ones (the last with fewer). */
export interface Parts {
  parts: number;
  rows: number;
}

/** Rows one thread adds up at most, which bounds what rounding adds up to, and at least. */
const MOST_ROWS = 512;
const LEAST_ROWS = 8;
/** Results of the first pass that one thread of the second adds up at most, unless the rows leave no choice. */
const MOST_PARTS = 256;

/** Four channels at once where there are whole quads of them. */
export function unitOf({ channels }: Pick<ChannelShape, 'channels'>): { type: 'f32' | 'vec4f'; units: number } {
  return channels % 4 === 0 ? { type: 'vec4f', units: channels / 4 } : { type: 'f32', units: channels };
}

/** Enough parts to keep `threads` threads busy. */
export function partsOf(s: Pick<ChannelShape, 'images' | 'pixels' | 'channels'>, threads: number): Parts {
  const wanted = Math.min(MOST_PARTS, Math.ceil(threads / (s.images * unitOf(s).units)), Math.floor(s.pixels / LEAST_ROWS));
  const rows = Math.ceil(s.pixels / Math.max(1, wanted, Math.ceil(s.pixels / MOST_ROWS)));
  return { parts: Math.ceil(s.pixels / rows), rows };
}

const keyOf = (name: string, s: Partial<ChannelShape>, ...more: unknown[]) => `${name} ${[...Object.values(s), ...more].join()}`;

/** One thread an image, part and channel unit: `at` is the unit's place among the images', `base` its first value, and rows `first` to `last`. */
export function partHead(s: ChannelShape, { parts, rows }: Parts): { grid: [number, number, number]; head: string } {
  const { units } = unitOf(s);
  const items = s.images * parts * units;
  const { grid, index } = lineGrid(items, SIZE);
  return {
    grid,
    head: `
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${items}u) { return; }
  let c = i % ${units}u;
  let part = i / ${units}u % ${parts}u;
  let image = i / ${units * parts}u;
  let at = image * ${units}u + c;
  let base = image * ${s.pixels * units}u + c;
  let first = part * ${rows}u;
  let last = min(first + ${rows}u, ${s.pixels}u);`,
  };
}

/**
 * Mean and biased variance of every image and channel, [images, channels] each. With more than one part it leaves [images, parts, 2, channels]
 * instead: the mean of each part and the sum of squares about that mean, since a difference of large sums loses the variance; and `apart` in any case.
 */
export function momentsProgram(s: ChannelShape, p: Parts, apart = false): Program {
  const { type, units } = unitOf(s);
  const { grid, head } = partHead(s, p);
  const alone = p.parts === 1 && !apart;
  const own = { type, length: s.images * units, written: true };
  const outs: Storage[] = alone
    ? [{ name: 'mean', ...own }, { name: 'variance', ...own }]
    : [{ name: 'partial', type, length: s.images * p.parts * 2 * units, written: true }];
  const wgsl = () => `
${declare([{ name: 'x', type, length: s.images * s.pixels * units }, ...outs])}
${head}
  var sum = ${type}();
  for (var r = first; r < last; r++) { sum += x[base + r * ${units}u]; }
  let centre = sum / f32(last - first);
  var squares = ${type}();
  for (var r = first; r < last; r++) {
    let centred = x[base + r * ${units}u] - centre;
    squares = fma(centred, centred, squares);
  }
  ${alone ? `
  mean[at] = centre;
  variance[at] = squares * (1.0 / ${s.pixels}.0);` : `
  let to = (image * ${p.parts}u + part) * ${2 * units}u + c;
  partial[to] = centre;
  partial[to + ${units}u] = squares;`}
}`;
  return { key: keyOf('channelMoments', s, p.parts, alone), wgsl, grid };
}

/** Mean and variance from those of the parts (Chan, Golub and LeVeque 1979). */
export function joinMomentsProgram(s: ChannelShape, { parts, rows }: Parts): Program {
  const { type, units } = unitOf(s);
  const { grid, index } = lineGrid(s.images * units, SIZE);
  const own = { type, length: s.images * units, written: true };
  const wgsl = () => `
${declare([{ name: 'partial', type, length: s.images * parts * 2 * units }, { name: 'mean', ...own }, { name: 'variance', ...own }])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${s.images * units}u) { return; }
  let base = i / ${units}u * ${parts * 2 * units}u + i % ${units}u;
  var sum = ${type}();
  for (var part = 0u; part < ${parts}u; part++) {
    sum += partial[base + part * ${2 * units}u] * f32(min(${rows}u, ${s.pixels}u - part * ${rows}u));
  }
  let centre = sum * (1.0 / ${s.pixels}.0);
  var squares = ${type}();
  for (var part = 0u; part < ${parts}u; part++) {
    let apart = partial[base + part * ${2 * units}u] - centre;
    let count = f32(min(${rows}u, ${s.pixels}u - part * ${rows}u));
    squares += fma(apart * count, apart, partial[base + part * ${2 * units}u + ${units}u]);
  }
  mean[i] = centre;
  variance[i] = squares * (1.0 / ${s.pixels}.0);
}`;
  return { key: keyOf('channelJoin', s, parts), wgsl, grid };
}

/** One thread a unit of one pixel: i, c and at as in `partHead`. */
export function pointHead(s: ChannelShape): { grid: [number, number, number]; count: number; head: string } {
  const { units } = unitOf(s);
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
  let at = i / ${s.pixels * units}u * ${units}u + c;`,
  };
}

/** x with gamma and beta [channels], mean and variance [images, channels]. */
export function givenBuffers(s: ChannelShape): Storage[] {
  const { type, units } = unitOf(s);
  const [one, each] = [{ type, length: units }, { type, length: s.images * units }];
  return [
    { name: 'x', type, length: s.images * s.pixels * units }, { name: 'gamma', ...one }, { name: 'beta', ...one },
    { name: 'mean', ...each }, { name: 'variance', ...each },
  ];
}

/** `rate` of unit `at`, as WGSL. */
export const rateOf = ({ epsilon }: ChannelShape) => `let rate = inverseSqrt(variance[at] + ${epsilon});`;

/** y = act(gamma (x - mean) rate + beta). */
export function applyProgram(s: ChannelShape): Program {
  const { type } = unitOf(s);
  const { grid, count, head } = pointHead(s);
  const wgsl = () => `
${declare([...givenBuffers(s), { name: 'out', type, length: count, written: true }])}
${head}
  ${rateOf(s)}
  let z = fma((x[i] - mean[at]) * rate, gamma[c], beta[c]);
  out[i] = ${activate('z', s.activation)};
}`;
  return { key: keyOf('channelNorm', s), wgsl, grid };
}

/** For every part and channel S = sum of g and P = sum of g standard, with g the upstream gradient before the activation: [images, parts, 2, channels]. */
export function sumsProgram(s: ChannelShape, p: Parts): Program {
  const { type, units } = unitOf(s);
  const { grid, head } = partHead(s, p);
  const wgsl = () => `
${declare([
    ...givenBuffers(s), { name: 'dy', type, length: s.images * s.pixels * units }, { name: 'out', type, length: s.images * p.parts * 2 * units, written: true },
  ])}
${slope(type, s.activation)}
${head}
  ${rateOf(s)}
  let centre = mean[at];
  let factor = gamma[c];
  let offset = beta[c];
  var sum = ${type}();
  var product = ${type}();
  for (var r = first; r < last; r++) {
    let standard = (x[base + r * ${units}u] - centre) * rate;
    let g = dy[base + r * ${units}u] * slope(fma(standard, factor, offset));
    sum += g;
    product = fma(g, standard, product);
  }
  let to = (image * ${p.parts}u + part) * ${2 * units}u + c;
  out[to] = sum;
  out[to + ${units}u] = product;
}`;
  return { key: keyOf('channelSums', s, p.parts), wgsl, grid };
}

/** Adds `parts` neighbouring pairs [2, channels] of each of `groups`. `apart` leaves S and P, the gradients of beta and gamma, as tensors of their own beside the pairs. */
export function addPairsProgram(groups: number, parts: number, channels: number, outs: 'pairs' | 'apart' | 'both'): Program {
  const { type, units } = unitOf({ channels });
  const width = 2 * units;
  const { grid, index } = lineGrid(groups * units, SIZE);
  const own = { type, length: groups * units, written: true };
  const wgsl = () => `
${declare([
    { name: 'partial', type, length: groups * parts * width },
    ...(outs === 'apart' ? [] : [{ name: 'pairs', type, length: groups * width, written: true }]),
    ...(outs === 'pairs' ? [] : [{ name: 'sums', ...own }, { name: 'products', ...own }]),
  ])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${groups * units}u) { return; }
  let group = i / ${units}u;
  let c = i % ${units}u;
  let base = group * ${parts * width}u + c;
  var sum = ${type}();
  var product = ${type}();
  for (var part = 0u; part < ${parts}u; part++) {
    sum += partial[base + part * ${width}u];
    product += partial[base + part * ${width}u + ${units}u];
  }
  ${outs === 'apart' ? '' : `
  pairs[group * ${width}u + c] = sum;
  pairs[group * ${width}u + ${units}u + c] = product;`}
  ${outs === 'pairs' ? '' : `
  sums[i] = sum;
  products[i] = product;`}
}`;
  return { key: keyOf('addPairs', {}, groups, parts, channels, outs), wgsl, grid };
}

/**
 * dx = gamma rate (g - S / pixels - standard P / pixels) where the statistics are those of x itself; gamma rate g where they are `fixed`.
 */
export function inputGradientProgram(s: ChannelShape, fixed: boolean): Program {
  const { type, units } = unitOf(s);
  const { grid, count, head } = pointHead(s);
  const share = `(1.0 / ${s.pixels}.0)`;
  const wgsl = () => `
${declare([
    ...givenBuffers(s), { name: 'dy', type, length: count }, ...(fixed ? [] : [{ name: 'pairs', type, length: s.images * 2 * units }]),
    { name: 'out', type, length: count, written: true },
  ])}
${slope(type, s.activation)}
${head}
  ${rateOf(s)}
  let standard = (x[i] - mean[at]) * rate;
  let g = dy[i] * slope(fma(standard, gamma[c], beta[c]));
  ${fixed ? '' : `let pair = at + at - c;
  let through = (pairs[pair] + standard * pairs[pair + ${units}u]) * ${share};`}
  out[i] = gamma[c] * rate * ${fixed ? 'g' : '(g - through)'};
}`;
  return { key: keyOf('channelInputGradient', s, fixed), wgsl, grid };
}

/** Gradient of mean and variance: dx = (dmean + 2 (x - mean) dvariance) / pixels. */
export function momentsGradientProgram(s: ChannelShape): Program {
  const { type, units } = unitOf(s);
  const { grid, count, head } = pointHead(s);
  const each = { type, length: s.images * units };
  const wgsl = () => `
${declare([
    { name: 'x', type, length: count }, { name: 'mean', ...each }, { name: 'dmean', ...each }, { name: 'dvariance', ...each },
    { name: 'out', type, length: count, written: true },
  ])}
${head}
  out[i] = fma(2.0 * (x[i] - mean[at]), dvariance[at], dmean[at]) * (1.0 / ${s.pixels}.0);
}`;
  return { key: keyOf('channelMomentsGradient', s), wgsl, grid };
}

/**
 * running rest + batch share for mean and variance at once, the batch's variance times `correction` first. Share and rest are tensors, or the momentum
 * and one minus it.
 */
export function runningProgram(channels: number, correction: number, momentum?: number): Program {
  const { grid, index } = lineGrid(channels, SIZE);
  const one = { type: 'f32', length: channels } as const;
  const single = { type: 'f32', length: 1 } as const;
  const [share, rest] = momentum === undefined ? ['share[0]', 'rest[0]'] : [momentum, 1 - momentum];
  const wgsl = () => `
${declare([
    { name: 'mean', ...one }, { name: 'variance', ...one }, { name: 'batchMean', ...one }, { name: 'batchVariance', ...one },
    ...(momentum === undefined ? [{ name: 'share', ...single }, { name: 'rest', ...single }] : []),
    { name: 'nextMean', ...one, written: true }, { name: 'nextVariance', ...one, written: true },
  ])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${channels}u) { return; }
  nextMean[i] = mean[i] * ${rest} + batchMean[i] * ${share};
  nextVariance[i] = variance[i] * ${rest} + batchVariance[i] * ${correction} * ${share};
}`;
  return { key: keyOf('runningStatistics', {}, channels, correction, momentum), wgsl, grid };
}
