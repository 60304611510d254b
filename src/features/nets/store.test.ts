import { describe, expect, it } from 'vitest';
import type { Failure, FeatureNetCard } from '../../../workers/protocol';
import { createNetsStore } from './store';

const card = (name: string): FeatureNetCard => ({ sha256: name, fileName: `${name}.pth`, bytes: 1, kind: 'inception', name, label: `FD(${name})`, dim: 2048, inputSize: 299, addedAt: 0 });
const failure = (code: string): Failure => ({ code, sentence: code, params: {}, detail: '' });
const file = new File(['x'], 'mine.pth');

function setUp() {
  const kept: FeatureNetCard[] = [];
  const store = createNetsStore({
    list: async () => [...kept],
    add: async (_, name) => {
      if (name === '') throw failure('weights-unverified');
      if (name === 'FID') throw failure('net-name');
      kept.push(card(name));
      return card(name);
    },
    remove: async (hash) => void kept.splice(kept.findIndex(({ sha256 }) => sha256 === hash), 1),
  });
  return store;
}

describe('feature nets on the page', () => {
  it('ask for a name where the weights are not the standard ones, and take it', async () => {
    const store = setUp();
    expect(await store.getState().add(file, '')).toBeNull();
    expect(store.getState()).toMatchObject({ adding: false, unnamed: file, failure: { code: 'weights-unverified' }, nets: null });
    expect(await store.getState().add(file, 'FID')).toBeNull();
    expect(store.getState()).toMatchObject({ unnamed: file, failure: { code: 'net-name' } });
    expect(await store.getState().add(file, 'mine')).toEqual(card('mine'));
    expect(store.getState()).toMatchObject({ unnamed: null, failure: null, nets: [card('mine')] });
    await store.getState().remove('mine');
    expect(store.getState().nets).toEqual([]);
  });

  it('keep what the worker said when it fails', async () => {
    const refuse = () => Promise.reject(failure('worker-died'));
    const store = createNetsStore({ list: refuse, add: refuse, remove: refuse });
    await store.getState().refresh();
    expect(store.getState()).toMatchObject({ nets: null, failure: { code: 'worker-died' } });
    expect(await store.getState().add(file, '')).toBeNull();
    expect(store.getState()).toMatchObject({ adding: false, unnamed: null, failure: { code: 'worker-died' } });
  });
});
