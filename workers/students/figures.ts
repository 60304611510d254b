import { labelRobustScore } from '../metrics/label-robust';
import { spreadOf } from '../metrics/spread';
import type { Spread, StudentAccuracy, StudentFigures } from '../protocol';
import type { Bundle } from '../runs/types';
import type { StudentScore } from './students.stage';
import type { Labels } from './train';

/** Artifacts of the students of each arm; `packed` where it was asked for. */
export interface StudentBundles {
  teacher: Bundle;
  method: Bundle;
  random: Bundle;
  full: Bundle;
  packed?: Bundle;
}

function accuracies({ head }: Bundle, labels: Labels): number[] {
  return (head.scores as StudentScore[]).filter((score) => score.labels === labels).map(({ accuracy }) => accuracy);
}

function armOf(bundle: Bundle): StudentAccuracy {
  return { hard: spreadOf(accuracies(bundle, 'hard')), soft: spreadOf(accuracies(bundle, 'soft')), images: bundle.head.images as number };
}

/** Spread of the differences seed by seed: what both students of a pair share cancels. */
function paired(a: Bundle, b: Bundle, labels: Labels): Spread {
  const baseline = accuracies(b, labels);
  return spreadOf(accuracies(a, labels).map((accuracy, i) => accuracy - baseline[i]));
}

/**
 * Brings the students of all arms together. Nothing where there are none: one class, or no seeds. The hard-label recovery of the label-robust score is measured
 * against the teacher, which is all the images with class indices until they give no more.
 */
export function studentFigures({ teacher, method, random, full, packed }: StudentBundles): StudentFigures | undefined {
  if (teacher.head.taught !== true || accuracies(method, 'hard').length === 0) return undefined;
  const [ours, baseline] = [armOf(method), armOf(random)];
  const ceiling = teacher.head.accuracy as number;
  const score = (labels: Labels): number =>
    labelRobustScore({ condensed: ours[labels].mean, condensedHard: ours.hard.mean, random: baseline[labels].mean, fullHard: ceiling });
  return {
    teacher: ceiling, method: ours, random: baseline, full: armOf(full), ...(packed && { packed: armOf(packed) }),
    gain: { hard: paired(method, random, 'hard'), soft: paired(method, random, 'soft') },
    labelRobustScore: { hard: score('hard'), soft: score('soft') },
    steps: method.head.steps as number,
    temperature: method.head.temperature as number,
  };
}
