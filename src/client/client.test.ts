import * as Comlink from 'comlink';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EngineVerdict, IntakeEvent, Recipe, WorkerEvent } from '../../workers/protocol';
import { createClient, type Spawners } from './client';
import { intakeOptions } from './options';
import type { WorkerPort } from './link';
import type { Client, Fault } from './types';

/** A worker that lives in this process behind a real message channel, and can be made to die as a real one does. */
class FakeWorker extends EventTarget implements WorkerPort {
  readonly ended = vi.fn();
  private readonly outer: MessagePort;
  private readonly inner: MessagePort;

  constructor(api: object) {
    super();
    const { port1, port2 } = new MessageChannel();
    this.outer = port1;
    this.inner = port2;
    port1.addEventListener('message', (event) => this.dispatchEvent(new MessageEvent('message', { data: event.data })));
    port1.start();
    Comlink.expose(api, port2);
  }

  postMessage(message: unknown, transfer: unknown): void {
    this.outer.postMessage(message, transfer as Transferable[]);
  }

  crash(): void {
    this.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
  }

  terminate(): void {
    this.ended();
    this.outer.close();
    this.inner.close();
  }
}

const verdict: EngineVerdict = { kind: 'cpu', adapter: 'test', reason: '', reasonCode: '', threads: 1, selfTest: [] };
const recipe: Recipe = { schema: 1, method: 'd2c', preset: 'quick', seed: 1, engine: 'auto', options: {} };

/** What a compute worker did, and the port it was given. */
class FakeStudio {
  readonly calls: string[] = [];
  port: MessagePort | null = null;
  constructor(private readonly resumeFails: unknown = null) {}

  async open(engine: string, port: MessagePort): Promise<EngineVerdict> {
    this.calls.push(`open ${engine}`);
    this.port = port;
    return verdict;
  }
  async start(): Promise<string> {
    this.calls.push('start');
    this.send({ type: 'status', runId: 'r1', status: 'running' });
    return 'r1';
  }
  async resumeRun(id: string): Promise<void> {
    this.calls.push(`resume ${id}`);
    if (this.resumeFails !== null) throw this.resumeFails;
    this.send({ type: 'status', runId: id, status: 'running' });
  }
  async pause(): Promise<void> {
    this.calls.push('pause');
  }
  async limitMemory(bytes: number | null): Promise<void> {
    this.calls.push(`limit ${bytes}`);
  }
  runs(): Promise<never> {
    return new Promise(() => {});
  }
  resolve(): Promise<never> {
    // As workers/expose does: rejections are plain failures.
    return Promise.reject({ code: 'unknown-option', sentence: 'No such option.', params: {}, detail: '' });
  }
  send(event: WorkerEvent): void {
    this.port?.postMessage(event);
  }
}

let client: Client | undefined;
afterEach(() => {
  client?.dispose();
  client = undefined;
});

/** A client whose compute workers are, in order, the given ones. */
function studioClient(studios: FakeStudio[], silenceMs = 60_000) {
  const workers: FakeWorker[] = [];
  const spawners: Partial<Spawners> = {
    studio: () => {
      const worker = new FakeWorker(studios[workers.length]);
      workers.push(worker);
      return worker;
    },
  };
  client = createClient({ spawners, silenceMs });
  const faults: Fault[] = [];
  client.onFault((fault) => faults.push(fault));
  return { client, workers, faults };
}

async function started(studios: FakeStudio[], silenceMs?: number) {
  const made = studioClient(studios, silenceMs);
  const events: WorkerEvent[] = [];
  made.client.studio.onEvent((event) => events.push(event));
  await made.client.studio.open('wasm');
  await made.client.studio.start('d', recipe, 'n');
  await vi.waitFor(() => expect(events).toContainEqual({ type: 'status', runId: 'r1', status: 'running' }));
  return { ...made, events };
}

