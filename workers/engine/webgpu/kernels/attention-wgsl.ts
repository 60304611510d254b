import { declare, lineGrid, range, type Program, type Storage } from './program';

/** Attention of q, k and v [images, tokens, heads * width], each head by itself. */
export interface AttentionShape { images: number; tokens: number; heads: number; width: number }

const SIZE = 64;
/** Queries a thread owns, keys it takes at once, and rows of both that buffers of weights are padded to. */
const SIDE = 4;

/** What all programs of a shape share, in units of the element the operands are read in. */
interface Layout {
  type: 'f32' | 'vec4f';
  wide: number;
  /** Units of a head, of a row of all heads, and of a whole operand. */
  units: number; rowUnits: number; length: number;
  /** Matrices of weights, four rows or columns a quad, and vec4 in all of them. */
  matrices: number; quads: number; weights: number;
  /** Units of a row that a thread adds up at once. */
  chunk: number; chunks: number;
}

function layoutOf({ images, tokens, heads, width }: AttentionShape): Layout {
  const wide = width % 4 === 0 ? 4 : 1;
  const units = width / wide;
  const chunk = wide === 4 ? (units % 2 === 0 ? 2 : 1) : [4, 3, 2, 1].find((size) => units % size === 0)!;
  const quads = Math.ceil(tokens / SIDE);
  const matrices = images * heads;
  return {
    type: wide === 4 ? 'vec4f' : 'f32', wide, units, rowUnits: heads * units, length: images * tokens * heads * units,
    matrices, quads, weights: matrices * quads * SIDE * quads, chunk, chunks: units / chunk,
  };
}

/** Numbers in a buffer of weights: [images * heads, tokens, tokens] with both sides padded to a multiple of four. */
export function weightShape(s: AttentionShape): [matrices: number, rows: number, columns: number] {
  const { matrices, quads } = layoutOf(s);
  return [matrices, quads * SIDE, quads * SIDE];
}

const SIDES = range(SIDE);
const COMPONENTS = ['x', 'y', 'z', 'w'] as const;
const keyOf = (name: string, s: AttentionShape) => `${name} ${Object.values(s).join()}`;

/** WGSL of token 4 * quad + i, which repeats the last one beyond the end. */
function token(s: AttentionShape, quad: string, i: number): string {
  return s.tokens % SIDE === 0 ? `(${quad} * 4u + ${i}u)` : `min(${quad} * 4u + ${i}u, ${s.tokens - 1}u)`;
}

const operand = (l: Layout, name: string, written = false): Storage => ({ name, type: l.type, length: l.length, written });
const weights = (l: Layout, name: string, written: boolean): Storage => ({ name, type: 'vec4f', length: l.weights, written });

/** tile0..3 = the products of rows `row0..3` of `a` with rows `key0..3` of `b`, one vec4 over the keys for each row. */
function scoreTile(l: Layout, a: string, b: string): string {
  const keys = l.wide === 4
    ? COMPONENTS.map((c) => `let key_${c} = vec4f(${SIDES.map((i) => `b${i}.${c}`).join(', ')});`).join(' ')
    : `let key_x = vec4f(${SIDES.map((i) => `b${i}`).join(', ')});`;
  const product = (r: number) => (l.wide === 4 ? COMPONENTS : ['x' as const])
    .map((c) => `tile${r} = fma(vec4f(a${r}${l.wide === 4 ? `.${c}` : ''}), key_${c}, tile${r});`).join(' ');
  return `
    ${SIDES.map((r) => `var tile${r} = vec4f();`).join(' ')}
    for (var u = 0u; u < ${l.units}u; u++) {
      ${SIDES.map((i) => `let b${i} = ${b}[key${i} + u];`).join(' ')}
      ${keys}
      ${SIDES.map((r) => `let a${r} = ${a}[row${r} + u];`).join(' ')}
      ${SIDES.map(product).join('\n      ')}
    }`;
}

const keyRows = (s: AttentionShape, l: Layout) =>
  SIDES.map((i) => `let key${i} = base + ${token(s, 'j', i)} * ${l.rowUnits}u;`).join(' ');

