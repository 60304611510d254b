import { RetortError } from '../failure';

/** How far a subset's shares (of classes, sources, any metadata value) moved from those of the full set. */
export interface Drift {
  /** Total variation, half the sum of absolute changes: 0 for equal shares, 1 when nothing is shared. It is the share of images that would have to change their group. */
  total: number;
  /** Share in the subset minus share in the full set, in the order of the counts. */
  perGroup: number[];
}

/**
 * @param subset images of each group kept. @param full images of each group before.
 * @throws RetortError `groups-mismatch` for different group counts, `no-samples` when a side holds no image.
 */
export function shareDrift(subset: ArrayLike<number>, full: ArrayLike<number>): Drift {
  if (subset.length !== full.length) {
    throw new RetortError('groups-mismatch', 'Shares of different groups cannot be compared. Take both from the same data set.', { subset: subset.length, full: full.length });
  }
  const shares = (counts: ArrayLike<number>): number[] => {
    const list = Array.from(counts);
    const sum = list.reduce((total, count) => total + count, 0);
    if (sum > 0) return list.map((count) => count / sum);
    throw new RetortError('no-samples', 'Shares need at least one image on each side. Choose more images.', {});
  };
  const before = shares(full);
  const perGroup = shares(subset).map((share, group) => share - before[group]);
  return { total: perGroup.reduce((sum, change) => sum + Math.abs(change), 0) / 2, perGroup };
}
