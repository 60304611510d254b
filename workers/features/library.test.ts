import { describe, expect, it } from 'vitest';
import { memoryStore } from '../data/storage.testing';
import { encodeSafetensors } from '../formats/safetensors';
import { sha256 } from '../formats/sha256';
import torch from '../formats/fixtures/torch.json';
import fixtures from './fixtures/onnx.json';
import { randomInception } from './inception.testing';
import { addNet, listNets, loadNet, removeNet } from './library';
import { createSession } from './onnx-session';

const refusal = (code: string, found: string) => expect.objectContaining({ code, sentence: expect.stringContaining(found) as string });
const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(base64, 'base64'));
const onnx = bytesOf(fixtures.fixed);
const add = (store: ReturnType<typeof memoryStore>, bytes: Uint8Array<ArrayBuffer>, fileName: string, name = '', now = 1) =>
  addNet(store, new File([bytes], fileName), name, createSession, now);

function inceptionFile(): Uint8Array<ArrayBuffer> {
  return encodeSafetensors(Object.fromEntries(Object.entries(randomInception(1)).map(([name, { shape, values }]) => [name, { shape, data: values }])));
}

describe('the store of feature nets', () => {
  it('keeps a net under its hash, lists it and removes it', async () => {
    const store = memoryStore();
    const card = await add(store, onnx, 'tiny (1).onnx');
    expect(card).toEqual({ sha256: sha256(onnx), fileName: 'tiny (1).onnx', bytes: onnx.length, kind: 'onnx', name: 'tiny 1', label: 'FD(tiny 1)', dim: 4, inputSize: 12, addedAt: 1 });
    await add(store, bytesOf(fixtures.open), 'other.onnx', 'my net', 2);
    expect((await listNets(store)).map(({ label }) => label)).toEqual(['FD(my net)', 'FD(tiny 1)']);
    expect(await loadNet(store, card.sha256)).toEqual({ card, bytes: onnx });
    await removeNet(store, card.sha256);
    expect((await listNets(store)).map(({ name }) => name)).toEqual(['my net']);
    await expect(loadNet(store, card.sha256)).rejects.toThrow(refusal('net-missing', card.sha256.slice(0, 8)));
  });

  it('calls Inception weights with another hash by their name, and without one refuses them', async () => {
    const store = memoryStore();
    const file = inceptionFile();
    await expect(add(store, file, 'mine.safetensors')).rejects.toThrow(refusal('weights-unverified', `begins with ${sha256(file).slice(0, 8)} and not with 6726825d`));
    expect(store.files.size).toBe(0);
    expect(await add(store, file, 'mine.safetensors', ' mine ')).toMatchObject({ kind: 'inception', name: 'mine', label: 'FD(mine)', dim: 2048, inputSize: 299 });
    await expect(add(store, file, 'mine.safetensors', 'FID')).rejects.toThrow(refusal('net-name', 'not FID'));
    await expect(add(store, file, 'mine.safetensors', 'a)b')).rejects.toThrow(refusal('net-name', 'brackets'));
  }, 60_000);

  it('keeps nothing of what it refuses', async () => {
    const store = memoryStore();
    await expect(add(store, bytesOf(torch.legacySystem), 'evil.pth')).rejects.toThrow(refusal('weights-unsafe', 'posix.system'));
    await expect(add(store, bytesOf(torch.zip), 'small.pth')).rejects.toThrow(refusal('weights-mismatch', 'fc.weight'));
    await expect(add(store, bytesOf(torch.legacy).slice(0, 900), 'cut.pth')).rejects.toThrow(refusal('weights-truncated', 'ends before'));
    await expect(add(store, onnx.slice(0, 100), 'cut.onnx')).rejects.toThrow(refusal('onnx-invalid', 'damaged'));
    expect(store.files.size).toBe(0);
    const full = memoryStore(100);
    await expect(add(full, onnx, 'tiny.onnx')).rejects.toThrow(refusal('quota', 'no more storage'));
    expect(await listNets(full)).toEqual([]);
  });
});
