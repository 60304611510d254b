import { RESULT } from '../../../workers/formats/facts.testing';
import type { RunSummary } from '../../../workers/protocol';

/** A finished run with made-up figures, `n` minutes after the first. */
export function finishedRun(n: number, changes: Partial<RunSummary> = {}): RunSummary {
  return {
    id: `r${n}`, name: `run ${n}`, datasetId: 'd1', datasetName: 'parts', status: 'done', stages: [], engine: null, failure: null, result: RESULT,
    recipe: { schema: 1, method: 'd2c', preset: 'quick', seed: 0, engine: 'auto', options: { select: { strategy: 'interval', imagesPerClass: 5 }, students: { seeds: 3 } } },
    createdAt: Date.UTC(2026, 0, 1, 0, n), updatedAt: 0, ...changes,
  };
}
