import type { ScoreSummary } from '../../../workers/protocol';

/** Share of the images that the bins span when the rest lies far out. */
const SPAN = 0.99;
/** A maximum this many times farther from the median than the end of that span would leave most bins empty. */
const FAR = 2;

export interface Histogram {
  least: number;
  most: number;
  /** Right edge of the last bin; below `most` when far outliers share that bin. */
  end: number;
  median: number;
  /** Images and picked images in each bin of equal width between `least` and `end`. */
  counts: Uint32Array;
  picked: Uint32Array;
  pickedScores: Float32Array;
}

/**
 * Counts the scores of one class, or of all when `classIndex` is null, and marks the picks.
 * @param picked rows of the data set; @param positionOf their place in `summary`, see `invert`.
 */
export function histogramOf(summary: ScoreSummary, picked: ArrayLike<number>, positionOf: Int32Array, classIndex: number | null, bins: number): Histogram {
  const { scores, classes } = summary;
  const inClass = (i: number): boolean => classIndex === null || classes[i] === classIndex;
  const kept = classIndex === null ? scores.slice() : scores.filter((_, i) => inClass(i));
  kept.sort();
  const least = kept.length > 0 ? kept[0] : 0;
  const most = kept.length > 0 ? kept[kept.length - 1] : 1;
  const median = kept.length > 0 ? kept[kept.length >> 1] : 0;
  const span = kept.length > 0 ? kept[Math.floor((kept.length - 1) * SPAN)] : most;
  const end = span > median && most - median > FAR * (span - median) ? span : most;
  const width = (end - least) / bins || 1;
  const bin = (score: number): number => Math.min(bins - 1, Math.floor((score - least) / width));
  const counts = new Uint32Array(bins);
  for (const score of kept) counts[bin(score)]++;
  const marks = new Uint32Array(bins);
  const pickedScores: number[] = [];
  for (let i = 0; i < picked.length; i++) {
    const position = positionOf[picked[i]] ?? -1;
    if (position < 0 || !inClass(position)) continue;
    marks[bin(scores[position])]++;
    pickedScores.push(scores[position]);
  }
  return { least, most, end, median, counts, picked: marks, pickedScores: Float32Array.from(pickedScores) };
}

/** Picked rows by class, each from easy to hard. */
export function rankedPicks(summary: ScoreSummary, picked: ArrayLike<number>, positionOf: Int32Array): number[][] {
  const byClass: number[][] = summary.classNames.map(() => []);
  for (let i = 0; i < picked.length; i++) {
    const position = positionOf[picked[i]] ?? -1;
    if (position >= 0) byClass[summary.classes[position]].push(picked[i]);
  }
  for (const rows of byClass) rows.sort((a, b) => summary.scores[positionOf[a]] - summary.scores[positionOf[b]]);
  return byClass;
}
