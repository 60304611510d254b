/** Accuracies in [0, 1] behind a label-robust score. */
export interface Accuracies {
  /** The condensed set with the labels it is credited with, and with hard ones. */
  condensed: number;
  condensedHard: number;
  /** Random images of the same number under the same labels. */
  random: number;
  /** All training images with hard labels. */
  fullHard: number;
}

/**
 * DD-Ranking's label-robust score in [0, 100] (arXiv 2505.13300): alpha = w IOR - (1 - w) HLR with the improvement over random
 * IOR = condensed - random and the hard-label recovery HLR = fullHard - condensedHard, mapped by (e^alpha - e^-1) / (e - e^-1). A set no better than random images
 * gains nothing from soft labels here, and 26.9 is what alpha = 0 scores.
 */
export function labelRobustScore({ condensed, condensedHard, random, fullHard }: Accuracies, weight = 0.5): number {
  const alpha = weight * (condensed - random) - (1 - weight) * (fullHard - condensedHard);
  return (100 * (Math.exp(alpha) - Math.exp(-1))) / (Math.E - Math.exp(-1));
}
