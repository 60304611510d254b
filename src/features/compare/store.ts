import { createStore, type StoreApi } from 'zustand/vanilla';
import type { BehindQuery, BehindView, Failure, RunSummary } from '../../../workers/protocol';
import type { Client } from '../../client/types';
import type { Order } from './figures';

/** A number whose images are on screen. */
export interface Opened {
  runId: string;
  query: BehindQuery;
}

export interface CompareState {
  /** Runs put in or left out by hand, by id; the rest goes by its data set. */
  chosen: Record<string, boolean>;
  order: Order;
  /** Run that is brought out in the curves. */
  marked: string | null;
  opened: Opened | null;
  /** Images behind `opened`; null until they are there. */
  view: BehindView | null;
  failure: Failure | null;
  /** Selections by run, for the wipe. */
  sets: Record<string, BehindView>;
  setFailure: Failure | null;
  choose(runId: string, shown: boolean): void;
  /** By `column`; again for the other way round. */
  sortBy(column: Order['column'], descending: boolean): void;
  mark(runId: string | null): void;
  open(opened: Opened): Promise<void>;
  close(): void;
  loadSet(runId: string): Promise<void>;
  /** Lets go of what belongs to a removed run. */
  forget(runId: string): void;
}

/** Finished runs: those of the data set at hand, with what was added and left out by hand; all of them where there is none at hand. */
export function shownRuns(runs: readonly RunSummary[], datasetId: string | null, chosen: CompareState['chosen']): RunSummary[] {
  return runs.filter((run) => run.result !== null && (chosen[run.id] ?? (datasetId === null || run.datasetId === datasetId)));
}

export function createCompareStore(client: Pick<Client['explore'], 'behind'>): StoreApi<CompareState> {
  // Counts openings, so that a slow answer does not appear under another number's title.
  let asked = 0;
  return createStore<CompareState>()((set, get) => ({
    chosen: {},
    order: { column: 'created', descending: false },
    marked: null,
    opened: null,
    view: null,
    failure: null,
    sets: {},
    setFailure: null,

    choose: (runId, shown) => set({ chosen: { ...get().chosen, [runId]: shown } }),

    sortBy(column, descending) {
      const { order } = get();
      set({ order: { column, descending: order.column === column ? !order.descending : descending } });
    },

    mark: (marked) => set({ marked }),

    async open(opened) {
      const mine = ++asked;
      set({ opened, view: null, failure: null });
      try {
        const view = await client.behind(opened.runId, opened.query);
        if (mine === asked) set({ view });
      } catch (thrown) {
        if (mine === asked) set({ failure: thrown as Failure });
      }
    },

    close() {
      asked++;
      set({ opened: null, view: null, failure: null });
    },

    async loadSet(runId) {
      if (get().sets[runId]) return;
      try {
        const view = await client.behind(runId, { kind: 'picked', arm: 'method' });
        set({ sets: { ...get().sets, [runId]: view }, setFailure: null });
      } catch (thrown) {
        set({ setFailure: thrown as Failure });
      }
    },

    forget(runId) {
      const { [runId]: _set, ...sets } = get().sets;
      const { [runId]: _choice, ...chosen } = get().chosen;
      set({ sets, chosen, marked: get().marked === runId ? null : get().marked });
      if (get().opened?.runId === runId) get().close();
    },
  }));
}
