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
  return createStore<EngineState>()((set) => ({
    verdict: null,
    wanted: 'auto',
    opening: false,
    failure: null,

    async open(wanted) {
      set({ opening: true, failure: null, wanted });
      try {
        set({ verdict: await client.open(wanted), opening: false });
        return true;
      } catch (thrown) {
        set({ opening: false, failure: thrown as Failure });
        return false;
      }
    },
  }));
}
