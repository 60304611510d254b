import { itemHead, SIZE, tree } from './normalization-lanes';
import { declare, lineGrid, type Program, type Storage } from './program';

/** Layer normalisation of x [images, tokens, width] over its last axis. */
export interface RowShape {
  images: number; tokens: number; width: number;
  epsilon: number;
  /** Whether scale and shift [images, width] follow. */
  film: boolean;
}

function unitOf({ width }: RowShape): { type: 'f32' | 'vec4f'; units: number } {
  return width % 4 === 0 ? { type: 'vec4f', units: width / 4 } : { type: 'f32', units: width };
}

const keyOf = (name: string, s: RowShape, lanes: number | '') => `${name} ${Object.values(s).join()} ${lanes}`;

/** Sum of the parts of a unit. */
const fold = (value: string, type: string) => (type === 'vec4f' ? `dot(${value}, vec4f(1.0))` : value);

const each = (s: RowShape, lanes: number, body: string) => `
  for (var u = lane; u < ${unitOf(s).units}u; u += ${lanes}u) { ${body} }`;

/** One row an item, of `lanes` threads: its `mean` and `rate`. `base` is its first unit, `own` the first of its image's scale. */
function rowHead(s: RowShape, lanes: number): { grid: [number, number, number]; head: string } {
  const { type, units } = unitOf(s);
  const { grid, head } = itemHead(s.images * s.tokens, lanes);
  const share = `(1.0 / ${s.width}.0)`;
  return {
    grid,
    head: `${tree(lanes)}
${head}
  let base = item * ${units}u;
  let own = item / ${s.tokens}u * ${units}u;
  var sums = ${type}();
  ${each(s, lanes, 'sums += x[base + u];')}
  let mean = total(${fold('sums', type)}, lane) * ${share};
  var squares = ${type}();
  ${each(s, lanes, 'let centred = x[base + u] - mean; squares = fma(centred, centred, squares);')}
  let rate = inverseSqrt(total(${fold('squares', type)}, lane) * ${share} + ${s.epsilon});`,
  };
}

function film(s: RowShape, names: string[]): Storage[] {
  const { type, units } = unitOf(s);
  return s.film ? names.map((name) => ({ name, type, length: s.images * units })) : [];
}

/** y = (x - mean) rate (1 + scale) + shift. */
export function rowNormProgram(s: RowShape, lanes: number): Program {
  const { type, units } = unitOf(s);
  const { grid, head } = rowHead(s, lanes);
  const length = s.images * s.tokens * units;
  const value = s.film ? 'fma(standard, 1.0 + scale[own + u], shift[own + u])' : 'standard';
  const wgsl = () => `
${declare([{ name: 'x', type, length }, ...film(s, ['scale', 'shift']), { name: 'out', type, length, written: true }])}
${head}
  ${each(s, lanes, `let standard = (x[base + u] - mean) * rate; out[base + u] = ${value};`)}
}`;
  return { key: keyOf('layerNorm', s, lanes), wgsl, grid };
}

/** dx = rate (g - mean of g - standard mean of (g standard)) with g = dy (1 + scale); with FiLM mean and rate of every row are left behind as well. */
export function rowGradientProgram(s: RowShape, lanes: number): Program {
  const { type, units } = unitOf(s);
  const { grid, head } = rowHead(s, lanes);
  const length = s.images * s.tokens * units;
  const share = `(1.0 / ${s.width}.0)`;
  const point = `
    let standard = (x[base + u] - mean) * rate;
    let g = dy[base + u]${s.film ? ' * (1.0 + scale[own + u])' : ''};`;
  const wgsl = () => `
${declare([
    { name: 'x', type, length }, { name: 'dy', type, length }, ...film(s, ['scale']),
    ...(s.film ? [{ name: 'statistics', type: 'f32', length: 2 * s.images * s.tokens, written: true } as const] : []),
    { name: 'out', type, length, written: true },
  ])}
${head}
  var gs = ${type}();
  var products = ${type}();
  ${each(s, lanes, `${point} gs += g; products = fma(g, standard, products);`)}
  let plain = total(${fold('gs', type)}, lane) * ${share};
  let weighted = total(${fold('products', type)}, lane) * ${share};
  ${each(s, lanes, `${point} out[base + u] = rate * (g - plain - standard * weighted);`)}
  ${s.film ? `if (lane == 0u) {
    statistics[2u * item] = mean;
    statistics[2u * item + 1u] = rate;
  }` : ''}
}`;
  return { key: keyOf('layerNormGradient', s, lanes), wgsl, grid };
}

/** dscale = sum over tokens of dy standard, dshift = sum of dy. */
export function modulationGradientProgram(s: RowShape): Program {
  const { type, units } = unitOf(s);
  const length = s.images * s.tokens * units;
  const { grid, index } = lineGrid(s.images * units, SIZE);
  const out = { type, length: s.images * units, written: true };
  const wgsl = () => `
${declare([
    { name: 'x', type, length }, { name: 'dy', type, length }, { name: 'statistics', type: 'f32', length: 2 * s.images * s.tokens },
    { name: 'dscale', ...out }, { name: 'dshift', ...out },
  ])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${s.images * units}u) { return; }
  let first = i / ${units}u * ${s.tokens}u;
  var sum = ${type}();
  var product = ${type}();
  for (var row = first; row < first + ${s.tokens}u; row++) {
    let at = row * ${units}u + i % ${units}u;
    sum += dy[at];
    product = fma(dy[at], (x[at] - statistics[2u * row]) * statistics[2u * row + 1u], product);
  }
  dscale[i] = product;
  dshift[i] = sum;
}`;
  return { key: keyOf('layerNormModulation', s, ''), wgsl, grid };
}
