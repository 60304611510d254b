import {
  COMPONENTS, keyOf, keyRows, layoutOf, maskPadding, operand, scoreTile, SIDE, SIDES, SIZE, weights, type AttentionShape, type Layout,
} from './attention-wgsl';
import { declare, lineGrid, type Program } from './program';

/** Rows a thread works on at once. */
const PAIR = [0, 1];
/** Numbers a workgroup keeps for its rows, of which there are sixteen at most: every adapter has memory for four thousand. */
const MOST_WEIGHTS = 3072;
const MOST_ROWS = 16;

/** How many queries a workgroup shares, how many threads reduce each, and how many workgroups a head takes. */
interface Sharing { rows: number; lanes: number; blocks: number }

/** As many queries as fit, a power of two, with `kept` numbers for each of their keys. */
function sharing(l: Layout, kept: number): Sharing {
  let rows = MOST_ROWS;
  while (rows * l.quads * SIDE * kept > MOST_WEIGHTS) rows /= 2;
  return { rows, lanes: SIZE / rows, blocks: Math.ceil((l.quads * SIDE) / rows) };
}

/** WGSL of where row `at` of the block starts in an operand; beyond the last token it repeats that one. */
const rowStart = (s: AttentionShape, l: Layout, at: string) => `base + min(first + ${at}, ${s.tokens - 1}u) * ${l.rowUnits}u`;

/** Products of all rows of the block with all keys, `store` being told each row's place in the shared weights. */
function scores(s: AttentionShape, l: Layout, rows: number, a: string, b: string, store: (r: number) => string): string {
  return `
  for (var item = lane; item < ${(rows / 2) * l.quads}u; item += ${SIZE}u) {
    let j = item % ${l.quads}u;
    let pair = item / ${l.quads}u * 2u;
    ${PAIR.map((r) => `let row${r} = ${rowStart(s, l, `pair + ${r}u`)};`).join(' ')}
    ${keyRows(s, l)}
    ${scoreTile(l, a, b, PAIR)}
    ${PAIR.map((r) => `{ let at = (pair + ${r}u) * ${l.quads}u + j; ${store(r)} }`).join(' ')}
  }
  workgroupBarrier();`;
}

/** Declares `name`: over all keys of the thread's row, what `each` (which sees `at` and `j`) leaves in `part`, combined in a fixed order. */
function rowwise(l: Layout, lanes: number, name: string, start: string, each: string, fold: string, join: (a: string, b: string) => string): string {
  return `
  var ${name}: f32;
  {
    var part = vec4f(${start});
    for (var j = lane % ${lanes}u; j < ${l.quads}u; j += ${lanes}u) { let at = own + j; ${each} }
    shares[lane] = ${fold};
    workgroupBarrier();
    let from0 = lane - lane % ${lanes}u;
    ${name} = shares[from0];
    for (var other = 1u; other < ${lanes}u; other++) { ${name} = ${join(name, 'shares[from0 + other]')}; }
    workgroupBarrier();
  }`;
}

/** Sums over all keys of the shared `weight` times rows of `values`, stored in `out`. */
function mix(s: AttentionShape, l: Layout, rows: number, weight: string, values: string, out: string): string {
  return `
  for (var item = lane; item < ${(rows / 2) * l.units}u; item += ${SIZE}u) {
    let u = item % ${l.units}u;
    let pair = item / ${l.units}u * 2u;
    ${PAIR.map((r) => `var sum${r} = ${l.type}();`).join(' ')}
    for (var j = 0u; j < ${l.quads}u; j++) {
      ${keyRows(s, l)}
      ${PAIR.map((r) => `let w${r} = ${weight}[(pair + ${r}u) * ${l.quads}u + j];`).join(' ')}
      ${SIDES.map((i) => `{ let value = ${values}[key${i} + u]; ${PAIR.map((r) => `sum${r} = fma(${l.type}(w${r}.${COMPONENTS[i]}), value, sum${r});`).join(' ')} }`).join('\n      ')}
    }
    ${PAIR.map((r) => `if (first + pair + ${r}u < ${s.tokens}u) { ${out}[${rowStart(s, l, `pair + ${r}u`)} + u] = sum${r}; }`).join('\n    ')}
  }`;
}

