import { declare, lineGrid, range, type Program, type Storage } from './program';

/** Attention of q, k and v [images, tokens, heads * width], each head by itself. */
export interface AttentionShape { images: number; tokens: number; heads: number; width: number }

export const SIZE = 64;
/** Keys a thread takes at once, which rows of weights are padded to a multiple of. */
export const SIDE = 4;
/** Queries a thread owns where there are enough of them; matrices of weights are padded to a multiple of these. */
const MOST_ROWS = 8;
/** Threads below which fewer queries each are better. */
const ENOUGH = 128;

/** What all programs of a shape share, in units of the element the operands are read in. */
export interface Layout {
  type: 'f32' | 'vec4f';
  wide: number;
  /** Units of a head, of a row of all heads, and of a whole operand. */
  units: number; rowUnits: number; length: number;
  /** Matrices of weights, vec4 in a row of one, its rows, and vec4 in all of them. */
  matrices: number; quads: number; padded: number; weights: number;
  /** Queries of a thread and how many threads own those of a head; quads of keys a thread takes at once. */
  rows: readonly number[]; blocks: number; keyQuads: number;
  /** Units of a row that a thread adds up at once. */
  chunk: number; chunks: number;
}

export function layoutOf({ images, tokens, heads, width }: AttentionShape): Layout {
  const wide = width % 4 === 0 ? 4 : 1;
  const units = width / wide;
  const chunk = wide === 4 ? (units % 2 === 0 ? 2 : 1) : [4, 3, 2, 1].find((size) => units % size === 0)!;
  const quads = Math.ceil(tokens / SIDE);
  const matrices = images * heads;
  const padded = Math.ceil(tokens / MOST_ROWS) * MOST_ROWS;
  const rows = range(matrices * (padded / MOST_ROWS) >= ENOUGH ? MOST_ROWS : MOST_ROWS / 2);
  const keyQuads = quads % 2 === 0 && (matrices * quads * units) / chunk / 2 >= ENOUGH ? 2 : 1;
  return {
    type: wide === 4 ? 'vec4f' : 'f32', wide, units, rowUnits: heads * units, length: images * tokens * heads * units,
    matrices, quads, padded, weights: matrices * padded * quads, rows, blocks: Math.ceil(tokens / rows.length), keyQuads, chunk, chunks: units / chunk,
  };
}

/** Numbers in a buffer of weights: [images * heads, tokens, tokens] with both sides padded. */
export function weightShape(s: AttentionShape): [matrices: number, rows: number, columns: number] {
  const { matrices, quads, padded } = layoutOf(s);
  return [matrices, padded, quads * SIDE];
}

export const SIDES = range(SIDE);
export const COMPONENTS = ['x', 'y', 'z', 'w'] as const;
export const keyOf = (name: string, s: AttentionShape) => `${name} ${Object.values(s).join()}`;

/** WGSL of token `first` + i of blocks of `block` tokens, which repeats the last one beyond the end. */
function token(s: AttentionShape, block: number, first: string, i: number): string {
  return s.tokens % block === 0 ? `(${first} + ${i}u)` : `min(${first} + ${i}u, ${s.tokens - 1}u)`;
}

export const operand = (l: Layout, name: string, written = false): Storage => ({ name, type: l.type, length: l.length, written });
export const weights = (l: Layout, name: string, written: boolean): Storage => ({ name, type: 'vec4f', length: l.weights, written });

/**
 * tile0, tile1, ... = the products of rows `row0`, `row1`, ... of `a` with rows `key0..3` of `b`, one vec4 over the keys for each row. With two quads of
 * keys, `key4..7` are the second, and its products follow those of the first: those of row r with quad n are tile<n * rows + r>.
 */
export function scoreTile(l: Layout, a: string, b: string, rows: readonly number[], quads = 1): string {
  const parts = l.wide === 4 ? COMPONENTS.map((c) => `.${c}`) : [''];
  const eachQuad = (write: (n: number) => string) => range(quads).map(write).join('\n      ');
  const keys = (n: number) => parts.map((part, c) => `let keys${n}_${c} = vec4f(${SIDES.map((i) => `b${n * SIDE + i}${part}`).join(', ')});`).join(' ');
  const products = (n: number) => rows.map((r) => parts.map((part, c) => {
    const tile = `tile${n * rows.length + r}`;
    return `${tile} = fma(vec4f(a${r}${part}), keys${n}_${c}, ${tile});`;
  }).join(' ')).join('\n      ');
  return `
    ${range(quads * rows.length).map((i) => `var tile${i} = vec4f();`).join(' ')}
    for (var u = 0u; u < ${l.units}u; u++) {
      ${range(quads * SIDE).map((i) => `let b${i} = ${b}[key${i} + u];`).join(' ')}
      ${eachQuad(keys)}
      ${rows.map((r) => `let a${r} = ${a}[row${r} + u];`).join(' ')}
      ${eachQuad(products)}
    }`;
}

