import { RetortError } from '../failure';
import { insertSmallest } from './smallest';

/** Cells along each side of the pooled picture that the search looks at first. */
const GRID = 8;

export interface PixelShape {
  /** Side in pixels, and channels, of a picture; bytes are row-major, channels last. */
  size: number;
  channels: number;
}

/** Cell of every byte of a picture, and the square root of how many bytes each cell holds. */
function cells({ size, channels }: PixelShape): { cellOf: Uint16Array; roots: Float64Array } {
  const grid = Math.min(GRID, size);
  const cellOf = new Uint16Array(size * size * channels);
  const counts = new Float64Array(grid * grid * channels);
  for (let at = 0; at < cellOf.length; at++) {
    const pixel = Math.floor(at / channels);
    const row = Math.floor((Math.floor(pixel / size) * grid) / size);
    const column = Math.floor(((pixel % size) * grid) / size);
    const cell = (row * grid + column) * channels + (at % channels);
    cellOf[at] = cell;
    counts[cell]++;
  }
  return { cellOf, roots: counts.map(Math.sqrt) };
}

/**
 * Exact search for the k nearest pictures by pixel L2, fed in blocks so that no data set has to be in memory. Within a cell of c bytes
 * sum (x - y)^2 >= c (mean x - mean y)^2, so pooled pictures give a lower bound that rules out nearly every candidate before its pixels are read.
 */
export class PixelNeighbours {
  /** Squared distances in bytes, [count, k], ascending in each row; Infinity where fewer than k were added. */
  readonly squared: Float64Array;
  private readonly cellOf: Uint16Array;
  private readonly roots: Float64Array;
  private readonly pooled: Float64Array;
  private added = 0;

  /** @param queries uint8 [count, size, size, channels]. @param k neighbours wanted, 1 or more. */
  constructor(private readonly queries: Uint8Array, readonly count: number, shape: PixelShape, readonly k: number) {
    const { cellOf, roots } = cells(shape);
    this.cellOf = cellOf;
    this.roots = roots;
    this.squared = new Float64Array(count * k).fill(Infinity);
    this.pooled = this.pool(queries, count);
  }

  /** Pictures added so far. */
  get size(): number {
    return this.added;
  }

  /** Lets `count` more pictures compete. @throws RetortError `image-size-mismatch` when the bytes do not make that many pictures of the queries' shape. */
  add(pictures: Uint8Array, count: number): void {
    const { k, pooled, squared } = this;
    const cellCount = this.roots.length;
    const others = this.pool(pictures, count);
    for (let query = 0; query < this.count; query++) {
      const from = query * cellCount;
      const worst = query * k + k - 1;
      for (let other = 0; other < count; other++) {
        const to = other * cellCount;
        const limit = squared[worst];
        let bound = 0;
        for (let cell = 0; cell < cellCount && bound < limit; cell++) {
          const difference = pooled[from + cell] - others[to + cell];
          bound += difference * difference;
        }
        // The bound is a rounded sum of rounded means: without the margin it could rule out a tie.
        if (bound * (1 - 1e-9) >= limit) continue;
        insertSmallest(squared, query * k, k, this.distance(query, pictures, other));
      }
    }
    this.added += count;
  }

  private distance(query: number, pictures: Uint8Array, other: number): number {
    const { length } = this.cellOf;
    const from = query * length;
    const to = other * length;
    let sum = 0;
    for (let at = 0; at < length; at++) {
      const difference = this.queries[from + at] - pictures[to + at];
      sum += difference * difference;
    }
    return sum;
  }

  /** Cell sums over the root of the cell's size, so that plain squared differences are the bound. */
  private pool(pictures: Uint8Array, count: number): Float64Array {
    const { length } = this.cellOf;
    if (pictures.length !== count * length) {
      throw new RetortError('image-size-mismatch', 'Pictures of different sizes cannot be compared. Read the folder again at one size.', { bytes: pictures.length, expected: count * length });
    }
    const cellCount = this.roots.length;
    const out = new Float64Array(count * cellCount);
    for (let picture = 0; picture < count; picture++) {
      const from = picture * length;
      const to = picture * cellCount;
      for (let at = 0; at < length; at++) out[to + this.cellOf[at]] += pictures[from + at];
      for (let cell = 0; cell < cellCount; cell++) out[to + cell] /= this.roots[cell];
    }
    return out;
  }
}
