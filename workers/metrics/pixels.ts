import { RetortError } from '../failure';
import { insertSmallest } from './smallest';

/** Cells along each side of the pooled picture that the search looks at first. */
const GRID = 8;
/** Bounds are rounded sums of rounded means: taken at face value they could rule out a tie. */
const MARGIN = 1 - 1e-9;

export interface PixelShape {
  /** Side in pixels, and channels, of a picture; bytes are row-major, channels last. */
  size: number;
  channels: number;
}

interface Cells {
  /** Cell of every byte of a picture; the cells of a band, a row of cells, hold consecutive bytes. */
  cellOf: Uint16Array;
  /** Square root of how many bytes each cell holds. */
  roots: Float64Array;
  /** First byte of each band, and the end of the last. */
  bands: Uint32Array;
}

function cellsOf({ size, channels }: PixelShape): Cells {
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
  const bands = Uint32Array.from({ length: grid + 1 }, (_, band) => Math.ceil((band * size) / grid) * size * channels);
  return { cellOf, roots: counts.map(Math.sqrt), bands };
}

/**
 * Exact search for the k nearest pictures by pixel L2, fed in blocks so that no data set has to be in memory. Within a cell of c bytes
 * sum (x - y)^2 >= c (mean x - mean y)^2, so pooled pictures give a lower bound that rules out most candidates before their pixels are read,
 * and the bounds of the bands still unread rule out most others soon after.
 */
export class PixelNeighbours {
  /** Squared distances in bytes, [count, k], ascending in each row; Infinity where fewer than k were added. */
  readonly squared: Float64Array;
  private readonly cells: Cells;
  private readonly pooled: Float64Array;
  private added = 0;

  /** @param queries uint8 [count, size, size, channels]. @param k neighbours wanted, 1 or more. */
  constructor(private readonly queries: Uint8Array, readonly count: number, shape: PixelShape, readonly k: number) {
    this.cells = cellsOf(shape);
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
    const bandCount = this.cells.bands.length - 1;
    const width = this.cells.roots.length / bandCount;
    const others = this.pool(pictures, count);
    const bounds = new Float64Array(bandCount);
    for (let query = 0; query < this.count; query++) {
      const worst = query * k + k - 1;
      for (let other = 0; other < count; other++) {
        let from = query * width * bandCount;
        let to = other * width * bandCount;
        let bound = 0;
        for (let band = 0; band < bandCount; band++) {
          let sum = 0;
          for (let cell = 0; cell < width; cell++) {
            const difference = pooled[from++] - others[to++];
            sum += difference * difference;
          }
          bounds[band] = sum;
          bound += sum;
        }
        const limit = squared[worst];
        if (bound * MARGIN < limit) insertSmallest(squared, query * k, k, this.distance(query, pictures, other, bounds, bound, limit));
      }
    }
    this.added += count;
  }

  /** Squared distance, or Infinity as soon as the bands read and the bounds of the others exceed `limit`. */
  private distance(query: number, pictures: Uint8Array, other: number, bounds: Float64Array, bound: number, limit: number): number {
    const { bands, cellOf } = this.cells;
    const { queries } = this;
    const from = query * cellOf.length;
    const to = other * cellOf.length;
    let unread = bound;
    let sum = 0;
    for (let band = 0; band < bounds.length; band++) {
      for (let at = bands[band]; at < bands[band + 1]; at++) {
        const difference = queries[from + at] - pictures[to + at];
        sum += difference * difference;
      }
      unread -= bounds[band];
      if ((sum + unread) * MARGIN > limit) return Infinity;
    }
    return sum;
  }

  /** Cell sums over the root of the cell's size, so that plain squared differences are the bound. */
  private pool(pictures: Uint8Array, count: number): Float64Array {
    const { cellOf, roots } = this.cells;
    const { length } = cellOf;
    if (pictures.length !== count * length) {
      throw new RetortError('image-size-mismatch', 'Pictures of different sizes cannot be compared. Read the folder again at one size.', { bytes: pictures.length, expected: count * length });
    }
    const cellCount = roots.length;
    const out = new Float64Array(count * cellCount);
    for (let picture = 0; picture < count; picture++) {
      const from = picture * length;
      const to = picture * cellCount;
      for (let at = 0; at < length; at++) out[to + cellOf[at]] += pictures[from + at];
      for (let cell = 0; cell < cellCount; cell++) out[to + cell] /= roots[cell];
    }
    return out;
  }
}
