import { RetortError } from '../../../failure';
import { FrechetReference } from '../../../metrics/frechet';
import { moments } from '../../../metrics/moments';

/** What selection chooses from; position i of every array is the same training image. */
export interface CandidateInput {
  /** Difficulty of each image; higher is harder. */
  scores: Float32Array;
  classes: Uint16Array;
  classCount: number;
  /** Row-major [n, dim] features of encoder A, read by herding, kcenter, bestof and match only. */
  features: Float32Array;
  dim: number;
}

/**
 * Candidates ready for selection. Built once per score artifact by `prepare`; what a strategy derives from them (greedy
 * orders, moments of all candidates) is kept here so that slider moves do not pay for it again.
 */
export interface Candidates extends CandidateInput {
  /** Per class, positions in ascending order: what scores must not influence draws from here. */
  members: Uint32Array[];
  /** Per class, positions by ascending score; ties by position, so that the order is exact. */
  ranked: Uint32Array[];
  /** Greedy walks under way, per strategy and class: what they found so far, and how they go on. */
  greedy: Map<string, { found: number[]; rest: Iterator<number> }>;
  /** All candidates as one side of the Frechet distance in encoder A's features. */
  reference(): FrechetReference;
}

/**
 * Sorts every class by score once: O(n log n), about 50 ms for 100,000 images; each later selection only walks the lists.
 * @throws RetortError `score-not-finite`, `features-missing`.
 */
export function prepare(input: CandidateInput): Candidates {
  const { scores, classes, classCount, features, dim } = input;
  if (features.length !== scores.length * dim) {
    throw new RetortError('features-missing', 'The encoder features do not belong to these scores. Start the run again so that both are made from the same data set.', { features: features.length, images: scores.length, dim });
  }
  const lists: number[][] = Array.from({ length: classCount }, () => []);
  for (let position = 0; position < scores.length; position++) {
    if (!Number.isFinite(scores[position])) {
      throw new RetortError('score-not-finite', 'Some difficulty scores are not finite. Train the scorer again with a lower learning rate.', { position });
    }
    lists[classes[position]].push(position);
  }
  const members = lists.map((list) => Uint32Array.from(list));
  const ranked = members.map((list) => list.slice().sort((a, b) => scores[a] - scores[b] || a - b));
  let reference: FrechetReference | null = null;
  return {
    ...input,
    members,
    ranked,
    greedy: new Map(),
    reference: () => (reference ??= new FrechetReference(moments(features, scores.length, dim))),
  };
}

/** Images taken per class: `imagesPerClass`, or all a class has when it has fewer. */
export function sizesPerClass(candidates: Candidates, imagesPerClass: number): number[] {
  return candidates.ranked.map((ranked) => Math.min(imagesPerClass, ranked.length));
}

/**
 * The first `count` picks of a greedy walk. The walk is kept where it stopped, since its picks for m begin with those for
 * m - 1: a slider move pays only for images not asked for before. `start` is called once a key.
 */
export function greedyOrder(candidates: Candidates, key: string, count: number, start: () => Iterator<number>): Uint32Array {
  const walk = candidates.greedy.get(key) ?? { found: [], rest: start() };
  candidates.greedy.set(key, walk);
  while (walk.found.length < count) {
    const next = walk.rest.next();
    if (next.done) break;
    walk.found.push(next.value);
  }
  return Uint32Array.from(walk.found.slice(0, count));
}