/** The sums over all keys of `weight` times the rows of `values`, times `factor<r>`, stored in the rows of `out`. */
function mixRows(s: AttentionShape, l: Layout, weight: string, values: string, out: string, factor: (r: number) => string): string {
  const chunk = range(l.chunk);
  return `
  for (var c = 0u; c < ${l.units}u; c += ${l.chunk}u) {
    ${SIDES.flatMap((r) => chunk.map((u) => `var sum${r}_${u} = ${l.type}();`)).join(' ')}
    for (var j = 0u; j < ${l.quads}u; j++) {
      ${keyRows(s, l)}
      ${SIDES.map((r) => `let w${r} = ${weight}[own${r} + j];`).join(' ')}
      ${SIDES.map((i) => `{
        ${chunk.map((u) => `let value${u} = ${values}[key${i} + c + ${u}u];`).join(' ')}
        ${SIDES.flatMap((r) => chunk.map((u) => `sum${r}_${u} = fma(${l.type}(w${r}.${COMPONENTS[i]}), value${u}, sum${r}_${u});`)).join('\n        ')}
      }`).join('\n      ')}
    }
    ${SIDES.map((r) => `if (first + ${r}u < ${s.tokens}u) { ${chunk.map((u) => `${out}[row${r} + c + ${u}u] = sum${r}_${u} * ${factor(r)};`).join(' ')} }`).join('\n    ')}
  }`;
}

/**
 * Head of a program with one thread for four queries of a head, and the first two sweeps over the keys: the scaled scores, then their exponentials
 * relative to the largest, both in `weights`. Defines row0..3 and own0..3, where the queries and their weights start, and total0..3.
 */
function softmaxSweeps(s: AttentionShape, l: Layout): { grid: [number, number, number]; head: string } {
  const { grid, index } = lineGrid(l.matrices * l.quads, SIZE);
  const padding = s.tokens % SIDE;
  const mask = padding === 0 ? '' : `
    if (j == ${l.quads - 1}u) { ${SIDES.map((r) => `e${r} = vec4f(${SIDES.map((i) => (i < padding ? `e${r}.${COMPONENTS[i]}` : '0.0')).join(', ')});`).join(' ')} }`;
  return {
    grid,
    head: `
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let thread = ${index};
  if (thread >= ${l.matrices * l.quads}u) { return; }
  let quad = thread % ${l.quads}u;
  let matrix = thread / ${l.quads}u;
  let first = quad * 4u;
  let base = matrix / ${s.heads}u * ${s.tokens * l.rowUnits}u + matrix % ${s.heads}u * ${l.units}u;
  ${SIDES.map((r) => `let row${r} = base + ${token(s, 'quad', r)} * ${l.rowUnits}u;`).join('\n  ')}
  ${SIDES.map((r) => `let own${r} = (matrix * ${l.quads * SIDE}u + first + ${r}u) * ${l.quads}u;`).join('\n  ')}
  ${SIDES.map((r) => `var top${r} = vec4f(-3.0e38);`).join(' ')}
  for (var j = 0u; j < ${l.quads}u; j++) {
    ${keyRows(s, l)}
    ${scoreTile(l, 'q', 'k')}
    ${SIDES.map((r) => `{ let scaled = tile${r} * f32(${1 / Math.sqrt(s.width)}); top${r} = max(top${r}, scaled); weights[own${r} + j] = scaled; }`).join('\n    ')}
  }
  ${SIDES.map((r) => `let most${r} = max(max(top${r}.x, top${r}.y), max(top${r}.z, top${r}.w));`).join('\n  ')}
  ${SIDES.map((r) => `var sums${r} = vec4f();`).join(' ')}
  for (var j = 0u; j < ${l.quads}u; j++) {
    ${SIDES.map((r) => `var e${r} = exp(weights[own${r} + j] - most${r});`).join(' ')}${mask}
    ${SIDES.map((r) => `sums${r} += e${r}; weights[own${r} + j] = e${r};`).join(' ')}
  }
  ${SIDES.map((r) => `let total${r} = dot(sums${r}, vec4f(1.0));`).join('\n  ')}`,
  };
}

/** softmax(q k^T / sqrt(width)) v: q, k, v, weights, out. */
export function forwardProgram(s: AttentionShape): Program {
  const l = layoutOf(s);
  const { grid, head } = softmaxSweeps(s, l);
  const wgsl = () => `
${declare([operand(l, 'q'), operand(l, 'k'), operand(l, 'v'), weights(l, 'weights', true), operand(l, 'out', true)])}
${head}
  ${mixRows(s, l, 'weights', 'v', 'out', (r) => `(1.0 / total${r})`)}
}`;
  return { key: keyOf('attention', s), wgsl, grid };
}

