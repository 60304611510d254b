import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Failure, FeatureNetCard } from '../../../workers/protocol';
import type { Client } from '../../client/types';

/** Feature nets that were added, and the file that is being added. */
export interface NetsState {
  /** Null before they were asked for, so that the page starts no worker for them. */
  nets: FeatureNetCard[] | null;
  adding: boolean;
  failure: Failure | null;
  /** The file that was refused for want of a name: the Inception with other weights than FID's. */
  unnamed: File | null;
  refresh(): Promise<void>;
  /** The card of the net, or null when its file was refused. */
  add(file: File, name: string): Promise<FeatureNetCard | null>;
  remove(sha256: string): Promise<void>;
}

export function createNetsStore(client: Client['features']): StoreApi<NetsState> {
  return createStore<NetsState>()((set, get) => ({
    nets: null,
    adding: false,
    failure: null,
    unnamed: null,

    async refresh() {
      try {
        set({ nets: await client.list() });
      } catch (thrown) {
        set({ failure: thrown as Failure });
      }
    },

    async add(file, name) {
      if (get().adding) return null;
      set({ adding: true, failure: null, unnamed: null });
      try {
        const card = await client.add(file, name);
        await get().refresh();
        return card;
      } catch (thrown) {
        const failure = thrown as Failure;
        const wantsName = failure.code === 'weights-unverified' || (failure.code === 'net-name' && name !== '');
        set({ failure, unnamed: wantsName ? file : null });
        return null;
      } finally {
        set({ adding: false });
      }
    },

    async remove(sha256) {
      set({ failure: null, unnamed: null });
      await client.remove(sha256).catch((failure: Failure) => set({ failure }));
      await get().refresh();
    },
  }));
}