describe('studio', () => {
  it('spawns on first use, answers a second open from the first, and replaces the worker for another engine', async () => {
    const studios = [new FakeStudio(), new FakeStudio()];
    const { client: made, workers } = studioClient(studios);
    expect(workers).toHaveLength(0);
    expect(await made.studio.open('wasm')).toEqual(verdict);
    await made.studio.open('wasm');
    expect(studios[0].calls).toEqual(['open wasm']);
    await made.studio.open('webgpu');
    expect(studios[1].calls).toEqual(['open webgpu']);
    expect(workers[0].ended).toHaveBeenCalledOnce();
  });

  it('passes failures through and keeps heartbeats to itself', async () => {
    const studio = new FakeStudio();
    const { client: made, events } = await started([studio]);
    await expect(made.studio.resolve(recipe)).rejects.toMatchObject({ code: 'unknown-option' });
    studio.send({ type: 'heartbeat' });
    studio.send({ type: 'log', runId: 'r1', line: 'after' });
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ line: 'after' }));
    expect(events.some((event) => event.type === 'heartbeat')).toBe(false);
  });

  it('fails pending calls when the worker dies, restarts it and takes the run up again', async () => {
    const studios = [new FakeStudio(), new FakeStudio()];
    const { client: made, workers, faults } = await started(studios);
    const pending = made.studio.runs();
    workers[0].crash();
    await expect(pending).rejects.toMatchObject({ code: 'worker-died', detail: expect.stringContaining('out of memory') });
    await vi.waitFor(() => expect(studios[1].calls).toEqual(['open wasm', 'resume r1']));
    expect(faults.map(({ worker, recovering }) => ({ worker, recovering }))).toEqual([{ worker: 'studio', recovering: true }]);
    expect(workers[0].ended).toHaveBeenCalledOnce();
  });

  it('leaves a paused run paused', async () => {
    const studios = [new FakeStudio(), new FakeStudio()];
    const { workers, events } = await started(studios);
    studios[0].send({ type: 'status', runId: 'r1', status: 'paused' });
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ status: 'paused' }));
    workers[0].crash();
    await vi.waitFor(() => expect(studios[1].calls).toEqual(['open wasm', 'resume r1', 'pause']));
  });

  it('does not take up a run that has ended', async () => {
    const studios = [new FakeStudio(), new FakeStudio()];
    const { workers, events } = await started(studios);
    studios[0].send({ type: 'status', runId: 'r1', status: 'done' });
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ status: 'done' }));
    workers[0].crash();
    await vi.waitFor(() => expect(studios[1].calls).toEqual(['open wasm']));
  });

  it.each(['device-lost', 'device-refused'])('goes on in a fresh worker after %s', async (code) => {
    const studios = [new FakeStudio(), new FakeStudio()];
    const { faults } = await started(studios);
    studios[0].send({ type: 'status', runId: 'r1', status: 'interrupted' });
    studios[0].send({ type: 'failed', runId: 'r1', failure: { code, sentence: 'Lost.', params: {}, detail: '' } });
    await vi.waitFor(() => expect(studios[1].calls).toEqual(['open wasm', 'resume r1']));
    expect(faults[0].failure.code).toBe(code);
  });

  it.each(['out-of-memory', 'over-cap'])('brings a fresh worker after %s, but leaves the run that would only meet it again', async (code) => {
    const studios = [new FakeStudio(), new FakeStudio()];
    const { faults, workers } = await started(studios);
    studios[0].send({ type: 'status', runId: 'r1', status: 'failed' });
    studios[0].send({ type: 'failed', runId: 'r1', failure: { code, sentence: 'Full.', params: {}, detail: '' } });
    await vi.waitFor(() => expect(studios[1].calls).toEqual(['open wasm']));
    expect(workers[0].ended).toHaveBeenCalledOnce();
    expect(faults).toMatchObject([{ failure: { code }, recovering: false }]);
  });

  it('tells every later worker how much memory is allowed', async () => {
    const studios = [new FakeStudio(), new FakeStudio()];
    const { client: made, workers } = await started(studios);
    await made.studio.limitMemory(5);
    workers[0].crash();
    await vi.waitFor(() => expect(studios[1].calls).toEqual(['open wasm', 'limit 5', 'resume r1']));
    expect(studios[0].calls).toEqual(['open wasm', 'start', 'limit 5']);
  });

  it('takes silence for death, but not while heartbeats arrive', async () => {
    const studios = [new FakeStudio(), new FakeStudio(), new FakeStudio(), new FakeStudio()];
    const { faults } = await started(studios, 400);
    const beat = setInterval(() => studios[0].send({ type: 'heartbeat' }), 50);
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(faults).toEqual([]);
    clearInterval(beat);
    await vi.waitFor(() => expect(studios[1].calls).toContain('resume r1'), 3_000);
    expect(faults[0].failure.code).toBe('worker-silent');
  });

  it('gives up after three restarts without a checkpoint, and says so', async () => {
    const studios = [0, 1, 2, 3].map(() => new FakeStudio());
    const { workers, faults } = await started(studios);
    for (let round = 0; round < 3; round++) {
      workers[round].crash();
      await vi.waitFor(() => expect(studios[round + 1].calls).toContain('resume r1'));
      // Lets the resumed run's status event arrive, as it would before a real worker dies again.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    workers[3].crash();
    await vi.waitFor(() => expect(faults).toHaveLength(4));
    expect(faults.map((fault) => fault.recovering)).toEqual([true, true, true, false]);
    expect(workers).toHaveLength(4);
  });

  it('does not restart again for a failure that would repeat itself', async () => {
    const missing = { code: 'run-missing', sentence: 'Gone.', params: {}, detail: '' };
    const { workers, faults } = await started([new FakeStudio(), new FakeStudio(missing)]);
    workers[0].crash();
    await vi.waitFor(() => expect(faults.map((fault) => fault.recovering)).toEqual([true, false]));
    expect(faults[1].failure.code).toBe('run-missing');
    expect(workers).toHaveLength(2);
  });
});

describe('intake', () => {
  it('reports over a port, and tells of a death without pretending to recover', async () => {
    const workers: FakeWorker[] = [];
    const api = {
      async read(_source: unknown, _options: unknown, port: MessagePort) {
        port.postMessage({ type: 'classes', names: ['a'], counts: [1] } satisfies IntakeEvent);
        return { id: 'd' };
      },
      list: () => new Promise(() => {}),
    };
    const spawn = () => {
      workers.push(new FakeWorker(api));
      return workers[workers.length - 1];
    };
    client = createClient({ spawners: { intake: spawn } });
    const events: IntakeEvent[] = [];
    const faults: Fault[] = [];
    client.onFault((fault) => faults.push(fault));
    const source = { kind: 'files' as const, name: 's', files: [] };
    expect(await client.intake.read(source, intakeOptions(recipe), (event) => events.push(event))).toEqual({ id: 'd' });
    await vi.waitFor(() => expect(events).toHaveLength(1));
    const pending = client.intake.list();
    workers[0].crash();
    await expect(pending).rejects.toMatchObject({ code: 'worker-died' });
    expect(faults).toMatchObject([{ worker: 'intake', recovering: false }]);
    await client.intake.read(source, intakeOptions(recipe), () => undefined);
    expect(workers).toHaveLength(2);
  });
});
