import type { Format } from './half';
import { range, type Program } from './text';
import { possible, tileKey, type Tile } from './tile';

/** A product that any tile can compute, with the same bits. */
export interface Tiled {
  /** Names the product with its shapes, without the tile. */
  key: string;
  /** Floating-point operations, a multiplication and an addition counted as two. */
  flops: number;
  /** Whether both operands and the result can be read and written four numbers at a time. */
  vectors: boolean;
  /** The tile where nothing was measured. */
  usual: Tile;
  /** Numbers of four bytes behind each binding: both operands, a bias where there is one, and the result. */
  sizes: readonly number[];
  /** How the operands lie in memory. */
  format: Format;
  program: (tile: Tile) => Pick<Program, 'wgsl' | 'grid'>;
}

/** Decides on a tile before a product is encoded; must answer at once. */
export interface Chooser {
  choose(kernel: Tiled): Tile;
}

/** The program of a product under a tile. */
export function programOf(kernel: Tiled, tile: Tile): Program {
  return { key: `${kernel.key} ${tileKey(tile)}`, ...kernel.program(tile) };
}

const SIZES = [4, 8, 16];

/** Every tile that makes sense for a product: 4 to 16 rows and columns a thread, group shapes, sharing or not, depths of slabs. */
export function everyTile({ vectors }: Pick<Tiled, 'vectors'>): Tile[] {
  // Sixteen by sixteen outputs are more registers than any device gives a thread.
  const sizes = SIZES.flatMap((rows) => SIZES.map((columns) => ({ rows, columns }))).filter(({ rows, columns }) => rows * columns < 256);
  const apart = sizes.flatMap((size) => range(5).map((power) => ({ ...size, shared: false, across: 2 ** power })));
  const together = sizes.flatMap((size) => [8, 16].flatMap((side) => [8, 16].map((depth) => ({ ...size, shared: true, side, depth }))));
  return [...apart, ...together].filter((tile) => possible(tile, vectors));
}

/** The few tiles between which a measurement at run time decides, the usual one first. */
export function likelyTiles(kernel: Tiled): Tile[] {
  const shared = (rows: number, columns: number, side: number, depth: number): Tile => ({ rows, columns, shared: true, side, depth });
  const apart = (rows: number, columns: number): Tile => ({ rows, columns, shared: false });
  const candidates = [
    kernel.usual, shared(4, 4, 8, 8), shared(8, 8, 8, 8), shared(4, 4, 16, 16), shared(8, 4, 8, 16), apart(4, 4), apart(8, 4), apart(4, 8), apart(8, 8),
  ];
  const keys = new Set<string>();
  return candidates.filter((tile) => {
    const key = tileKey(tile);
    const fresh = !keys.has(key);
    keys.add(key);
    return fresh && possible(tile, kernel.vectors);
  });
}
