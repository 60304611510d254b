import { createStore, type StoreApi } from 'zustand/vanilla';
import type { DataSetSummary, Failure, IntakeEvent, IntakeOptions, IntakeSource, Verdict } from '../../../workers/protocol';
import { INTAKE_DEFAULTS } from '../../client/options';
import type { Client } from '../../client/types';
import type { Gallery } from './gallery';

/** Refused and repeated files kept for the table while reading; the full list is paged from the store afterwards. */
const RECENT = 200;

export type IntakePhase = 'idle' | 'reading' | 'done' | 'cancelled' | 'failed';
export type IntakeProgress = Omit<Extract<IntakeEvent, { type: 'progress' }>, 'type'>;

export interface IntakeState {
  phase: IntakePhase;
  options: IntakeOptions;
  /** Kept so that it can be read again; a page may not reopen files after a reload. */
  source: IntakeSource | null;
  progress: IntakeProgress | null;
  classes: { name: string; count: number }[];
  recent: Verdict[];
  dataset: DataSetSummary | null;
  failure: Failure | null;
  set(options: Partial<IntakeOptions>): void;
  /** Reads `source`, or the last one again. Resolves with the data set, or null when cancelled or failed. */
  read(source?: IntakeSource): Promise<DataSetSummary | null>;
  cancel(): Promise<void>;
  open(dataset: DataSetSummary): void;
  forget(datasetId: string): void;
}

export function createIntakeStore(client: Client['intake'], gallery: Gallery): StoreApi<IntakeState> {
  // Counts readings, so that a cancelled one cannot write into the state of the next.
  let reading = 0;
  return createStore<IntakeState>()((set, get) => {
    const receive = (event: IntakeEvent): void => {
      switch (event.type) {
        case 'progress': {
          const { type: _, ...progress } = event;
          return set({ progress });
        }
        case 'classes':
          return set({ classes: event.names.map((name, i) => ({ name, count: event.counts[i] })) });
        case 'images':
          return gallery.stream(event.size, event.channels, event.items);
        case 'verdicts': {
          const telling = event.items.filter((verdict) => verdict.code !== '');
          if (telling.length > 0) set({ recent: [...telling.reverse(), ...get().recent].slice(0, RECENT) });
          return;
        }
        case 'done':
        case 'failed':
          // Both also end the promise of `read`, which is where they are handled.
          return;
      }
    };

    const show = (dataset: DataSetSummary): void => {
      gallery.attach(dataset.id, dataset.size, dataset.channels);
      set({
        phase: 'done', dataset, failure: null, options: dataset.options,
        classes: dataset.classes.map(({ name, train, test, reserve }) => ({ name, count: train + test + reserve })),
      });
    };

    return {
      phase: 'idle',
      options: INTAKE_DEFAULTS,
      source: null,
      progress: null,
      classes: [],
      recent: [],
      dataset: null,
      failure: null,

      set: (options) => set({ options: { ...get().options, ...options } }),

      async read(given) {
        const source = given ?? get().source;
        if (!source) return null;
        if (get().phase === 'reading') await client.cancel();
        const mine = ++reading;
        gallery.reset();
        set({ phase: 'reading', source, progress: null, classes: [], recent: [], dataset: null, failure: null });
        try {
          const dataset = await client.read(source, get().options, (event) => {
            if (mine === reading) receive(event);
          });
          if (mine !== reading) return null;
          show(dataset);
          return dataset;
        } catch (thrown) {
          if (mine !== reading) return null;
          const failure = thrown as Failure;
          set(failure.code === 'cancelled' || failure.code === 'aborted' ? { phase: 'cancelled' } : { phase: 'failed', failure });
          return null;
        }
      },

      async cancel() {
        if (get().phase !== 'reading') return;
        reading++;
        set({ phase: 'cancelled' });
        await client.cancel();
      },

      open(dataset) {
        if (get().dataset?.id === dataset.id) return;
        reading++;
        gallery.reset();
        set({ source: null, progress: null, recent: [] });
        show(dataset);
        void gallery.sample(dataset.count).catch((failure: Failure) => set({ failure }));
      },

      forget(datasetId) {
        if (get().dataset?.id !== datasetId) return;
        gallery.reset();
        set({ phase: 'idle', dataset: null, classes: [], recent: [], source: null });
      },
    };
  });
}
