import { PixelNeighbours, type PixelShape } from '../metrics/pixels';
import { insertSmallest } from '../metrics/smallest';

/** Queries between two breaths. */
const CHUNK = 32;
/** Pictures read at a time. */
const BLOCK = 250;

/**
 * The k nearest of `candidates` for each of `queries`, rows of `content` [n, dim], by Euclidean distance; a query is not its own neighbour.
 * @returns rows and distances [queries, k], nearest first; k is smaller where there are fewer candidates.
 */
export async function nearestByContent(
  content: Float64Array, dim: number, queries: ArrayLike<number>, candidates: ArrayLike<number>, wanted: number, breathe: () => Promise<void>,
): Promise<{ nearest: Uint32Array; distances: Float64Array; k: number }> {
  const k = Math.max(0, Math.min(wanted, candidates.length - 1));
  const nearest = new Uint32Array(queries.length * k);
  const distances = new Float64Array(queries.length * k);
  const squared = new Float64Array(candidates.length);
  for (let q = 0; q < queries.length && k > 0; q++) {
    const smallest = new Float64Array(k).fill(Infinity);
    for (let c = 0; c < candidates.length; c++) {
      let sum = candidates[c] === queries[q] ? Infinity : 0;
      for (let j = 0, a = queries[q] * dim, b = candidates[c] * dim; j < dim; j++, a++, b++) sum += (content[a] - content[b]) ** 2;
      squared[c] = sum;
      insertSmallest(smallest, 0, k, sum);
    }
    const found: number[] = [];
    for (let c = 0; c < candidates.length; c++) if (squared[c] <= smallest[k - 1]) found.push(c);
    found.sort((a, b) => squared[a] - squared[b] || a - b);
    for (let i = 0; i < k; i++) {
      nearest[q * k + i] = candidates[found[i]];
      distances[q * k + i] = Math.sqrt(squared[found[i]]);
    }
    if (q % CHUNK === 0) await breathe();
  }
  return { nearest, distances, k };
}

/**
 * The two nearest of `rows` for each of `count` pictures by pixel L2, and how near the first is against the second.
 * @param pictures uint8 [count, size, size, channels]. @param rows two or more. @param pixels reads rows in the same layout.
 * @returns rows [count, 2], and ratios in [0, 1]: 0 for a picture that is one of the rows, 1 where both are equally far.
 */
export async function nearestPictures(
  pictures: Uint8Array, count: number, shape: PixelShape, rows: Uint32Array, pixels: (rows: Uint32Array) => Uint8Array, breathe: () => Promise<void>,
): Promise<{ nearest: Uint32Array; ratios: Float64Array }> {
  const found = new PixelNeighbours(pictures, count, shape, 2);
  const nearest = new Uint32Array(2 * count);
  const seen = found.squared.slice();
  const bytes = shape.size * shape.size * shape.channels;
  for (let from = 0; from < rows.length; from += BLOCK) {
    const block = rows.subarray(from, from + BLOCK);
    const read = pixels(block);
    block.forEach((row, i) => {
      // The search keeps distances alone: fed one by one, a distance that fell names the picture it fell for.
      found.add(read.subarray(i * bytes, (i + 1) * bytes), 1);
      for (let at = 0; at < 2 * count; at += 2) {
        if (found.squared[at] < seen[at]) {
          nearest[at + 1] = nearest[at];
          nearest[at] = row;
        } else if (found.squared[at + 1] < seen[at + 1]) nearest[at + 1] = row;
        else continue;
        seen[at] = found.squared[at];
        seen[at + 1] = found.squared[at + 1];
      }
    });
    await breathe();
  }
  // An exact copy counts as one even where the rows hold it twice, as it does in the memorisation rate.
  const ratios = Float64Array.from({ length: count }, (_, i) => (found.squared[2 * i] === 0 ? 0 : Math.sqrt(found.squared[2 * i] / found.squared[2 * i + 1])));
  return { nearest, ratios };
}
