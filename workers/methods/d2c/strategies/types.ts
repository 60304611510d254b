import type { SelectOptions, Strategy } from '../../../protocol';
import type { Candidates } from './candidates';

/**
 * One way of choosing images. `sizes[c]` images are taken from class c, never more than the class has; answers one list of
 * positions (into the candidates) a class, each in selection order. Must be a pure function of its arguments.
 */
export interface StrategyDefinition {
  id: Strategy;
  pick(candidates: Candidates, sizes: readonly number[], options: SelectOptions): Uint32Array[];
}

/** Makes a strategy of a rule that looks at one class at a time; classes do not influence each other. */
export function classwise(
  id: Strategy,
  rule: (ranked: Uint32Array, count: number, options: SelectOptions, classIndex: number, candidates: Candidates) => Uint32Array,
): StrategyDefinition {
  return {
    id,
    pick: (candidates, sizes, options) =>
      candidates.ranked.map((ranked, classIndex) => rule(ranked, sizes[classIndex], options, classIndex, candidates)),
  };
}