/**
 * The gradient of q, and on the way the weights P = softmax and slopes S = P (dP - sum P dP) / sqrt(width) with dP = dy v^T, which the gradients of k
 * and v are made of: q, k, v, dy, weights, slopes, dq.
 */
export function queryGradientProgram(s: AttentionShape): Program {
  const l = layoutOf(s);
  const { grid, head } = softmaxSweeps(s, l);
  const wgsl = () => `
${declare([
    operand(l, 'q'), operand(l, 'k'), operand(l, 'v'), operand(l, 'dy'), weights(l, 'weights', true), weights(l, 'slopes', true), operand(l, 'dq', true),
  ])}
${head}
  ${SIDES.map((r) => `let share${r} = 1.0 / total${r}; var means${r} = vec4f();`).join('\n  ')}
  for (var j = 0u; j < ${l.quads}u; j++) {
    ${keyRows(s, l)}
    ${scoreTile(l, 'dy', 'v')}
    ${SIDES.map((r) => `{
      let p = weights[own${r} + j] * share${r};
      means${r} = fma(p, tile${r}, means${r});
      weights[own${r} + j] = p;
      slopes[own${r} + j] = tile${r};
    }`).join(' ')}
  }
  ${SIDES.map((r) => `let mean${r} = dot(means${r}, vec4f(1.0));`).join('\n  ')}
  for (var j = 0u; j < ${l.quads}u; j++) {
    ${SIDES.map((r) => `slopes[own${r} + j] = weights[own${r} + j] * (slopes[own${r} + j] - mean${r}) * f32(${1 / Math.sqrt(s.width)});`).join('\n    ')}
  }
  ${mixRows(s, l, 'slopes', 'k', 'dq', () => '1.0')}
}`;
  return { key: keyOf('attentionQueryGradient', s), wgsl, grid };
}

/** dv = P^T dy and dk = S^T q, one thread for a few columns of four keys: q, dy, weights, slopes, dk, dv. */
export function keyGradientProgram(s: AttentionShape): Program {
  const l = layoutOf(s);
  const chunk = range(l.chunk);
  const count = l.matrices * l.quads * l.chunks;
  const { grid, index } = lineGrid(count, SIZE);
  const each = (write: (i: number, u: number) => string) => SIDES.flatMap((i) => chunk.map((u) => write(i, u))).join('\n    ');
  const wgsl = () => `
${declare([
    operand(l, 'q'), operand(l, 'dy'), weights(l, 'weights', false), weights(l, 'slopes', false), operand(l, 'dk', true), operand(l, 'dv', true),
  ])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let thread = ${index};
  if (thread >= ${count}u) { return; }
  let part = thread % ${l.chunks}u * ${l.chunk}u;
  let quad = thread / ${l.chunks}u % ${l.quads}u;
  let matrix = thread / ${l.chunks * l.quads}u;
  let base = matrix / ${s.heads}u * ${s.tokens * l.rowUnits}u + matrix % ${s.heads}u * ${l.units}u + part;
  ${each((i, u) => `var dk${i}_${u} = ${l.type}(); var dv${i}_${u} = ${l.type}();`)}
  var at = base;
  var own = matrix * ${l.quads * SIDE * l.quads}u + quad;
  for (var row = 0u; row < ${s.tokens}u; row++) {
    let p = weights[own];
    let slope = slopes[own];
    ${chunk.map((u) => `let query${u} = q[at + ${u}u]; let above${u} = dy[at + ${u}u];`).join('\n    ')}
    ${each((i, u) => `dk${i}_${u} = fma(${l.type}(slope.${COMPONENTS[i]}), query${u}, dk${i}_${u}); dv${i}_${u} = fma(${l.type}(p.${COMPONENTS[i]}), above${u}, dv${i}_${u});`)}
    at += ${l.rowUnits}u;
    own += ${l.quads}u;
  }
  ${SIDES.map((i) => `if (quad * 4u + ${i}u < ${s.tokens}u) {
    let to = base + (quad * 4u + ${i}u) * ${l.rowUnits}u;
    ${chunk.map((u) => `dk[to + ${u}u] = dk${i}_${u}; dv[to + ${u}u] = dv${i}_${u};`).join(' ')}
  }`).join('\n  ')}
}`;
  return { key: keyOf('attentionKeyGradient', s), wgsl, grid };
}
