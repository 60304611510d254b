import { MAX_GROUPS, range } from './program';

/** One operand of a tiled product C[m, n] = sum_k A[m, k] B[k, n]. */
export interface Side {
  name: 'a' | 'b';
  /** Which index neighbours in memory: the depth k, or the outer one, m of A and n of B. */
  along: 'depth' | 'outer';
  /** Whether four neighbours are read at once. */
  vector: boolean;
  /** Rows of A or columns of B a thread owns; a multiple of four. */
  size: number;
  /** Along `outer`: WGSL expression of the distance from one k to the next. */
  stride?: string;
  /** Whether `aIn<i>` tells that row i lies inside: zeros are read elsewhere. */
  masked?: boolean;
}

/** Threads of a workgroup that runs without barriers. */
const THREADS = 64;

/** How many pointers `<name>At<i>` a side needs: one for each read of one k. */
export function pointers({ along, vector, size }: Side): number {
  return along === 'outer' && vector ? size / 4 : size;
}

function loads(side: Side, step: number): string {
  const { name, along, vector, stride, masked } = side;
  if (along === 'depth') {
    const zero = vector ? 'vec4f()' : '0.0';
    return range(pointers(side)).map((i) => {
      const read = `${name}Buffer[${name}At${i} + k]`;
      return `let ${name}${i} = ${masked ? `select(${zero}, ${read}, ${name}In${i})` : read};`;
    }).join('\n');
  }
  return range(step).flatMap((q) => range(pointers(side)).map((i) =>
    `let ${name}${q}_${i} = ${name}Buffer[${name}At${i} + (k * ${step}u + ${q}u) * ${stride}];`)).join('\n');
}

/** WGSL of element (outer index i, depth q of this step). */
function scalar({ name, along, vector }: Side, i: number, q: number): string {
  if (along === 'depth') return vector ? `${name}${i}.${'xyzw'[q]}` : `${name}${i}`;
  return vector ? `${name}${q}_${i >> 2}.${'xyzw'[i & 3]}` : `${name}${q}_${i}`;
}

function four(side: Side, j: number, q: number): string {
  if (side.along === 'outer' && side.vector) return `${side.name}${q}_${j}`;
  return `vec4f(${range(4).map((i) => scalar(side, 4 * j + i, q)).join(', ')})`;
}

/** Declares the accumulators `c<i>_<j>`: rows of vec4. */
export function accumulators(rows: number, columns: number): string {
  return range(rows).map((i) => range(columns / 4).map((j) => `var c${i}_${j} = vec4f();`).join(' ')).join('\n');
}

/** The values of k a loop iteration covers: four where an operand is read four deep. */
export function depthStep(a: Side, b: Side): number {
  return [a, b].some(({ along, vector }) => along === 'depth' && vector) ? 4 : 1;
}

/** The inner loop over `count` steps: only loads at moving pointers and fused multiply-adds, nothing else. */
export function innerLoop(a: Side, b: Side, count: string): string {
  const step = depthStep(a, b);
  const products = range(step).flatMap((q) => range(a.size).flatMap((i) => range(b.size / 4).map((j) =>
    `c${i}_${j} = fma(vec4f(${scalar(a, i, q)}), ${four(b, j, q)}, c${i}_${j});`)));
  return `for (var k = 0u; k < ${count}; k++) {
${loads(a, step)}
${loads(b, step)}
${products.join('\n')}
}`;
}

/**
 * Writes the accumulators to `out`, of `columns` columns, as vec4 when `vector`. `row(i)` is the WGSL expression of row i's index in `out`
 * and `inside(i)` the condition under which it exists; n0 is the thread's first column.
 */
export function store(tile: Tile, columns: number, vector: boolean, row: (i: number) => string, inside: (i: number) => string): string {
  const whole = columns % tile.columns === 0;
  return range(tile.rows).map((i) => {
    const cells = range(tile.columns / 4).flatMap((j) => {
      if (vector) {
        const write = `out[at + ${j}u] = c${i}_${j};`;
        return [whole || j === 0 ? write : `if (n0 + ${4 * j}u < ${columns}u) { ${write} }`];
      }
      return range(4).map((q) => `if (n0 + ${4 * j + q}u < ${columns}u) { out[at + ${4 * j + q}u] = c${i}_${j}.${'xyzw'[q]}; }`);
    });
    const at = vector ? `(${row(i)}) * ${columns / 4}u + n0 / 4u` : `(${row(i)}) * ${columns}u + n0`;
    return `if (${inside(i)}) { let at = ${at}; ${cells.join(' ')} }`;
  }).join('\n');
}

/** Pointers of B's columns for an operand whose rows are k: `start` is the index of row 0 of the segment. */
export function columnPointers(b: Side, columns: number, start: string): string {
  return range(pointers(b)).map((j) => (b.vector
    ? `let bAt${j} = (${start}) + min(n0 / 4u + ${j}u, ${columns / 4 - 1}u);`
    : `let bAt${j} = (${start}) + min(n0 + ${j}u, ${columns - 1}u);`)).join('\n');
}

export interface Tile {
  rows: number;
  columns: number;
}

/**
 * Outputs a thread owns: eight by eight reads each operand least often, four by four keeps more threads busy where the output is small. A software adapter has
 * few threads to keep busy.
 */
export function chooseTile(rows: number, columns: number, layers: number, software: boolean): Tile {
  const wanted = software ? 64 : 8192;
  const wide = columns > 4 ? 8 : 4;
  const tall = rows > 4 ? 8 : 4;
  const candidates: Tile[] = [{ rows: tall, columns: wide }, { rows: 4, columns: wide }, { rows: 4, columns: 4 }];
  const threads = (tile: Tile) => Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * layers;
  return candidates.find((tile) => threads(tile) >= wanted) ?? candidates[2];
}

/**
 * A grid of one thread a tile for `layers` matrices, and the head of its shader: defines tileM, n0 and layer, and leaves threads beside the
 * matrix. Neighbouring threads own neighbouring columns.
 */
export function tileGrid(tilesM: number, columns: number, tile: Tile, layers: number): { grid: [number, number, number]; head: string } {
  const tilesN = Math.ceil(columns / tile.columns);
  let across = 1;
  while (across < tilesN && across < 8) across *= 2;
  const down = THREADS / across;
  const groupsM = Math.ceil(tilesM / down);
  const x = Math.min(groupsM, MAX_GROUPS);
  const folds = Math.ceil(groupsM / x);
  return {
    grid: [x, Math.ceil(tilesN / across), layers * folds],
    head: `
@compute @workgroup_size(${across}, ${down})
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let layer = ${folds === 1 ? 'group.z' : `group.z % ${layers}u`};
  let tileM = (group.x${folds === 1 ? '' : ` + group.z / ${layers}u * ${x}u`}) * ${down}u + local.y;
  let n0 = (group.y * ${across}u + local.x) * ${tile.columns}u;
  if (tileM >= ${tilesM}u || n0 >= ${columns}u) { return; }`,
  };
}
