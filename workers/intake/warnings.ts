import type { ClassSummary, Failure } from '../protocol';
import { splitOf } from './layout';
import { warning } from './verdicts';

/** Ratio of the largest to the smallest class from which the imbalance is pointed out. */
const IMBALANCE = 10;
/** Names listed in one sentence. */
const NAMES = 5;

function list(names: readonly string[]): string {
  const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : '';
  return names.slice(0, NAMES).join(', ') + more;
}

export interface Findings {
  classes: readonly ClassSummary[];
  /** Names of classes of which no picture could be used. */
  empty: readonly string[];
  /** Pictures smaller than the working size in both directions. */
  enlarged: number;
  conflicts: number;
  size: number;
  originalsDropped: boolean;
  keepOriginals: number;
}

/** What a person should know about a data set before training on it. */
export function findWarnings(findings: Findings): Failure[] {
  const { classes, empty, enlarged, conflicts, size } = findings;
  const found: Failure[] = [];
  const count = (summary: ClassSummary): number => summary.train + summary.test + summary.reserve;
  const counts = classes.map(count);
  const largest = Math.max(...counts);
  const smallest = Math.min(...counts);
  if (classes.length === 1) {
    found.push(warning('one-class', 'There is only one class. Selection and generation work; accuracy of a classifier means nothing.', { name: classes[0].name }));
  }
  const single = classes.filter((summary) => count(summary) === 1).map((summary) => summary.name);
  if (single.length > 0) {
    found.push(warning('class-of-one', `Classes with a single picture cannot be held out and stay in training: ${list(single)}. Add pictures or merge them.`, { count: single.length, names: list(single) }));
  }
  if (largest > IMBALANCE * smallest) {
    const ratio = Math.round(largest / smallest);
    found.push(warning('imbalance', `The largest class has ${ratio} times as many pictures as the smallest. Rare classes are easily lost; look at their share after selecting.`, { ratio, largest, smallest }));
  }
  if (classes.every((summary) => summary.test === 0)) {
    found.push(warning('no-test', 'No picture could be held out, so nothing can be measured on unseen pictures. Add pictures.', {}));
  }
  if (empty.length > 0) {
    found.push(warning('class-empty', `No picture of these classes could be used, so they were left out: ${list(empty)}.`, { count: empty.length, names: list(empty) }));
  }
  if (enlarged > 0) {
    found.push(warning('enlarged', `${enlarged} pictures are smaller than ${size} x ${size} and were enlarged. A smaller working size loses nothing for them.`, { count: enlarged, size }));
  }
  if (conflicts > 0) {
    found.push(warning('label-conflicts', `${conflicts} pictures repeat one of another class. One of the two labels is wrong; the verdicts name them.`, { count: conflicts }));
  }
  const named = classes.filter((summary) => splitOf(summary.name) !== null).map((summary) => summary.name);
  if (named.length > 0) {
    found.push(warning('class-like-split', `Classes named like a split (${list(named)}) get another folder name in an export; classes.json keeps their own.`, { names: list(named) }));
  }
  if (findings.originalsDropped) {
    found.push(warning('originals-dropped', `The source files exceed ${findings.keepOriginals} bytes, so no originals were kept. An export then carries pictures at the working size.`, { limit: findings.keepOriginals }));
  }
  return found;
}
