import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { DataSet } from '../data/types';
import type { Engine } from '../engine/types';
import type { StageReport, WorkerEvent } from '../protocol';
import { ArtifactStore, decodeBundle, encodeBundle } from './artifacts';
import { RunControl } from './control';
import { memoryFiles, type Files } from './files';
import { runGraph, type GraphNode } from './runner';
import { bindStage } from './stage';
import type { Bundle, Stage } from './types';

const dataset = { summary: { hash: 'abc', size: 16, channels: 1 } } as unknown as DataSet;
const engine = { verdict: { kind: 'cpu' } } as unknown as Engine;

let calls: string[] = [];

/** Counts to `steps`, checkpointing every time it is asked to, and fails once at `failAt`. */
function counter(failures: { at: number }): Stage<{ steps: number }, Record<string, Bundle>> {
  return {
    id: 'scorer', version: 1, title: 'count', shard: 'none',
    options: z.object({ steps: z.int().min(1).default(5) }),
    async run(context, _inputs, { steps }) {
      const saved = await context.checkpoint.load();
      let step = Number(saved?.head.step ?? 0);
      calls.push(`from ${step}`);
      for (; step < steps; step++) {
        await context.breathe();
        await context.checkpoint.save({ head: { step }, parts: { values: Float32Array.of(step, 0.5) } });
        if (step === failures.at) {
          failures.at = -1;
          throw new Error('torn');
        }
        context.progress(step + 1, steps);
      }
      return { head: { steps }, parts: { values: Float32Array.of(steps) } };
    },
  };
}

const doubler: Stage<{ factor: number }, { from: Bundle }> = {
  id: 'score', version: 1, title: 'double', shard: 'none',
  options: z.object({ factor: z.number().default(2) }),
  async run(_context, { from }, { factor }) {
    calls.push('score');
    return { head: { value: Number(from.head.steps) * factor }, parts: {} };
  },
};

function setUp(files: Files = memoryFiles()) {
  const failures = { at: -1 };
  const events: WorkerEvent[] = [];
  const reports: StageReport[] = [];
  const stages = [bindStage(counter(failures)), bindStage(doubler)];
  const run = (steps: number, factor: number, control = new RunControl()) => {
    const nodes: GraphNode[] = [
      { id: 'scorer', stage: stages[0], options: stages[0].resolve({ steps }), inputs: {} },
      { id: 'score', stage: stages[1], options: stages[1].resolve({ factor }), inputs: { from: 'scorer' } },
    ];
    return runGraph(nodes, {
      runId: 'r', engine, dataset, seed: 0, artifacts: new ArtifactStore(files), control,
      net: () => Promise.reject(new RangeError('no net in this test')),
      emit: (event) => void events.push(event),
      onStage: async (report) => void reports.push(report),
    });
  };
  calls = [];
  return { run, failures, events, reports, files };
}

describe('runGraph', () => {
  it('recomputes only what stands behind a changed option', async () => {
    const { run } = setUp();
    await run(4, 2);
    const again = await run(4, 3);
    expect(calls).toEqual(['from 0', 'score', 'score']);
    expect(again.get('score')?.head.value).toBe(12);
    await run(4, 2);
    expect(calls).toHaveLength(3);
    await run(5, 2);
    expect(calls).toEqual(['from 0', 'score', 'score', 'from 0', 'score']);
  });

  it('goes on from the checkpoint after a failure', async () => {
    const { run, failures, reports } = setUp();
    failures.at = 3;
    await expect(run(6, 2)).rejects.toThrow('torn');
    expect(reports.at(-1)?.status).toBe('failed');
    await run(6, 2);
    expect(calls).toEqual(['from 0', 'from 3', 'score']);
  });

  it('says that scores can be explored, cached or not', async () => {
    const { run, events } = setUp();
    await run(2, 2);
    await run(2, 2);
    expect(events.filter((event) => event.type === 'scored')).toHaveLength(2);
  });

  it('tells of every single step while it is paused, however fast they come', async () => {
    const { run, events } = setUp();
    const control = new RunControl();
    const told = () => events.flatMap((event) => (event.type === 'progress' ? [event.done] : []));
    control.pause();
    const running = run(9, 2, control);
    // The pause first lets one step through, whose checkpoint it asked for.
    for (const done of [1, 2, 3]) {
      await vi.waitFor(() => expect(told().at(-1)).toBe(done));
      control.step();
    }
    control.resume();
    await running;
    expect(told().at(-1)).toBe(9);
  });

  it('stops between steps and keeps what was done', async () => {
    const { run, reports } = setUp();
    const control = new RunControl();
    control.stop(new DOMException('stopped', 'AbortError'));
    await expect(run(3, 2, control)).rejects.toMatchObject({ name: 'AbortError' });
    expect(reports).toHaveLength(0);
  });
});

describe('ArtifactStore', () => {
  const bundle: Bundle = {
    head: { name: 'x', list: [1, 2.5] },
    parts: { floats: Float32Array.of(1, -2), rows: Uint32Array.of(7), bytes: Uint8Array.of(1, 2, 3) },
  };

  it('gives back what it was given', async () => {
    expect(decodeBundle(encodeBundle(bundle))).toEqual(bundle);
  });

  it('treats a torn artifact as missing and clears it away', async () => {
    const files = memoryFiles();
    const store = new ArtifactStore(files);
    await store.put('k', bundle);
    const whole = await files.read('artifacts/k/bundle.safetensors');
    await files.write('artifacts/k/bundle.safetensors', (whole as Uint8Array<ArrayBuffer>).slice(0, 40));
    expect(await store.get('k')).toBeNull();
    expect(await store.has('k')).toBe(false);
  });

  it('keeps the last good checkpoint when a write is torn before the manifest', async () => {
    const files = memoryFiles();
    const slot = new ArtifactStore(files).checkpoint('k');
    await slot.save({ head: { step: 1 }, parts: {} });
    await slot.save({ head: { step: 2 }, parts: {} });
    const failing: Files = {
      ...files,
      write: async (path, bytes) => {
        if (path.endsWith('manifest.json')) throw new DOMException('full', 'QuotaExceededError');
        await files.write(path, bytes.slice(0, 8));
      },
    };
    await expect(new ArtifactStore(failing).checkpoint('k').save({ head: { step: 3 }, parts: {} })).rejects.toThrow('full');
    expect((await slot.load())?.head.step).toBe(2);
  });

  it('drops the checkpoint once the artifact is complete', async () => {
    const files = memoryFiles();
    const store = new ArtifactStore(files);
    await store.checkpoint('k').save(bundle);
    await store.put('k', bundle);
    expect(await store.checkpoint('k').load()).toBeNull();
  });
});
