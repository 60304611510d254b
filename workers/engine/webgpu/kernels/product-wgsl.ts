import { range } from './text';
import { depthOf, pointers, readsOf, sideOf, type Side, type Tile } from './tile';

/** WGSL of what lies at `index` of a side's buffer. */
function readOf({ name, half }: Side, index: string): string {
  return half ? `${name}Read(${index})` : `${name}Buffer[${index}]`;
}

function loads(side: Side, tile: Tile, step: number): string {
  const { name, along, vector, stride, masked } = side;
  if (along === 'depth') {
    const zero = vector ? 'vec4f()' : '0.0';
    return range(pointers(side, tile)).map((i) => {
      const read = readOf(side, `${name}At${i} + k`);
      return `let ${name}${i} = ${masked ? `select(${zero}, ${read}, ${name}In${i})` : read};`;
    }).join('\n');
  }
  return range(step).flatMap((q) => range(pointers(side, tile)).map((i) =>
    `let ${name}${q}_${i} = ${readOf(side, `${name}At${i} + (k * ${step}u + ${q}u) * ${stride}u`)};`)).join('\n');
}

/** WGSL of element (outer index i, depth q of this step) among what `loads` has read. */
function scalar({ name, along, vector }: Side, i: number, q: number): string {
  if (along === 'depth') return vector ? `${name}${i}.${'xyzw'[q]}` : `${name}${i}`;
  return vector ? `${name}${q}_${i >> 2}.${'xyzw'[i & 3]}` : `${name}${q}_${i}`;
}

function four(side: Side, j: number, q: number): string {
  if (side.along === 'outer' && side.vector) return `${side.name}${q}_${j}`;
  return `vec4f(${range(4).map((i) => scalar(side, 4 * j + i, q)).join(', ')})`;
}

/** Declares the accumulators `c<i>_<j>`: rows of vec4. */
export function accumulators({ rows, columns }: Tile): string {
  return range(rows).map((i) => range(columns / 4).map((j) => `var c${i}_${j} = vec4f();`).join(' ')).join('\n');
}

/** The values of k one step covers: four where an operand is read four deep. */
export function depthStep(a: Side, b: Side): number {
  return [a, b].some(({ along, vector }) => along === 'depth' && vector) ? 4 : 1;
}

function registerLoop(a: Side, b: Side, tile: Tile, count: string): string {
  const step = depthStep(a, b);
  const products = range(step).flatMap((q) => range(a.size).flatMap((i) => range(b.size / 4).map((j) =>
    `c${i}_${j} = fma(vec4f(${scalar(a, i, q)}), ${four(b, j, q)}, c${i}_${j});`)));
  return `for (var k = 0u; k < ${count}; k++) {
${loads(a, tile, step)}
${loads(b, tile, step)}
${products.join('\n')}
}`;
}

/** Moves one side's part of a slab of depth into workgroup memory, [depth][outer]; what lies behind the end counts as zero. */
function fill(side: Side, tile: Tile, step: number, count: string): string {
  const { name, along, size, stride, masked } = side;
  const outer = size * sideOf(tile);
  const quads = depthOf(tile) / 4;
  const threads = sideOf(tile) ** 2;
  if (along === 'depth') {
    return `let ${name}Quad = slab / 4u + lane % ${quads}u;
${range(readsOf(side, tile)).map((i) => `{
  let value = select(vec4f(), ${readOf(side, `${name}At${i} + ${name}Quad`)}, (${name}Quad < ${count})${masked ? ` & ${name}In${i}` : ''});
  let at = lane % ${quads}u * ${4 * outer}u + lane / ${quads}u + ${(threads * i) / quads}u;
  ${range(4).map((q) => `${name}Slab[at + ${q * outer}u] = value.${'xyzw'[q]};`).join(' ')}
}`).join('\n')}`;
  }
  // The threads fill as many rows of the slab at a time as they have quads for.
  const row = outer / 4;
  return range(readsOf(side, tile)).map((j) => `{
  let depth = lane / ${row}u + ${(j * threads) / row}u;
  let value = select(vec4f(), ${readOf(side, `${name}At0 + (slab + depth) * ${stride}u`)}, slab + depth < ${count} * ${step}u);
  ${name}Slab[depth * ${row}u + lane % ${row}u] = value;
}`).join('\n');
}

