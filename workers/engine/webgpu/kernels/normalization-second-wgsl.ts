import { curve, SIZE, slope } from './normalization-lanes';
import { givenBuffers, partHead, pointHead, rateOf, unitOf, type ChannelShape, type Parts } from './normalization-channels-wgsl';
import { declare, lineGrid, range, type Program } from './program';

/**
 * Gradient of the first-order gradients (dx, dgamma, dbeta) of a channel's normalisation for upstream u, v and w. With s the standardised values, z = gamma s + beta,
 * g = dy act'(z), bars for means over the pixels, c = mean of u s, p = mean of g s and r the rate, what is differentiated is
 *
 *   L = sum of g k,  k = gamma r (u - u_bar - s c) + v s + w,
 *
 * so that L_dy = act'(z) k and L_z = e = dy act''(z) k. With b = gamma e + v g - gamma r (u p + g c) the derivative by s, and T = sum of g (u - u_bar - s c),
 *
 *   L_x = r (b - b_bar - s mean of b s) - gamma r^2 s T / pixels,  L_gamma = r T + sum of e s,  L_beta = sum of e.
 */
interface Sums {
  names: string[];
  values: string[];
}

/** What is added up over the pixels; the second five only where the activation has a curvature. */
function sumsOf({ activation }: ChannelShape): Sums {
  const flat = { names: ['u', 'us', 'g', 'gs', 'ug'], values: ['up', 'up * s', 'g', 'g * s', 'up * g'] };
  if (activation !== 'silu') return flat;
  return { names: [...flat.names, 'f', 'fs', 'fss', 'fu', 'fus'], values: [...flat.values, 'f', 'f * s', 'f * s * s', 'f * up', 'f * up * s'] };
}

const keyOf = (name: string, s: ChannelShape, ...more: unknown[]) => `${name} ${[...Object.values(s), ...more].join()}`;

/** The sums of every part: [images, parts, 5 or 10, channels]. */
export function secondSumsProgram(s: ChannelShape, p: Parts): Program {
  const { type, units } = unitOf(s);
  const { grid, head } = partHead(s, p);
  const { names, values } = sumsOf(s);
  const count = s.images * s.pixels * units;
  const curved = s.activation === 'silu';
  const wgsl = () => `
${declare([
    ...givenBuffers(s), { name: 'dy', type, length: count }, { name: 'ddx', type, length: count },
    { name: 'out', type, length: s.images * p.parts * names.length * units, written: true },
  ])}
${slope(type, s.activation)}
${curved ? curve(type) : ''}
${head}
  ${rateOf(s)}
  let centre = mean[at];
  let factor = gamma[c];
  let offset = beta[c];
  ${names.map((name) => `var ${name}Sum = ${type}();`).join(' ')}
  for (var row = first; row < last; row++) {
    let i = base + row * ${units}u;
    let s = (x[i] - centre) * rate;
    let z = fma(s, factor, offset);
    let up = ddx[i];
    let g = dy[i] * slope(z);
    ${curved ? 'let f = dy[i] * curve(z);' : ''}
    ${names.map((name, i) => `${name}Sum += ${values[i]};`).join(' ')}
  }
  let to = (image * ${p.parts}u + part) * ${names.length * units}u + c;
  ${names.map((name, i) => `out[to + ${i * units}u] = ${name}Sum;`).join(' ')}
}`;
  return { key: keyOf('channelSecondSums', s, p.parts), wgsl, grid };
}

/** Rows of numbers that the last passes take for every image and channel. */
const ROWS = ['mean', 'rate', 'gamma', 'beta', 'uMean', 'c', 'p', 'v', 'w', 'bMean', 'slant', 'dgamma', 'dbeta'];
export const SECOND_ROWS = ROWS.length;

