import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Failure, ScoreSummary, SelectionView, SelectOptions } from '../../../workers/protocol';
import type { Client } from '../../client/types';

export interface ExploreState {
  runId: string | null;
  datasetId: string | null;
  scores: ScoreSummary | null;
  /** Position in `scores` of a data set row, or -1. */
  positionOf: Int32Array;
  view: SelectionView | null;
  /** The options `view` was made with. */
  shown: SelectOptions | null;
  loading: boolean;
  selecting: boolean;
  failure: Failure | null;
  load(runId: string, options: SelectOptions): Promise<void>;
  select(options: SelectOptions): Promise<void>;
  clear(): void;
}

/** Where each data set row stands in `indices`; -1 for rows without a score. */
export function invert(indices: Uint32Array): Int32Array {
  let last = -1;
  for (const row of indices) if (row > last) last = row;
  const out = new Int32Array(last + 1).fill(-1);
  for (let i = 0; i < indices.length; i++) out[indices[i]] = i;
  return out;
}

const empty = { runId: null, datasetId: null, scores: null, positionOf: new Int32Array(0), view: null, shown: null, loading: false, selecting: false, failure: null };

/** Selections from stored scores. The latest wish wins: answers to older ones are dropped here even when the worker still gives them. */
export function createExploreStore(client: Client['explore']): StoreApi<ExploreState> {
  let asked = 0;
  let loads = 0;
  return createStore<ExploreState>()((set, get) => ({
    ...empty,

    async load(runId, options) {
      const mine = ++loads;
      set({ ...empty, runId, loading: true });
      try {
        const scores = await client.load(runId);
        if (mine !== loads) return;
        set({ scores, datasetId: scores.datasetId, positionOf: invert(scores.indices), loading: false });
        await get().select(options);
      } catch (thrown) {
        if (mine === loads) set({ failure: thrown as Failure, loading: false });
      }
    },

    async select(options) {
      const { runId, scores } = get();
      if (runId === null || scores === null) return;
      const mine = ++asked;
      set({ selecting: true });
      try {
        const view = await client.select(runId, options);
        if (mine === asked) set({ view, shown: options, selecting: false, failure: null });
      } catch (thrown) {
        const failure = thrown as Failure;
        if (mine === asked) set({ selecting: false, failure: failure.code === 'superseded' ? null : failure });
      }
    },

    clear() {
      asked++;
      loads++;
      set(empty);
    },
  }));
}
