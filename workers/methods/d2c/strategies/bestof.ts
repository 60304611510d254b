import { moments } from '../../../metrics/moments';
import { randomDraw } from './random';
import type { StrategyDefinition } from './types';

/**
 * Best of K class-balanced random draws by Frechet distance to all candidates in encoder A's features; the judge measures
 * in another encoder. Ties go to the earlier draw.
 */
export const bestof: StrategyDefinition = {
  id: 'bestof',
  pick(candidates, sizes, { draws, seed }) {
    const reference = candidates.reference();
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const rows = new Uint32Array(total);
    let best: Uint32Array[] = [];
    let least = Infinity;
    for (let k = 0; k < draws; k++) {
      const drawn = randomDraw(candidates, sizes, seed, `select/bestof/${k}`);
      let at = 0;
      for (const list of drawn) {
        rows.set(list, at);
        at += list.length;
      }
      const distance = reference.distance(moments(candidates.features, total, candidates.dim, rows));
      if (distance < least) {
        least = distance;
        best = drawn;
      }
    }
    return best;
  },
};
