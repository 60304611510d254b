import { MAX_GROUPS, range } from './text';

/**
 * How a product is cut up. Every tile adds up the same terms in the same order, so that all give the same bits and the choice is only
 * one of speed.
 */
export interface Tile {
  /** Outputs a thread owns, each side a multiple of four. */
  rows: number;
  columns: number;
  /** Whether the threads of a workgroup share what they read: fast on graphics cards, slow where threads are simulated. */
  shared: boolean;
  /** Threads along each side of a workgroup that shares, 8 unless told. */
  side?: number;
  /** Depth that a workgroup which shares reads at once, a multiple of four, 8 unless told. */
  depth?: number;
  /** Of 64 threads that do not share, those that lie side by side along the columns; as many as there are columns for, up to 8, unless told. */
  across?: number;
}

/** One operand of a tiled product C[m, n] = sum_k A[m, k] B[k, n]. */
export interface Side {
  name: 'a' | 'b';
  /** Which index neighbours in memory: the depth k, or the outer one, m of A and n of B. */
  along: 'depth' | 'outer';
  /** Whether four neighbours are read at once; sharing wants that of both sides. */
  vector: boolean;
  /** Whether it lies in memory as halves, and is read through `<name>Read`; only where `vector`. */
  half: boolean;
  /** Rows of A or columns of B a thread owns; a multiple of four. */
  size: number;
  /** Along `outer`: distance from one k to the next. */
  stride: number;
  /** Whether `aIn<i>` tells that row i lies inside: zeros are read elsewhere. */
  masked?: boolean;
}

const GROUP_SIDE = 8;
/** Depth a workgroup reads at once unless told; filter gradients along shorter rows do not share. */
export const SHARED_DEPTH = 8;
/** What every adapter grants a workgroup: bytes of memory, threads. */
const WORKGROUP_BYTES = 16384;
const WORKGROUP_THREADS = 256;
/** Threads of a workgroup that does not share. */
const THREADS = 64;

/** Threads along each side of a workgroup that shares. */
export function sideOf({ side }: Tile): number {
  return side ?? GROUP_SIDE;
}

/** Depth a workgroup that shares reads at once. */
export function depthOf({ depth }: Tile): number {
  return depth ?? SHARED_DEPTH;
}

/** Rows and columns that have one start: those of a thread, or of a whole workgroup that shares. */
export function span(tile: Tile): { rows: number; columns: number } {
  const side = tile.shared ? sideOf(tile) : 1;
  return { rows: tile.rows * side, columns: tile.columns * side };
}

/** Reads a thread that shares makes for one side of a slab, four numbers each. */
export function readsOf({ size }: Side, tile: Tile): number {
  return (size * depthOf(tile)) / (4 * sideOf(tile));
}

/** Whether a tile can be made: sharing wants vec4 on both sides, whole reads for every thread, and memory and threads that a workgroup has. */
export function possible(tile: Tile, vectors: boolean): boolean {
  if (!tile.shared) return true;
  const [side, depth] = [sideOf(tile), depthOf(tile)];
  return vectors && [tile.rows, tile.columns].every((size) => (size * depth) % (4 * side) === 0) &&
    4 * (tile.rows + tile.columns) * side * depth <= WORKGROUP_BYTES && side * side <= WORKGROUP_THREADS;
}

/** How many pointers `<name>At<i>` a thread follows: one for each of its reads at one depth. */
export function pointers(side: Side, tile: Tile): number {
  if (tile.shared) return side.along === 'outer' ? 1 : readsOf(side, tile);
  return side.along === 'outer' && side.vector ? side.size / 4 : side.size;
}

/** WGSL of the row or column pointer i stands for, from the start of the tile; of the first of four where they are read together. */
export function outerOf({ along, vector, size }: Side, tile: Tile, i: number): string {
  const side = sideOf(tile);
  const quads = depthOf(tile) / 4;
  if (tile.shared) return along === 'outer' ? `4u * (lane % ${(size * side) / 4}u)` : `lane / ${quads}u + ${(side * side * i) / quads}u`;
  return `${along === 'outer' && vector ? 4 * i : i}u`;
}

/**
 * Declares the pointers of a side that is `outer` long, starting at `start` of it and at element `base` of its buffer: each lies `step` elements on from
 * the one before, in units of what is read at once. Those beyond the edge repeat the last, and their results are never stored.
 */
export function follow(side: Side, tile: Tile, { outer, start, base, step }: { outer: number; start: string; base: string; step: number }): string {
  return range(pointers(side, tile)).map((i) => {
    const at = `${start} + ${outerOf(side, tile, i)}`;
    const index = side.along === 'outer' && side.vector ? `min((${at}) / 4u, ${outer / 4 - 1}u)` : `min(${at}, ${outer - 1}u) * ${step}u`;
    return `let ${side.name}At${i} = ${base} + ${index};`;
  }).join('\n');
}

/**
 * The tile for a product where nothing was measured: eight by eight outputs a thread read each operand least often, four by four keep more threads busy
 * where the output is small. A software adapter has few threads to keep busy.
 */
export function usualTile(rows: number, columns: number, layers: number, vectors: boolean, software: boolean): Tile {
  const shared = vectors && !software && rows >= 16 && columns >= 16;
  const wide = columns > 4 ? 8 : 4;
  const tall = rows > 4 ? 8 : 4;
  const candidates = shared
    ? [{ rows: 8, columns: 8 }, { rows: 4, columns: 4 }]
    : [{ rows: tall, columns: wide }, { rows: 4, columns: wide }, { rows: 4, columns: 4 }];
  const wanted = software ? 64 : 8192;
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
  let across = tile.shared ? 1 : tile.across ?? 1;
  while (!tile.shared && tile.across === undefined && across < tilesN && across < 8) across *= 2;
  const down = tile.shared ? 1 : THREADS / across;
  const groupsM = Math.ceil(tilesM / down);
  const x = Math.min(groupsM, MAX_GROUPS);
  const folds = Math.ceil(groupsM / x);
  const size = tile.shared ? `${sideOf(tile)}, ${sideOf(tile)}` : `${across}, ${down}`;
  const groupM = `(group.x${folds === 1 ? '' : ` + group.z / ${layers}u * ${x}u`})`;
  const own = tile.shared ? `
  let tileM = ${groupM};
  let lane = local.y * ${sideOf(tile)}u + local.x;
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
export function tileKey(tile: Tile): string {
  const { rows, columns, shared, across } = tile;
  return `${rows}x${columns}${shared ? ` shared ${sideOf(tile)}/${depthOf(tile)}` : ''}${across === undefined ? '' : ` across ${across}`}`;
}
