import { greedyOrder, type Candidates } from './candidates';
import { classwise } from './types';

function squaredDistance({ features, dim }: Candidates, a: number, b: number): number {
  let sum = 0;
  for (let j = 0; j < dim; j++) sum += (features[a * dim + j] - features[b * dim + j]) ** 2;
  return sum;
}

/** The member nearest the class mean, a deterministic start for the farthest-first walk. */
function centralMember({ features, dim }: Candidates, members: Uint32Array): number {
  const mean = new Float64Array(dim);
  for (const position of members) for (let j = 0; j < dim; j++) mean[j] += features[position * dim + j] / members.length;
  let best = 0;
  let least = Infinity;
  members.forEach((position, i) => {
    let sum = 0;
    for (let j = 0; j < dim; j++) sum += (features[position * dim + j] - mean[j]) ** 2;
    if (sum < least) {
      least = sum;
      best = i;
    }
  });
  return best;
}

function* walk(candidates: Candidates, members: Uint32Array): Generator<number, void> {
  const nearest = new Float64Array(members.length).fill(Infinity);
  let next = centralMember(candidates, members);
  for (let step = 0; step < members.length; step++) {
    const picked = members[next];
    yield picked;
    // A pick is at distance zero from itself; minus one keeps it behind exact copies that are still free.
    nearest[next] = -1;
    for (let i = 0; i < members.length; i++) {
      if (nearest[i] >= 0) nearest[i] = Math.min(nearest[i], squaredDistance(candidates, members[i], picked));
      if (nearest[i] > nearest[next]) next = i;
    }
  }
}

/**
 * K-center, greedy farthest-first (Gonzalez, 1985; Sener and Savarese, 2018): each pick is the image farthest from all
 * picks so far in encoder A's features. Within twice the best covering radius.
 */
export const kcenter = classwise('kcenter', (_, count, _options, classIndex, candidates) =>
  greedyOrder(candidates, `kcenter/${classIndex}`, count, () => walk(candidates, candidates.members[classIndex])));
