import { RetortError } from '../failure';
import { RandomStream } from '../random';
import type { PixelNeighbours } from './pixels';

/**
 * Whether a generator repeats its training images. FD rewards that, so both figures stand beside every FD. They are taken in pixel L2, where a copy
 * is a copy, and not in features of an encoder that may have seen the training images itself.
 */

/** A sample is a copy when its nearest training image is less than a third as far as the next one (Yoon et al., 2023; Gu et al., 2023). */
export const COPY_RATIO = 1 / 3;

/** Middle value; of an even number, the mean of the middle two. */
export function median(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RetortError('no-samples', 'A distance needs at least one image on each side. Choose more images, or hold out a larger test split.', {});
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * For every sample 1 when d1 / d2 < 1/3, with d1 and d2 the distances to the nearest and second nearest training image. An exact copy (d1 = 0) counts even where the
 * training images hold it twice. Near duplicates among the training images hide near copies, since d2 is then as small as d1.
 * @param train searched with k = 2 or more.
 * @throws RetortError `too-few-training-images` when fewer than two training images were added.
 */
export function copied({ squared, count, k, size }: PixelNeighbours): Uint8Array {
  if (k < 2 || size < 2) {
    throw new RetortError('too-few-training-images', 'Memorisation is measured against at least two training images. Choose more images.', { n: size });
  }
  return Uint8Array.from({ length: count }, (_, i) => {
    const first = squared[i * k];
    return first === 0 || first < COPY_RATIO ** 2 * squared[i * k + 1] ? 1 : 0;
  });
}

/**
 * Median distance of the samples to their nearest training image over the median to their nearest held-out image: about 1 when nothing is
 * memorised, towards 0 when samples crowd around training images. Infinity when held-out images are met exactly.
 * @throws RetortError `unequal-samples` unless as many images stand on both sides: with more to choose from, the nearest is nearer.
 */
export function nearestRatio(train: PixelNeighbours, heldOut: PixelNeighbours): number {
  if (train.size !== heldOut.size) {
    throw new RetortError('unequal-samples', 'Nearest neighbours compare only among equally many images. Take as many training as held-out images.', { train: train.size, heldOut: heldOut.size });
  }
  const nearest = ({ squared, count, k }: PixelNeighbours) => Math.sqrt(median(Float64Array.from({ length: count }, (_, i) => squared[i * k])));
  const [known, unseen] = [nearest(train), nearest(heldOut)];
  return known === 0 && unseen === 0 ? 1 : known / unseen;
}

/**
 * Two sets of equal size and equal class counts: of each class as many rows as the smaller side has, thinned by one share for all classes to at
 * most about `limit` (every class that is on both sides keeps at least one). Unequal class shares would move the nearest-neighbour ratio with nothing memorised.
 * @param labels class index of every row of the data set. @returns rows of either side, class-major.
 */
export function matchedRows(
  train: ArrayLike<number>, heldOut: ArrayLike<number>, labels: ArrayLike<number>, limit: number, seed: number,
): { train: Uint32Array<ArrayBuffer>; heldOut: Uint32Array<ArrayBuffer> } {
  const byClass = (rows: ArrayLike<number>): Map<number, number[]> => {
    const lists = new Map<number, number[]>();
    for (const row of Array.from(rows)) {
      const list = lists.get(labels[row]);
      if (list) list.push(row);
      else lists.set(labels[row], [row]);
    }
    return lists;
  };
  const [known, unseen] = [byClass(train), byClass(heldOut)];
  const counts = [...known].map(([label, rows]): [number, number] => [label, Math.min(rows.length, unseen.get(label)?.length ?? 0)]).filter(([, count]) => count > 0)
    .toSorted(([a], [b]) => a - b);
  const share = Math.min(1, limit / counts.reduce((sum, [, count]) => sum + count, 0));
  const draw = (lists: Map<number, number[]>, name: string): Uint32Array<ArrayBuffer> => {
    const stream = new RandomStream(seed, `metrics/matched/${name}`);
    return Uint32Array.from(counts.flatMap(([label, count]) => {
      const rows = lists.get(label) ?? [];
      return Array.from(stream.sample(rows.length, Math.max(1, Math.floor(count * share))), (at) => rows[at]);
    }));
  };
  return { train: draw(known, 'train'), heldOut: draw(unseen, 'held-out') };
}
