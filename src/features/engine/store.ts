import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineKind, EngineVerdict, Failure } from '../../../workers/protocol';
import type { Client } from '../../client/types';

export interface EngineState {
  verdict: EngineVerdict | null;
  wanted: 'auto' | EngineKind;
  opening: boolean;
  failure: Failure | null;
  open(engine: 'auto' | EngineKind): Promise<boolean>;
}

export function createEngineStore(client: Client['studio']): StoreApi<EngineState> {
  let asked = 0;
  return createStore<EngineState>()((set) => ({
    verdict: null,
    wanted: 'auto',
    opening: false,
    failure: null,

    async open(wanted) {
      // Asking for another engine ends the opening before it, whose failure then says nothing about this one.
      const mine = ++asked;
      set({ opening: true, failure: null, wanted });
      try {
        const verdict = await client.open(wanted);
        if (mine === asked) set({ verdict, opening: false });
        return mine === asked;
      } catch (thrown) {
        if (mine === asked) set({ opening: false, verdict: null, failure: thrown as Failure });
        return false;
      }
    },
  }));
}
