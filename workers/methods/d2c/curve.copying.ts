import type { DataSet } from '../../data/types';
import { bootstrapMean } from '../../metrics/bootstrap';
import { copied, matchedRows, nearestRatio } from '../../metrics/memorisation';
import { PixelNeighbours } from '../../metrics/pixels';
import type { Copying } from '../../protocol';
import { RandomStream } from '../../random';
import { NEIGHBOUR_ROWS, neighbourRows } from './curve';

/** Bounds of the training images that copies are looked for among: some seconds of search at any picture size. Most selections lie below and are searched whole. */
const SEARCHED_ROWS = 10_000;
const SEARCHED_BYTES = 2 ** 25;

/** Most training images of `bytes` bytes each that are searched: 10,000 up to 32 px in colour, 2,730 at 64 px, never fewer than the samples they are held against. */
export function searchedRows(bytes: number): number {
  return Math.max(NEIGHBOUR_ROWS, Math.min(SEARCHED_ROWS, Math.floor(SEARCHED_BYTES / bytes)));
}

const BLOCK = 500;

/** Lets every row compete, a block at a time, so that stopping and pausing stay quick and the data set stays on disk. */
async function search(found: PixelNeighbours, dataset: DataSet, rows: Uint32Array, breathe: () => Promise<void>): Promise<PixelNeighbours> {
  for (let from = 0; from < rows.length; from += BLOCK) {
    const block = rows.subarray(from, from + BLOCK);
    found.add(dataset.pixels(block), block.length);
    await breathe();
  }
  return found;
}

/**
 * How far sampled images repeat the images their model was trained on, in pixel L2: the memorisation rate against all training images of the arm (at most
 * `searchedRows` in a seeded draw), and the nearest-neighbour ratio between equally many training and held-out images of each class (at most `NEIGHBOUR_ROWS` a side).
 * @param samples uint8 NHWC of `count` images, of which at most `NEIGHBOUR_ROWS` are looked at. @param trained data set rows of the arm.
 * @returns null where the arm has fewer than two images, among which nothing can be second nearest.
 */
export async function copyingOf(
  dataset: DataSet, trained: Uint32Array, samples: Uint8Array, count: number, seed: number, breathe: () => Promise<void>,
): Promise<Copying | null> {
  if (trained.length < 2) return null;
  const { size, channels } = dataset.summary;
  const bytes = size * size * channels;
  const chosen = neighbourRows(count, seed, 'generated');
  const queries = new Uint8Array(chosen.length * bytes);
  chosen.forEach((row, i) => queries.set(samples.subarray(row * bytes, (row + 1) * bytes), i * bytes));
  const nearest = (rows: Uint32Array, k: number) => search(new PixelNeighbours(queries, chosen.length, { size, channels }, k), dataset, rows, breathe);

  const draw = new RandomStream(seed, 'curve/searched').sample(trained.length, searchedRows(bytes)).sort();
  const train = await nearest(draw.map((at) => trained[at]), 2);
  const matched = matchedRows(trained, dataset.rows('test'), dataset.labels(), NEIGHBOUR_ROWS, seed);
  const ratio = matched.train.length > 0 ? nearestRatio(await nearest(matched.train, 1), await nearest(matched.heldOut, 1)) : NaN;
  return {
    memorisation: bootstrapMean(copied(train), { seed }),
    searched: train.size,
    ...(Number.isFinite(ratio) ? { nnRatio: ratio } : {}),
    matched: matched.train.length,
  };
}
