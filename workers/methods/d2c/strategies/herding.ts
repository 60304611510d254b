import { greedyOrder, type Candidates } from './candidates';
import { classwise } from './types';

function* walk({ features, dim }: Candidates, members: Uint32Array): Generator<number, void> {
  const mean = new Float64Array(dim);
  const norms = new Float64Array(members.length);
  members.forEach((position, i) => {
    for (let j = 0; j < dim; j++) {
      const value = features[position * dim + j];
      mean[j] += value / members.length;
      norms[i] += value * value;
    }
  });
  const taken = new Uint8Array(members.length);
  const target = Float64Array.from(mean);
  for (let step = 0; step < members.length; step++) {
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < members.length; i++) {
      if (taken[i]) continue;
      const at = members[i] * dim;
      let dot = 0;
      for (let j = 0; j < dim; j++) dot += features[at + j] * target[j];
      const cost = norms[i] - 2 * dot;
      if (cost < least) {
        least = cost;
        best = i;
      }
    }
    taken[best] = 1;
    for (let j = 0; j < dim; j++) target[j] += mean[j] - features[members[best] * dim + j];
    yield members[best];
  }
}

/**
 * Herding (Welling, 2009, as used for coresets): each pick brings the mean of the picks closest to the class mean in
 * encoder A's features. With S the sum of t picks, |mu - (S + x) / (t + 1)|^2 is least where |x|^2 - 2 x.((t + 1) mu - S) is.
 */
export const herding = classwise('herding', (_, count, _options, classIndex, candidates) =>
  greedyOrder(candidates, `herding/${classIndex}`, count, () => walk(candidates, candidates.members[classIndex])));