/** What is done with the results of `scoreTile`, by row and quad of keys. */
function eachTile(l: Layout, write: (tile: string, r: number, n: number) => string): string {
  return range(l.keyQuads).flatMap((n) => l.rows.map((r) => write(`tile${n * l.rows.length + r}`, r, n))).join('\n    ');
}

/** WGSL of where the keys of quad j start, and of the next quads. */
export const keyRows = (s: AttentionShape, l: Layout, quads = 1) =>
  range(quads * SIDE).map((i) => `let key${i} = base + ${token(s, SIDE, 'j * 4u', i)} * ${l.rowUnits}u;`).join(' ');

/** Sets the entries of e0, e1, ... to zero that belong to keys beyond the last, in the last quad. */
export function maskPadding(s: AttentionShape, l: Layout, rows: readonly number[]): string {
  const padding = s.tokens % SIDE;
  if (padding === 0) return '';
  const kept = (r: number) => SIDES.map((i) => (i < padding ? `e${r}.${COMPONENTS[i]}` : '0.0')).join(', ');
  return `if (j == ${l.quads - 1}u) { ${rows.map((r) => `e${r} = vec4f(${kept(r)});`).join(' ')} }`;
}

/** The sums over all keys of `weight` times the rows of `values`, times `factor<r>`, stored in the rows of `out`. */
function mixRows(s: AttentionShape, l: Layout, weight: string, values: string, out: string, factor: (r: number) => string): string {
  const chunk = range(l.chunk);
  return `
  for (var c = 0u; c < ${l.units}u; c += ${l.chunk}u) {
    ${l.rows.flatMap((r) => chunk.map((u) => `var sum${r}_${u} = ${l.type}();`)).join(' ')}
    for (var j = 0u; j < ${l.quads}u; j++) {
      ${keyRows(s, l)}
      ${l.rows.map((r) => `let w${r} = ${weight}[own${r} + j];`).join(' ')}
      ${SIDES.map((i) => `{
        ${chunk.map((u) => `let value${u} = ${values}[key${i} + c + ${u}u];`).join(' ')}
        ${l.rows.flatMap((r) => chunk.map((u) => `sum${r}_${u} = fma(${l.type}(w${r}.${COMPONENTS[i]}), value${u}, sum${r}_${u});`)).join('\n        ')}
      }`).join('\n      ')}
    }
    ${l.rows.map((r) => `if (first + ${r}u < ${s.tokens}u) { ${chunk.map((u) => `${out}[row${r} + c + ${u}u] = sum${r}_${u} * ${factor(r)};`).join(' ')} }`).join('\n    ')}
  }`;
}

/**
 * Head of a program with a thread for a few queries of a head, and the first two sweeps over the keys: the scaled scores, then their exponentials
 * relative to the largest, both in `weights`. Defines row0, row1, ... and own0, own1, ..., where the queries and their weights start, and total0, total1, ....
 */
