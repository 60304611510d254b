import { MAX_GROUPS, range, type Gpu } from './program';

/** Outputs a thread owns, and whether the threads of a workgroup share what they read: fast on graphics cards, slow where threads are simulated. */
export interface Tile {
  rows: number;
  columns: number;
  shared: boolean;
}

/** One operand of a tiled product C[m, n] = sum_k A[m, k] B[k, n]. */
export interface Side {
  name: 'a' | 'b';
  /** Which index neighbours in memory: the depth k, or the outer one, m of A and n of B. */
  along: 'depth' | 'outer';
  /** Whether four neighbours are read at once; sharing wants that of both sides. */
  vector: boolean;
  /** Rows of A or columns of B a thread owns; a multiple of four. */
  size: number;
  /** Along `outer`: distance from one k to the next. */
  stride: number;
  /** Whether `aIn<i>` tells that row i lies inside: zeros are read elsewhere. */
  masked?: boolean;
}

/** Threads along each side of a workgroup that shares, and the depth it reads at once. */
export const GROUP_SIDE = 8;
export const SHARED_DEPTH = 8;
/** Threads of a workgroup that does not share. */
const THREADS = 64;

/** Rows and columns that have one start: those of a thread, or of a whole workgroup that shares. */
export function span({ rows, columns, shared }: Tile): { rows: number; columns: number } {
  const side = shared ? GROUP_SIDE : 1;
  return { rows: rows * side, columns: columns * side };
}

/** How many pointers `<name>At<i>` a thread follows: one for each of its reads at one depth. */
export function pointers({ along, vector, size }: Side, shared: boolean): number {
  if (shared) return along === 'outer' ? 1 : size / 4;
  return along === 'outer' && vector ? size / 4 : size;
}

/** WGSL of the row or column pointer i stands for, from the start of the tile; of the first of four where they are read together. */
export function outerOf({ along, vector, size }: Side, shared: boolean, i: number): string {
  if (shared) return along === 'outer' ? `4u * (lane % ${2 * size}u)` : `(lane >> 1u) + ${32 * i}u`;
  return `${along === 'outer' && vector ? 4 * i : i}u`;
}

/**
 * Declares the pointers of a side that is `outer` long, starting at `start` of it and at element `base` of its buffer: each lies `step` elements on from
 * the one before, in units of what is read at once. Those beyond the edge repeat the last, and their results are never stored.
 */
export function follow(side: Side, shared: boolean, { outer, start, base, step }: { outer: number; start: string; base: string; step: number }): string {
  return range(pointers(side, shared)).map((i) => {
    const at = `${start} + ${outerOf(side, shared, i)}`;
    const index = side.along === 'outer' && side.vector ? `min((${at}) / 4u, ${outer / 4 - 1}u)` : `min(${at}, ${outer - 1}u) * ${step}u`;
    return `let ${side.name}At${i} = ${base} + ${index};`;
  }).join('\n');
}

/**
 * The tile for a product: eight by eight outputs a thread read each operand least often, four by four keep more threads busy where the output is small. A
 * software adapter has few threads to keep busy.
 */
export function chooseTile(rows: number, columns: number, layers: number, vectors: boolean, gpu: Gpu): Tile {
  if (gpu.forced) return { ...gpu.forced, shared: gpu.forced.shared && vectors };
  const shared = vectors && !gpu.software && rows >= 16 && columns >= 16;
  const wide = columns > 4 ? 8 : 4;
  const tall = rows > 4 ? 8 : 4;
  const candidates = shared
    ? [{ rows: 8, columns: 8 }, { rows: 4, columns: 4 }]
    : [{ rows: tall, columns: wide }, { rows: 4, columns: wide }, { rows: 4, columns: 4 }];
  const wanted = gpu.software ? 64 : 8192;
  const threads = (tile: { rows: number; columns: number }) => Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * layers;
  return { ...(candidates.find((tile) => threads(tile) >= wanted) ?? candidates[candidates.length - 1]), shared };
}

/**
 * A grid for `tilesM` tiles of rows, all tiles of columns and `layers` matrices, and the head of its shader. Defines layer, tileM, the thread's own first
 * row within the tile (`ownRow`), its first column n0, and the first column of its tile nTile. Threads beside the matrix end here unless
 * others wait for them; neighbouring threads own neighbouring columns.
 */
export function tileGrid(tilesM: number, columns: number, tile: Tile, layers: number): { grid: [number, number, number]; head: string } {
  const tilesN = Math.ceil(columns / span(tile).columns);
  let across = 1;
  while (!tile.shared && across < tilesN && across < 8) across *= 2;
  const down = tile.shared ? 1 : THREADS / across;
  const groupsM = Math.ceil(tilesM / down);
  const x = Math.min(groupsM, MAX_GROUPS);
  const folds = Math.ceil(groupsM / x);
  const size = tile.shared ? `${GROUP_SIDE}, ${GROUP_SIDE}` : `${across}, ${down}`;
  const groupM = `(group.x${folds === 1 ? '' : ` + group.z / ${layers}u * ${x}u`})`;
  const own = tile.shared ? `
  let tileM = ${groupM};
  let lane = local.y * ${GROUP_SIDE}u + local.x;
  let ownRow = local.y * ${tile.rows}u;
  let nTile = group.y * ${span(tile).columns}u;
  let n0 = nTile + local.x * ${tile.columns}u;
  if (tileM >= ${tilesM}u) { return; }` : `
  let tileM = ${groupM} * ${down}u + local.y;
  let ownRow = 0u;
  let nTile = (group.y * ${across}u + local.x) * ${tile.columns}u;
  let n0 = nTile;
  if (tileM >= ${tilesM}u || n0 >= ${columns}u) { return; }`;
  return {
    grid: [x, Math.ceil(tilesN / across), layers * folds],
    head: `
@compute @workgroup_size(${size})
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let layer = ${folds === 1 ? 'group.z' : `group.z % ${layers}u`};${own}`,
  };
}

/** Part of a pipeline's key. */
export function tileKey({ rows, columns, shared }: Tile): string {
  return `${rows}x${columns}${shared ? ' shared' : ''}`;
}