/** Joins the parts and leaves [images, SECOND_ROWS, channels]; the last two rows are an image's share of the gradients of gamma and beta. */
export function secondRowsProgram(s: ChannelShape, { parts }: Parts): Program {
  const { type, units } = unitOf(s);
  const { names } = sumsOf(s);
  const { grid, index } = lineGrid(s.images * units, SIZE);
  const [one, each] = [{ type, length: units }, { type, length: s.images * units }];
  const share = `(1.0 / ${s.pixels}.0)`;
  const curved = s.activation === 'silu';
  const wgsl = () => `
${declare([
    { name: 'partial', type, length: s.images * parts * names.length * units }, { name: 'gammas', ...one }, { name: 'betas', ...one },
    { name: 'means', ...each }, { name: 'variance', ...each }, { name: 'ddgamma', ...one }, { name: 'ddbeta', ...one },
    { name: 'out', type, length: s.images * SECOND_ROWS * units, written: true },
  ])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = ${index};
  if (at >= ${s.images * units}u) { return; }
  let unit = at % ${units}u;
  let image = at / ${units}u;
  ${names.map((name) => `var ${name} = ${type}();`).join(' ')}
  for (var part = 0u; part < ${parts}u; part++) {
    let source = (image * ${parts}u + part) * ${names.length * units}u + unit;
    ${names.map((name, i) => `${name} += partial[source + ${i * units}u];`).join(' ')}
  }
  let mean = means[at];
  ${rateOf(s)}
  let gamma = gammas[unit];
  let beta = betas[unit];
  let v = ddgamma[unit];
  let w = ddbeta[unit];
  let uMean = u * ${share};
  let c = us * ${share};
  let p = gs * ${share};
  let reach = ug - uMean * g - c * gs;
  ${curved ? `
  let e = gamma * rate * (fu - uMean * f - c * fs) + v * fs + w * f;
  let es = gamma * rate * (fus - uMean * fs - c * fss) + v * fss + w * fs;` : `
  let e = ${type}();
  let es = ${type}();`}
  let bMean = (v * g + gamma * e - gamma * rate * (p * u + c * g)) * ${share};
  let bs = (v * gs + gamma * es - gamma * rate * (p * us + c * gs)) * ${share};
  let slant = rate * bs + gamma * rate * rate * reach * ${share};
  let dgamma = rate * reach + es;
  let dbeta = e;
  let to = image * ${SECOND_ROWS * units}u + unit;
  ${ROWS.map((name, i) => `out[to + ${i * units}u] = ${name};`).join(' ')}
}`;
  return { key: keyOf('channelSecondRows', s, parts), wgsl, grid };
}

/** The gradients of x and dy. */
export function secondPointsProgram(s: ChannelShape): Program {
  const { type, units } = unitOf(s);
  const { grid, count, head } = pointHead(s);
  const curved = s.activation === 'silu';
  const points = { type, length: count };
  const wgsl = () => `
${declare([
    { name: 'x', ...points }, { name: 'dy', ...points }, { name: 'ddx', ...points }, { name: 'rows', type, length: s.images * SECOND_ROWS * units },
    { name: 'outX', ...points, written: true }, { name: 'outDy', ...points, written: true },
  ])}
${slope(type, s.activation)}
${curved ? curve(type) : ''}
${head}
  let source = (at - c) * ${SECOND_ROWS}u + c;
  ${range(SECOND_ROWS - 2).map((i) => `let ${ROWS[i] === 'c' ? 'along' : ROWS[i]} = rows[source + ${i * units}u];`).join(' ')}
  let s = (x[i] - mean) * rate;
  let z = fma(s, gamma, beta);
  let through = slope(z);
  let g = dy[i] * through;
  let k = gamma * rate * (ddx[i] - uMean - s * along) + v * s + w;
  let b = v * g - gamma * rate * (ddx[i] * p + g * along)${curved ? ' + gamma * dy[i] * curve(z) * k' : ''};
  outDy[i] = through * k;
  outX[i] = rate * (b - bMean) - s * slant;
}`;
  return { key: keyOf('channelSecondPoints', s), wgsl, grid };
}

/** The gradients of gamma and beta, added up over the images. */
export function secondAffineProgram(s: ChannelShape): Program {
  const { type, units } = unitOf(s);
  const { grid, index } = lineGrid(units, SIZE);
  const wgsl = () => `
${declare([
    { name: 'rows', type, length: s.images * SECOND_ROWS * units }, { name: 'dgamma', type, length: units, written: true }, { name: 'dbeta', type, length: units, written: true },
  ])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = ${index};
  if (c >= ${units}u) { return; }
  var first = ${type}();
  var second = ${type}();
  for (var image = 0u; image < ${s.images}u; image++) {
    let source = image * ${SECOND_ROWS * units}u + c;
    first += rows[source + ${(SECOND_ROWS - 2) * units}u];
    second += rows[source + ${(SECOND_ROWS - 1) * units}u];
  }
  dgamma[c] = first;
  dbeta[c] = second;
}`;
  return { key: keyOf('channelSecondAffine', s), wgsl, grid };
}
