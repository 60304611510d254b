import { describe, expect, it, vi } from 'vitest';
import type { EngineFigures, EngineVerdict } from '../../../workers/protocol';
import type { Client } from '../../client/types';
import { createEngineStore } from './store';

const figures = { flops: 1, capBytes: 2 } as EngineFigures;

function setUp(answers: (EngineFigures | null | Error)[] = []) {
  const calls: string[] = [];
  const client = {
    open: async (engine: string) => {
      calls.push(`open ${engine}`);
      return { kind: 'wasm' } as EngineVerdict;
    },
    figures: async () => {
      const next = answers.shift() ?? null;
      if (next instanceof Error) throw next;
      return next;
    },
    limitMemory: async (bytes: number | null) => {
      calls.push(`limit ${bytes}`);
    },
  } as unknown as Client['studio'];
  return { store: createEngineStore(client), calls };
}

describe('the engine store', () => {
  it('shows the last figures until there are newer ones', async () => {
    const { store } = setUp([figures, new Error('the worker is being replaced'), null, { ...figures, flops: 5 }]);
    await store.getState().refresh();
    expect(store.getState().figures).toEqual(figures);
    await store.getState().refresh();
    await store.getState().refresh();
    expect(store.getState().figures).toEqual(figures);
    await store.getState().refresh();
    expect(store.getState().figures?.flops).toBe(5);
    await store.getState().open('wasm');
    expect(store.getState().figures).toBeNull();
  });

  it('keeps the limit of a person over visits, and tells it before an engine opens', async () => {
    const kept = new Map<string, string>();
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key),
    });
    const first = setUp();
    await first.store.getState().open('auto');
    await first.store.getState().limitMemory(512);
    expect(first.calls).toEqual(['open auto', 'limit 512']);
    const later = setUp();
    await later.store.getState().open('auto');
    expect(later.calls).toEqual(['limit 512', 'open auto']);
    expect(later.store.getState().memory).toBe(512);
    await later.store.getState().limitMemory(null);
    expect(setUp().store.getState().memory).toBeNull();
    vi.unstubAllGlobals();
  });
});
