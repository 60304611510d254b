import type { Activation } from '../../ops/standardize';
import { unitOf, type ChannelShape, type Parts } from './normalization-channels-wgsl';
import { activate, SIZE, slope } from './normalization-lanes';
import { declare, lineGrid, type Program } from './program';

/** x [lines, columns, channels], the rows of all images in one, normalised by given statistics and, with `pool`, averaged over squares of 2x2. */
export interface MatchedShape {
  lines: number; columns: number; channels: number;
  activation: Activation;
  pool: boolean;
}

/** Rows of numbers a channel: its own mean, slopes of the two distances by x (constant, and a unit from the mean), and the affine map of the normalisation. */
const ROWS = { centre: 0, level: 1, slant: 2, mean: 3, gain: 4, beta: 5 };
export const MATCHED_ROW_COUNT = Object.keys(ROWS).length;

/** All ROWS of channel unit `c`. */
const readRows = (units: number) => Object.entries(ROWS).map(([name, row]) => `let ${name} = rows[${row * units}u + c];`).join(' ');

/**
 * Joins the moments of the parts (Chan, Golub and LeVeque 1979), and leaves ROWS [6, channels] and the weighted distance of mean and variance from those given. One
 * workgroup, since every slope wants both lengths. Where a length is zero its slopes are.
 */
export function matchProgram(s: ChannelShape, { parts, rows }: Parts, meanWeight: number, varianceWeight: number): Program {
  const { type, units } = unitOf(s);
  const one = { type, length: units } as const;
  const square = (x: string) => (type === 'f32' ? `${x} * ${x}` : `dot(${x}, ${x})`);
  const place = (row: keyof typeof ROWS) => `rows[${ROWS[row] * units}u + c]`;
  const wgsl = () => `
${declare([
    { name: 'partial', type, length: parts * 2 * units }, { name: 'gamma', ...one }, { name: 'beta', ...one }, { name: 'mean', ...one }, { name: 'variance', ...one },
    { name: 'rows', type, length: MATCHED_ROW_COUNT * units, written: true }, { name: 'value', type: 'f32', length: 1, written: true },
  ])}
var<workgroup> shares: array<vec2f, ${SIZE}>;
@compute @workgroup_size(${SIZE})
fn main(@builtin(local_invocation_index) thread: u32) {
  var own = vec2f();
  for (var c = thread; c < ${units}u; c += ${SIZE}u) {
    var sum = ${type}();
    for (var part = 0u; part < ${parts}u; part++) {
      sum += partial[c + part * ${2 * units}u] * f32(min(${rows}u, ${s.pixels}u - part * ${rows}u));
    }
    let centre = sum * (1.0 / ${s.pixels}.0);
    var squares = ${type}();
    for (var part = 0u; part < ${parts}u; part++) {
      let apart = partial[c + part * ${2 * units}u] - centre;
      let count = f32(min(${rows}u, ${s.pixels}u - part * ${rows}u));
      squares += fma(apart * count, apart, partial[c + part * ${2 * units}u + ${units}u]);
    }
    let byMean = centre - mean[c];
    let byVariance = squares * (1.0 / ${s.pixels}.0) - variance[c];
    own += vec2f(${square('byMean')}, ${square('byVariance')});
    ${place('centre')} = centre;
    ${place('level')} = byMean;
    ${place('slant')} = byVariance;
    ${place('mean')} = mean[c];
    ${place('gain')} = gamma[c] * inverseSqrt(variance[c] + ${s.epsilon});
    ${place('beta')} = beta[c];
  }
  shares[thread] = own;
  workgroupBarrier();
  for (var half = ${SIZE / 2}u; half > 0u; half = half / 2u) {
    if (thread < half) { shares[thread] += shares[thread + half]; }
    workgroupBarrier();
  }
  let lengths = sqrt(shares[0]);
  let weights = vec2f(${meanWeight}, ${varianceWeight});
  if (thread == 0u) { value[0] = dot(weights, lengths); }
  let slopes = select(vec2f(), weights * vec2f(1.0, 2.0) / (lengths * ${s.pixels}.0), lengths > vec2f());
  for (var c = thread; c < ${units}u; c += ${SIZE}u) {
    ${place('level')} *= slopes.x;
    ${place('slant')} *= slopes.y;
  }
}`;
  return { key: `matchedRows ${[s.pixels, s.channels, s.epsilon, parts, meanWeight, varianceWeight].join()}`, wgsl, grid: [1, 1, 1] };
}

/** One thread a unit of y: `i`, its channel unit `c`, and the places in x that it is the mean of. */
function squareHead({ lines, columns, channels, pool }: MatchedShape) {
  const { type, units } = unitOf({ channels });
  const fine = lines * columns * units;
  const count = pool ? fine / 4 : fine;
  const { grid, index } = lineGrid(count, SIZE);
  const corners = (pool ? [0, units, columns * units, (columns + 1) * units] : [0]).map((corner) => `at + ${corner}u`);
  return {
    type, units, fine, count, grid, corners,
    head: `
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${count}u) { return; }
  let c = i % ${units}u;
  ${pool ? `let column = i / ${units}u;
  // Each row of squares lies in two rows of x, each square in two columns.
  let at = i + column * ${units}u + column / ${columns / 2}u * ${columns * units}u;` : 'let at = i;'}
  ${readRows(units)}`,
  } as const;
}

const keyOf = (name: string, s: MatchedShape) => `${name} ${Object.values(s).join()}`;

/** y = act((x - mean) gain + beta), or the mean of four of these. */
export function matchedApplyProgram(s: MatchedShape): Program {
  const { type, units, fine, count, grid, corners, head } = squareHead(s);
  const wgsl = () => `
${declare([{ name: 'x', type, length: fine }, { name: 'rows', type, length: MATCHED_ROW_COUNT * units }, { name: 'out', type, length: count, written: true }])}
fn activated(z: ${type}) -> ${type} { return ${activate('z', s.activation)}; }
${head}
  out[i] = (${corners.map((place) => `activated(fma(x[${place}] - mean, gain, beta))`).join(' + ')}) * ${1 / corners.length};
}`;
  return { key: keyOf('matchedNorm', s), wgsl, grid };
}

/** dx = gain act'(z) dy + (level + slant (x - centre)) dd, with dy shared by the places it is the mean of and dd that of the distance. */
export function matchedGradientProgram(s: MatchedShape): Program {
  const { type, units, fine, count, grid, corners, head } = squareHead(s);
  const wgsl = () => `
${declare([
    { name: 'x', type, length: fine }, { name: 'rows', type, length: MATCHED_ROW_COUNT * units }, { name: 'dy', type, length: count },
    { name: 'dd', type: 'f32', length: 1 }, { name: 'out', type, length: fine, written: true },
  ])}
${slope(type, s.activation)}
${head}
  let up = dy[i] * gain * ${1 / corners.length};
  let pull = dd[0];
  ${corners.map((place) => `
  {
    let value = x[${place}];
    out[${place}] = up * slope(fma(value - mean, gain, beta)) + fma(value - centre, slant, level) * pull;
  }`).join('')}
}`;
  return { key: keyOf('matchedGradient', s), wgsl, grid };
}
