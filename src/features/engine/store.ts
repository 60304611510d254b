import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineFigures, EngineKind, EngineVerdict, Failure } from '../../../workers/protocol';
import type { Client } from '../../client/types';

export interface EngineState {
  verdict: EngineVerdict | null;
  wanted: 'auto' | EngineKind;
  opening: boolean;
  failure: Failure | null;
  /** What the engine did so far, as of the last `refresh`. */
  figures: EngineFigures | null;
  /** Bytes the person allows at once; null leaves it to the engine. */
  memory: number | null;
  open(engine: 'auto' | EngineKind): Promise<boolean>;
  refresh(): Promise<void>;
  limitMemory(bytes: number | null): Promise<void>;
}

const MEMORY_KEY = 'engine.memory';

function storedMemory(): number | null {
  const bytes = Number(globalThis.localStorage?.getItem(MEMORY_KEY) ?? NaN);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : null;
}

export function createEngineStore(client: Client['studio']): StoreApi<EngineState> {
  let asked = 0;
  let told: number | null = null;
  return createStore<EngineState>()((set, get) => ({
    verdict: null,
    wanted: 'auto',
    opening: false,
    failure: null,
    figures: null,
    memory: storedMemory(),

    async open(wanted) {
      // Asking for another engine ends the opening before it, whose failure then says nothing about this one.
      const mine = ++asked;
      set({ opening: true, failure: null, wanted, figures: null });
      try {
        // The client tells every later worker too.
        if (get().memory !== told) await client.limitMemory((told = get().memory));
        const verdict = await client.open(wanted);
        if (mine === asked) set({ verdict, opening: false });
        return mine === asked;
      } catch (thrown) {
        if (mine === asked) set({ opening: false, verdict: null, failure: thrown as Failure });
        return false;
      }
    },

    async refresh() {
      // While a worker is replaced there is nothing to tell; the last figures stay until there is.
      const figures = await client.figures().catch(() => null);
      if (figures !== null) set({ figures });
    },

    async limitMemory(memory) {
      if (memory === null) globalThis.localStorage?.removeItem(MEMORY_KEY);
      else globalThis.localStorage?.setItem(MEMORY_KEY, String(memory));
      set({ memory });
      await client.limitMemory((told = memory)).catch(() => undefined);
      await get().refresh();
    },
  }));
}