/** Head of a program with a workgroup for a block of queries of one head, up to the softmax of their scores in `probability`. */
function softmaxOfBlock(s: AttentionShape, l: Layout, { rows, lanes, blocks }: Sharing): { grid: [number, number, number]; shared: string; head: string } {
  const { grid } = lineGrid(l.matrices * blocks, 1);
  return {
    grid,
    shared: `var<workgroup> probability: array<vec4f, ${rows * l.quads}>;\nvar<workgroup> shares: array<f32, ${SIZE}>;`,
    head: `
@compute @workgroup_size(${SIZE})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = group.x + group.y * ${grid[0]}u;
  if (block >= ${l.matrices * blocks}u) { return; }
  let matrix = block / ${blocks}u;
  let first = block % ${blocks}u * ${rows}u;
  let base = matrix / ${s.heads}u * ${s.tokens * l.rowUnits}u + matrix % ${s.heads}u * ${l.units}u;
  let own = lane / ${lanes}u * ${l.quads}u;
  ${scores(s, l, rows, 'q', 'k', (r) => `probability[at] = tile${r} * f32(${1 / Math.sqrt(s.width)});`)}
  ${rowwise(l, lanes, 'top', '-3.0e38', 'part = max(part, probability[at]);', 'max(max(part.x, part.y), max(part.z, part.w))', (a, b) => `max(${a}, ${b})`)}
  ${rowwise(
    l, lanes, 'total', '0.0', `var e0 = exp(probability[at] - top); ${maskPadding(s, l, [0])} probability[at] = e0; part += e0;`, 'dot(part, vec4f(1.0))',
    (a, b) => `${a} + ${b}`,
  )}
  let share = 1.0 / total;
  for (var j = lane % ${lanes}u; j < ${l.quads}u; j += ${lanes}u) { probability[own + j] = probability[own + j] * share; }
  workgroupBarrier();`,
  };
}

/** As `forwardProgram`, with the weights in workgroup memory: q, k, v, out. */
export function groupForwardProgram(s: AttentionShape): Program {
  const l = layoutOf(s);
  const plan = sharing(l, 1);
  const { grid, shared, head } = softmaxOfBlock(s, l, plan);
  const wgsl = () => `
${declare([operand(l, 'q'), operand(l, 'k'), operand(l, 'v'), operand(l, 'out', true)])}
${shared}
${head}
  ${mix(s, l, plan.rows, 'probability', 'v', 'out')}
}`;
  return { key: keyOf('attention shared', s), wgsl, grid };
}

/** As `queryGradientProgram`: q, k, v, dy, weights, slopes, dq. */
export function groupQueryGradientProgram(s: AttentionShape): Program {
  const l = layoutOf(s);
  const plan = sharing(l, 2);
  const { rows, lanes } = plan;
  const { grid, shared, head } = softmaxOfBlock(s, l, plan);
  const wgsl = () => `
${declare([
    operand(l, 'q'), operand(l, 'k'), operand(l, 'v'), operand(l, 'dy'), weights(l, 'weights', true), weights(l, 'slopes', true), operand(l, 'dq', true),
  ])}
${shared}
var<workgroup> slope: array<vec4f, ${rows * l.quads}>;
${head}
  ${scores(s, l, rows, 'dy', 'v', (r) => `slope[at] = tile${r};`)}
  ${rowwise(l, lanes, 'mean', '0.0', 'part = fma(probability[at], slope[at], part);', 'dot(part, vec4f(1.0))', (a, b) => `${a} + ${b}`)}
  let row = first + lane / ${lanes}u;
  for (var j = lane % ${lanes}u; j < ${l.quads}u; j += ${lanes}u) {
    let p = probability[own + j];
    let descent = p * (slope[own + j] - mean) * f32(${1 / Math.sqrt(s.width)});
    slope[own + j] = descent;
    if (row < ${s.tokens}u) {
      let kept = (matrix * ${l.padded}u + row) * ${l.quads}u + j;
      weights[kept] = p;
      slopes[kept] = descent;
    }
  }
  workgroupBarrier();
  ${mix(s, l, rows, 'slope', 'k', 'dq')}
}`;
  return { key: keyOf('attentionQueryGradient shared', s), wgsl, grid };
}
