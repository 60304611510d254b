import { describe, expect, it } from 'vitest';
import { memoryStore } from '../data/storage.testing';
import type { ExportEvent } from '../protocol';
import { choose, memoryDataSet, memorySource, OPTIONS } from './export.testing';
import { Exporter } from './exporter';

function exporter(count = 20) {
  const dataset = memoryDataSet([{ name: 'a', train: 200 }, { name: 'b', train: 200 }], { size: 4 });
  const disk = memoryStore();
  const state = { open: 0 };
  const api = new Exporter({
    openSession: async () => {
      state.open++;
      return { source: memorySource(dataset), chosen: choose(dataset, count), close: () => void state.open-- };
    },
    openStorage: async () => disk,
    openFile: async (path) => new File([disk.files.get(path)!], path.split('/').pop()!),
  });
  return { api, disk, state };
}

function channel(): { port: MessagePort; events: ExportEvent[]; close(): void } {
  const { port1, port2 } = new MessageChannel();
  const events: ExportEvent[] = [];
  port2.addEventListener('message', ({ data }: MessageEvent<ExportEvent>) => events.push(data));
  port2.start();
  return { port: port1, events, close: () => port1.close() };
}

describe('the export worker', () => {
  it('writes what it planned and gives its data set back', async () => {
    const { api, state } = exporter();
    const { port, events, close } = channel();
    const plan = await api.plan('run', OPTIONS, null);
    const { file, bytes, sha256 } = await api.write('run', OPTIONS, null, port);
    await new Promise((resolve) => setTimeout(resolve, 20));
    close();
    expect([file.size, bytes]).toEqual([plan.bytes, plan.bytes]);
    expect(file.name).toBe('Ten-parts.zip');
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(events.at(-1)).toMatchObject({ type: 'progress', done: 80, total: 80, bytes });
    expect(state.open).toBe(0);
  });

  it('lets a newer plan supersede an older one', async () => {
    const { api, state } = exporter(200);
    const older = api.plan('run', OPTIONS, null);
    const newer = api.plan('run', OPTIONS, null);
    await expect(older).rejects.toMatchObject({ code: 'superseded' });
    expect((await newer).bytes).toBeGreaterThan(0);
    expect(state.open).toBe(0);
  });

  it('hands the report over as a file and gives its data set back', async () => {
    const { api, state } = exporter();
    const file = await api.report('run', OPTIONS, null, 'en');
    expect([file.name, file.type, state.open]).toEqual(['Ten-parts-report.html', 'text/html', 0]);
    expect(await file.text()).toContain('<html lang="en">');
    await expect(api.report('run', { ...OPTIONS, limits: { minRecall: -1 } }, null, 'en')).rejects.toMatchObject({ code: 'bad-option' });
    expect(state.open).toBe(0);
  });

  it('writes one zip at a time and can be cancelled', async () => {
    const { api, disk, state } = exporter(200);
    const { port, events, close } = channel();
    const work = api.write('run', OPTIONS, null, port);
    await expect(api.write('run', OPTIONS, null, port)).rejects.toMatchObject({ code: 'busy' });
    await api.cancel();
    await expect(work).rejects.toMatchObject({ name: 'AbortError' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    close();
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { code: 'aborted' } });
    expect([disk.files.size, state.open]).toEqual([0, 0]);
  });
});
