import { createStore, type StoreApi } from 'zustand/vanilla';
import type { DataSetSummary, Failure, RunSummary } from '../../../workers/protocol';
import type { Client } from '../../client/types';

/** What the browser keeps between visits: data sets and runs, newest first. */
export interface LibraryState {
  datasets: DataSetSummary[];
  runs: RunSummary[];
  failure: Failure | null;
  refresh(): Promise<void>;
  removeDataset(id: string): Promise<void>;
  removeRun(id: string): Promise<void>;
}

export const canResume = (run: Pick<RunSummary, 'status'>): boolean => ['interrupted', 'paused', 'stopped', 'failed'].includes(run.status);

export function createLibraryStore(client: Pick<Client, 'intake' | 'studio'>): StoreApi<LibraryState> {
  return createStore<LibraryState>()((set, get) => ({
    datasets: [],
    runs: [],
    failure: null,

    async refresh() {
      // Apart, so that one worker in trouble does not hide what the other one stores.
      const [datasets, runs] = await Promise.allSettled([client.intake.list(), client.studio.runs()]);
      if (datasets.status === 'fulfilled') set({ datasets: datasets.value.toSorted((a, b) => b.createdAt - a.createdAt) });
      if (runs.status === 'fulfilled') set({ runs: runs.value.toSorted((a, b) => b.updatedAt - a.updatedAt) });
      const refused = [datasets, runs].find((outcome) => outcome.status === 'rejected');
      set({ failure: refused ? (refused.reason as Failure) : null });
    },

    async removeDataset(id) {
      await client.intake.remove(id).catch((failure: Failure) => set({ failure }));
      await get().refresh();
    },

    async removeRun(id) {
      await client.studio.removeRun(id).catch((failure: Failure) => set({ failure }));
      await get().refresh();
    },
  }));
}
