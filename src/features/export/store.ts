import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ExportEvent, ExportOptions, ExportPlan, Failure, LimitName, LimitVerdict, SelectOptions } from '../../../workers/protocol';
import { EXPORT_DEFAULTS } from '../../client/options';
import type { Client } from '../../client/types';

export interface ExportState {
  options: ExportOptions;
  /** Export what the slider shows now, not what the run selected. */
  live: boolean;
  plan: ExportPlan | null;
  planning: boolean;
  writing: boolean;
  progress: Omit<Extract<ExportEvent, { type: 'progress' }>, 'type'> | null;
  written: { file: File; bytes: number; sha256: string; limits: LimitVerdict[] } | null;
  /** The report is being made. */
  reporting: boolean;
  failure: Failure | null;
  set(options: Partial<ExportOptions>): void;
  /** Sets an acceptance limit; null takes it away. */
  setLimit(name: LimitName, value: number | null): void;
  setLive(live: boolean): void;
  makePlan(runId: string, selection: SelectOptions | null): Promise<void>;
  write(runId: string, selection: SelectOptions | null): Promise<void>;
  /** The report with measured times, or null when it could not be made; `failure` says why. */
  report(runId: string, selection: SelectOptions | null, language: 'en' | 'ja'): Promise<File | null>;
  cancel(): Promise<void>;
}

export function createExportStore(client: Client['exporter']): StoreApi<ExportState> {
  let planned = 0;
  let wrote = 0;
  return createStore<ExportState>()((set, get) => ({
    options: EXPORT_DEFAULTS,
    live: false,
    plan: null,
    planning: false,
    writing: false,
    progress: null,
    written: null,
    reporting: false,
    failure: null,

    // A zip written before stands for other options, so it is not offered any more.
    set: (options) => set({ options: { ...get().options, ...options }, written: null }),
    setLimit(name, value) {
      const { [name]: _, ...limits } = get().options.limits ?? {};
      get().set({ limits: value === null ? limits : { ...limits, [name]: value } });
    },
    setLive: (live) => set({ live, written: null }),

    async makePlan(runId, selection) {
      const mine = ++planned;
      set({ planning: true, failure: null });
      try {
        const plan = await client.plan(runId, get().options, selection);
        if (mine === planned) set({ plan, planning: false });
      } catch (thrown) {
        if (mine === planned) set({ plan: null, planning: false, failure: thrown as Failure });
      }
    },

    async write(runId, selection) {
      const mine = ++wrote;
      set({ writing: true, progress: null, written: null, failure: null });
      try {
        const written = await client.write(runId, get().options, selection, (event) => {
          if (mine === wrote && event.type === 'progress') set({ progress: { done: event.done, total: event.total, bytes: event.bytes } });
        });
        if (mine === wrote) set({ written, writing: false });
      } catch (thrown) {
        const failure = thrown as Failure;
        if (mine === wrote) set({ writing: false, failure: failure.code === 'aborted' ? null : failure });
      }
    },

    async report(runId, selection, language) {
      set({ reporting: true, failure: null });
      try {
        return await client.report(runId, get().options, selection, language);
      } catch (thrown) {
        set({ failure: thrown as Failure });
        return null;
      } finally {
        set({ reporting: false });
      }
    },

    async cancel() {
      wrote++;
      set({ writing: false, progress: null });
      await client.cancel();
    },
  }));
}

/** Plan entries folded by top folder, so that ten thousand pictures are one line. Files at the root stand alone. */
export function foldEntries(entries: readonly { name: string; bytes: number }[]): { name: string; files: number; bytes: number }[] {
  const folded = new Map<string, { name: string; files: number; bytes: number }>();
  for (const { name, bytes } of entries) {
    const key = name.includes('/') ? `${name.slice(0, name.indexOf('/'))}/` : name;
    const line = folded.get(key) ?? { name: key, files: 0, bytes: 0 };
    line.files++;
    line.bytes += bytes;
    folded.set(key, line);
  }
  return [...folded.values()];
}