function softmaxSweeps(s: AttentionShape, l: Layout): { grid: [number, number, number]; head: string } {
  const { grid, index } = lineGrid(l.matrices * l.blocks, SIZE);
  return {
    grid,
    head: `
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let thread = ${index};
  if (thread >= ${l.matrices * l.blocks}u) { return; }
  let first = thread % ${l.blocks}u * ${l.rows.length}u;
  let matrix = thread / ${l.blocks}u;
  let base = matrix / ${s.heads}u * ${s.tokens * l.rowUnits}u + matrix % ${s.heads}u * ${l.units}u;
  ${l.rows.map((r) => `let row${r} = base + ${token(s, l.rows.length, 'first', r)} * ${l.rowUnits}u;`).join('\n  ')}
  ${l.rows.map((r) => `let own${r} = (matrix * ${l.padded}u + first + ${r}u) * ${l.quads}u;`).join('\n  ')}
  ${l.rows.map((r) => `var top${r} = vec4f(-3.0e38);`).join(' ')}
  for (var j = 0u; j < ${l.quads}u; j += ${l.keyQuads}u) {
    ${keyRows(s, l, l.keyQuads)}
    ${scoreTile(l, 'q', 'k', l.rows, l.keyQuads)}
    ${eachTile(l, (tile, r, n) =>
      `{ let scaled = ${tile} * f32(${1 / Math.sqrt(s.width)}); top${r} = max(top${r}, scaled); weights[own${r} + j + ${n}u] = scaled; }`)}
  }
  ${l.rows.map((r) => `let most${r} = max(max(top${r}.x, top${r}.y), max(top${r}.z, top${r}.w));`).join('\n  ')}
  ${l.rows.map((r) => `var sums${r} = vec4f();`).join(' ')}
  for (var j = 0u; j < ${l.quads}u; j++) {
    ${l.rows.map((r) => `var e${r} = exp(weights[own${r} + j] - most${r});`).join(' ')}
    ${maskPadding(s, l, l.rows)}
    ${l.rows.map((r) => `sums${r} += e${r}; weights[own${r} + j] = e${r};`).join(' ')}
  }
  ${l.rows.map((r) => `let total${r} = dot(sums${r}, vec4f(1.0));`).join('\n  ')}`,
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
  ${l.rows.map((r) => `let share${r} = 1.0 / total${r}; var means${r} = vec4f();`).join('\n  ')}
  for (var j = 0u; j < ${l.quads}u; j += ${l.keyQuads}u) {
    ${keyRows(s, l, l.keyQuads)}
    ${scoreTile(l, 'dy', 'v', l.rows, l.keyQuads)}
    ${eachTile(l, (tile, r, n) => `{
      let at = own${r} + j + ${n}u;
      let p = weights[at] * share${r};
      means${r} = fma(p, ${tile}, means${r});
      weights[at] = p;
      slopes[at] = ${tile};
    }`)}
  }
  ${l.rows.map((r) => `let mean${r} = dot(means${r}, vec4f(1.0));`).join('\n  ')}
  for (var j = 0u; j < ${l.quads}u; j++) {
    ${l.rows.map((r) => `slopes[own${r} + j] = weights[own${r} + j] * (slopes[own${r} + j] - mean${r}) * f32(${1 / Math.sqrt(s.width)});`).join('\n    ')}
  }
  ${mixRows(s, l, 'slopes', 'k', 'dq', () => '1.0')}
}`;
  return { key: keyOf('attentionQueryGradient', s), wgsl, grid };
}

/** dv = P^T dy and dk = S^T q, a thread for a few columns of four or eight keys: q, dy, weights, slopes, dk, dv. */
export function keyGradientProgram(s: AttentionShape): Program {
  const l = layoutOf(s);
  const chunk = range(l.chunk);
  const keys = range(l.keyQuads * SIDE);
  const groups = l.quads / l.keyQuads;
  const count = l.matrices * groups * l.chunks;
  const { grid, index } = lineGrid(count, SIZE);
  const each = (write: (i: number, u: number) => string) => keys.flatMap((i) => chunk.map((u) => write(i, u))).join('\n    ');
  const entry = (i: number) => `${Math.floor(i / SIDE)}.${COMPONENTS[i % SIDE]}`;
  const wgsl = () => `
${declare([
    operand(l, 'q'), operand(l, 'dy'), weights(l, 'weights', false), weights(l, 'slopes', false), operand(l, 'dk', true), operand(l, 'dv', true),
  ])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let thread = ${index};
  if (thread >= ${count}u) { return; }
  let part = thread % ${l.chunks}u * ${l.chunk}u;
  let quad = thread / ${l.chunks}u % ${groups}u * ${l.keyQuads}u;
  let matrix = thread / ${l.chunks * groups}u;
  let base = matrix / ${s.heads}u * ${s.tokens * l.rowUnits}u + matrix % ${s.heads}u * ${l.units}u + part;
  ${each((i, u) => `var dk${i}_${u} = ${l.type}(); var dv${i}_${u} = ${l.type}();`)}
  var at = base;
  var own = matrix * ${l.padded * l.quads}u + quad;
  for (var row = 0u; row < ${s.tokens}u; row++) {
    ${range(l.keyQuads).map((n) => `let p${n} = weights[own + ${n}u]; let slope${n} = slopes[own + ${n}u];`).join(' ')}
    ${chunk.map((u) => `let query${u} = q[at + ${u}u]; let above${u} = dy[at + ${u}u];`).join('\n    ')}
    ${each((i, u) => `dk${i}_${u} = fma(${l.type}(slope${entry(i)}), query${u}, dk${i}_${u}); dv${i}_${u} = fma(${l.type}(p${entry(i)}), above${u}, dv${i}_${u});`)}
    at += ${l.rowUnits}u;
    own += ${l.quads}u;
  }
  ${keys.map((i) => `if (quad * 4u + ${i}u < ${s.tokens}u) {
    let to = base + (quad * 4u + ${i}u) * ${l.rowUnits}u;
    ${chunk.map((u) => `dk[to + ${u}u] = dk${i}_${u}; dv[to + ${u}u] = dv${i}_${u};`).join(' ')}
  }`).join('\n  ')}
}`;
  return { key: keyOf('attentionKeyGradient', s), wgsl, grid };
}