function readSlab({ name, along, size }: Side, tile: Tile): string {
  const outer = size * sideOf(tile);
  const own = name === 'a' ? 'local.y' : 'local.x';
  return along === 'depth'
    ? range(size).map((i) => `let ${name}${i} = ${name}Slab[k * ${outer}u + ${own} * ${size}u + ${i}u];`).join('\n')
    : range(size / 4).map((i) => `let ${name}0_${i} = ${name}Slab[k * ${outer / 4}u + ${own} * ${size / 4}u + ${i}u];`).join('\n');
}

function sharedLoop(a: Side, b: Side, tile: Tile, count: string): string {
  const step = depthStep(a, b);
  // In the slab a side along the depth lies as single numbers, one along the outer index as vec4.
  const [left, right] = [a, b].map((side) => ({ ...side, vector: side.along === 'outer' }));
  const products = range(a.size).flatMap((i) => range(b.size / 4).map((j) => `c${i}_${j} = fma(vec4f(${scalar(left, i, 0)}), ${four(right, j, 0)}, c${i}_${j});`));
  return `for (var slab = 0u; slab < ${count} * ${step}u; slab += ${depthOf(tile)}u) {
workgroupBarrier();
${fill(a, tile, step, count)}
${fill(b, tile, step, count)}
workgroupBarrier();
for (var k = 0u; k < ${depthOf(tile)}u; k++) {
${readSlab(left, tile)}
${readSlab(right, tile)}
${products.join('\n')}
}
}`;
}

/** Workgroup memory of both sides, where it is used. */
export function slabs(a: Side, b: Side, tile: Tile): string {
  if (!tile.shared) return '';
  return [a, b].map(({ name, along, size }) => {
    const length = depthOf(tile) * size * sideOf(tile);
    return `var<workgroup> ${name}Slab: array<${along === 'depth' ? `f32, ${length}` : `vec4f, ${length / 4}`}>;`;
  }).join('\n');
}

/**
 * The loop over `count` steps of depth, adding to the accumulators: only loads at moving pointers and fused multiply-adds. Where threads share,
 * all of a workgroup must come here together.
 */
export function innerLoop(a: Side, b: Side, tile: Tile, count: string): string {
  return (tile.shared ? sharedLoop : registerLoop)(a, b, tile, count);
}

/**
 * Writes the accumulators times `factor` to `out`, of `columns` columns, as vec4 when `vector`. `row(i)` is the WGSL expression of row i's index in `out`
 * and `inside(i)` the condition under which it exists. With `bias` the columns of `bias` are added.
 */
export function store(
  tile: Tile, columns: number, vector: boolean, factor: number, row: (i: number) => string, inside: (i: number) => string, bias = false,
): string {
  const times = factor === 1 ? '' : ` * ${factor}`;
  const plus = (at: string) => (bias ? ` + bias[${at}]` : '');
  return range(tile.rows).map((i) => {
    const cells = range(tile.columns / 4).flatMap((j) => {
      if (vector) return [`if (n0 + ${4 * j}u < ${columns}u) { out[at + ${j}u] = c${i}_${j}${times}${plus(`n0 / 4u + ${j}u`)}; }`];
      return range(4).map((q) => `if (n0 + ${4 * j + q}u < ${columns}u) { out[at + ${4 * j + q}u] = c${i}_${j}.${'xyzw'[q]}${times}${plus(`n0 + ${4 * j + q}u`)}; }`);
    });
    const at = vector ? `(${row(i)}) * ${columns / 4}u + n0 / 4u` : `(${row(i)}) * ${columns}u + n0`;
    return `if (${inside(i)}) { let at = ${at}; ${cells.join(' ')} }`;
  }).join('\n');
}
