import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../runs/files';
import { fileTuningStore } from './tuning';

describe('fileTuningStore', () => {
  it('keeps each adapter its own, and forgets the oldest of many', async () => {
    const store = fileTuningStore(memoryFiles());
    for (let i = 0; i < 10; i++) await store.save(`adapter ${i}`, { product: String(i) });
    await store.save('adapter 5', { product: 'again' });
    expect(await store.load('adapter 0')).toEqual({});
    expect(await store.load('adapter 5')).toEqual({ product: 'again' });
    expect(await store.load('adapter 9')).toEqual({ product: '9' });
  });

  it('takes a damaged file for an empty one', async () => {
    const files = memoryFiles();
    for (const text of ['{"adapter": {"pro', 'null', '7']) {
      await files.write('tuning.json', new TextEncoder().encode(text));
      expect(await fileTuningStore(files).load('adapter')).toEqual({});
    }
    await fileTuningStore(files).save('adapter', { product: 'new' });
    expect(await fileTuningStore(files).load('adapter')).toEqual({ product: 'new' });
  });
});
