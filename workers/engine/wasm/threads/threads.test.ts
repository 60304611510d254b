import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RetortError } from '../../../failure';
import { RandomStream } from '../../../random';
import { nodeWasmUrls } from '../../engine.testing';
import { openEngine } from '../../open';
import * as ops from '../../ops';
import { ReferenceNet } from '../../reference-net.testing';
import { normals } from '../../tensors';
import type { Engine } from '../../types';
import { internals } from '../heap';
import { simd } from '../simd/module';
import { RANGE_KERNELS, Station } from './block';
import type { Thread, ThreadHost } from './host';
import { nodeThreads } from './node.testing';
import { shareMemory } from './shared';

type Options = Partial<Parameters<typeof openEngine>[0]>;

const open = (options: Options): Promise<Engine> => openEngine({ engine: 'wasm', wasmUrls: nodeWasmUrls(), threadHost: nodeThreads(), ...options });

/** A host that remembers its threads. */
function watched(spawn: (() => Thread) | null = null, cores = 2): ThreadHost & { threads: Thread[] } {
  const host = nodeThreads();
  const threads: Thread[] = [];
  return {
    ...host, cores, threads,
    spawn: () => {
      const thread = spawn?.() ?? host.spawn();
      vi.spyOn(thread, 'end');
      threads.push(thread);
      return thread;
    },
  };
}

let engine: Engine | null = null;
afterEach(() => {
  vi.restoreAllMocks();
  engine?.close();
  engine = null;
});

describe('how many threads', () => {
  it('takes as many as are asked for, ends them when closed, and opens again', async () => {
    const host = watched();
    engine = await open({ threads: 3, threadHost: host });
    expect(engine.verdict).toMatchObject({ threads: 3, threadsReasonCode: 'threads-started' });
    expect(host.threads).toHaveLength(2);
    engine.close();
    for (const thread of host.threads) expect(thread.end).toHaveBeenCalledOnce();
    engine = await open({ threads: 1 });
    expect(engine.verdict.threads).toBe(1);
  });

  it('leaves one processor to the page, but takes two of two, and eight at most', async () => {
    const count = async (cores: number) => {
      const ready = (): Thread => ({ start: () => Promise.resolve(), lost: new Promise(() => {}), end: () => {} });
      engine?.close();
      engine = await open({ threadHost: watched(ready, cores) });
      return engine.verdict.threads;
    };
    expect([await count(2), await count(4), await count(8), await count(32)]).toEqual([2, 3, 7, 8]);
  });

  it.each<[string, () => Options]>([
    ['threads-one-asked', () => ({ threads: 1 })],
    ['threads-not-isolated', () => ({ threadHost: null })],
    ['threads-not-isolated', () => ({ threadHost: undefined })],
    ['threads-one-core', () => ({ threadHost: watched(null, 1) })],
    ['threads-not-shared', () => {
      vi.spyOn(WebAssembly, 'Memory').mockImplementation(function refuse() { throw new RangeError('could not allocate'); });
      return {};
    }],
    ['threads-not-started', () => ({ threadHost: watched(() => { throw new Error('refused'); }) })],
  ])('computes on one thread and says so: %s', async (code, options) => {
    engine = await open(options());
    expect(engine.verdict).toMatchObject({ threads: 1, threadsReasonCode: code });
    expect(engine.verdict.threadsReason).toMatch(/\.$/);
  });

  it('gives up threads that are not ready in time', async () => {
    const host = watched(() => ({ start: () => new Promise(() => {}), lost: new Promise(() => {}), end: () => {} }));
    engine = await open({ threadHost: host, threadStartMs: 50 });
    expect(engine.verdict).toMatchObject({ threads: 1, threadsReasonCode: 'threads-not-started' });
    expect(host.threads[0].end).toHaveBeenCalledOnce();
  });
});

describe('the same bytes on any number of threads', () => {
  const stream = new RandomStream(5, 'threads');
  const random = (...shape: number[]) => normals(stream, shape);
  const gradients = (f: (...x: tf.Tensor[]) => tf.Tensor, ...x: tf.Tensor[]) => tf.grads(f as (...values: tf.Tensor[]) => tf.Tensor)(x);
  const convolve = (stride: 1 | 2) => (x: tf.Tensor, w: tf.Tensor) => ops.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, { stride, pad: 'same' });
  const norm = (groups: number) => (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => ops.groupNorm(x, gamma, beta, { groups, activation: 'silu' });
  const film = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) =>
    ops.groupNorm(x, gamma, beta, { groups: 2, activation: 'silu', scale, shift });
  const results: Record<string, () => tf.Tensor[]> = {
    'convolution, stride 1': () => gradients(convolve(1), random(3, 9, 7, 5), random(3, 3, 5, 13)),
    'convolution, stride 2': () => gradients(convolve(2), random(5, 8, 8, 6), random(3, 3, 6, 20)),
    'convolution to few filters': () => gradients(convolve(1), random(5, 6, 6, 9), random(3, 3, 9, 7)),
    products: () => [
      tf.matMul(random(37, 19), random(19, 23)), tf.matMul(random(19, 37), random(19, 23), true), tf.matMul(random(2, 33, 9), random(2, 17, 9), false, true),
    ],
    'group normalisation': () => gradients(norm(4), random(19, 5, 3, 16), random(16), random(16)),
    'normalisation of one image': () => gradients(norm(40), random(1, 20, 3, 40), random(40), random(40)),
    'normalisation in groups of three': () => gradients(norm(12), random(1, 5, 5, 36), random(36), random(36)),
    FiLM: () => gradients(film, random(5, 4, 3, 8), random(8), random(8), random(5, 8), random(5, 8)),
    activations: () => [...gradients(ops.silu, random(3, 71)), ...gradients(tf.relu, random(217)), ops.silu(random(133))],
    arithmetic: () => [
      tf.add(random(7, 5, 9), random(7, 1, 9)), tf.sub(random(1000), random(1)), tf.mul(random(3, 999), random(3, 1)), tf.div(random(1), random(77, 3)),
      ops.addChannelBias(random(4, 5, 6, 7) as tf.Tensor4D, random(7) as tf.Tensor1D), ...gradients((x) => tf.sum(x, 0), random(11, 13)), ops.scale(random(333), 1.7),
    ],
    sums: () => [tf.sum(random(200, 37), 0), tf.mean(random(5, 300, 20), 1), tf.sum(random(65, 500), 1), tf.sum(random(1000))],
    'joins and cuts': () => [tf.transpose(random(2, 3, 4, 5), [0, 2, 1, 3]), tf.transpose(random(2, 6, 4, 1), [0, 2, 1, 3]), tf.concat([random(5, 3), random(5, 4)], 1), tf.slice(random(9, 8), [0, 2], [9, 3]), ...tf.split(random(7, 9), 3, 1)],
    resampling: () => [...gradients((x) => ops.upsample2(x as tf.Tensor4D), random(2, 3, 5, 6)), ...gradients((x) => ops.averagePool2(x as tf.Tensor4D), random(2, 6, 4, 5))],
  };
  const bits = (make: () => tf.Tensor[]): number[][] => tf.tidy(() => {
    stream.position = 0;
    return make().map((tensor) => Array.from(new Uint32Array((tensor.dataSync() as Float32Array).slice().buffer)));
  });

  it('in every kernel, down to one unit a chunk', async () => {
    engine = await open({ threads: 3 });
    const module = simd();
    const { pool } = module;
    const run = vi.spyOn(pool!, 'run');
    for (const [name, make] of Object.entries(results)) {
      module.pool = null;
      const alone = bits(make);
      module.pool = pool;
      module.worthSharing = 0;
      // First the threads do it all, then whoever is free.
      const own = vi.spyOn(Station.prototype, 'work').mockReturnValue(false);
      expect(bits(make), name).toEqual(alone);
      own.mockRestore();
      for (let repeat = 0; repeat < 5; repeat++) expect(bits(make), name).toEqual(alone);
    }
    expect([...new Set(run.mock.calls.map(([kernel]) => kernel))].sort()).toEqual([...RANGE_KERNELS].sort());
  });

  it('over twenty steps of training', async () => {
    const train = async (threads: number) => {
      engine?.close();
      engine = await open({ threads });
      simd().worthSharing = 0;
      const net = new ReferenceNet();
      const optimizer = engine.optimizer(net.initial, { clip: 1, ema: 0.999, weightDecay: 0.01 });
      const batch = net.batch(4, 1);
      const losses: number[] = [];
      for (let step = 0; step < 20; step++) losses.push(await engine.trainStep(optimizer, 1e-3, (params) => net.loss(params, batch)).loss);
      return { losses, ...await optimizer.save() };
    };
    const alone = await train(1);
    expect(alone.losses[19]).toBeLessThan(alone.losses[0]);
    expect(await train(2)).toEqual(alone);
    expect(await train(3)).toEqual(alone);
  });

  it('after the heap has grown', async () => {
    engine = await open({ threads: 2 });
    const { wasm } = internals(tf.backend() as BackendWasm);
    simd().worthSharing = 0;
    const before = wasm.asm.memory.buffer.byteLength;
    const big = tf.ones([before / 4]);
    expect(wasm.asm.memory.buffer.byteLength).toBeGreaterThan(before);
    const shifted = tf.add(big, tf.scalar(1));
    expect(shifted.dataSync().every((value) => value === 2)).toBe(true);
    tf.dispose([big, shifted]);
  });
});

describe('a thread that fails', () => {
  const failureOf = (work: () => unknown): RetortError => {
    try {
      work();
    } catch (error) {
      return error as RetortError;
    }
    throw new Error('nothing failed');
  };

  it('is noticed when it dies with work in its hands, and the engine says that it is lost', async () => {
    engine = await open({ threads: 2, threadPatienceMs: 1000, threadHost: nodeThreads(new URL('./thread-broken.testing.ts', import.meta.url).href) });
    const a = tf.ones([512, 512]);
    const failure = failureOf(() => { for (;;) tf.matMul(a, a).dispose(); });
    expect(failure).toBeInstanceOf(RetortError);
    expect(failure).toMatchObject({ code: 'device-lost', params: { threads: 2 } });
    expect(failureOf(() => tf.matMul(a, a))).toBe(failure);
    expect(await engine.lost).toBe(failure);
  });

  it('ends the pool when a kernel traps on it', async () => {
    engine = await open({ threads: 2 });
    const beyond = 0xfff00000;
    expect(failureOf(() => simd().spread('copyRows', 8, 1e9, beyond, beyond, 2 ** 20, 0, 0)).code).toBe('device-lost');
    expect(((await engine.lost) as unknown as RetortError).code).toBe('device-lost');
  });
});

describe('shareMemory', () => {
  let plain: Uint8Array;
  beforeAll(() => { plain = new Uint8Array(readFileSync(nodeWasmUrls()['tfjs-backend-wasm-simd.wasm'])); });

  it('changes one byte of tfjs’ build, which stays valid', () => {
    const shared = shareMemory(plain);
    expect([...shared].filter((byte, i) => byte !== plain[i])).toEqual([3]);
    expect(WebAssembly.validate(shared)).toBe(true);
  });

  it('refuses what cannot be shared', () => {
    expect(() => shareMemory(shareMemory(plain))).toThrow(RangeError);
    const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    expect(() => shareMemory(Uint8Array.from(header))).toThrow('no memory');
    expect(() => shareMemory(Uint8Array.from([...header, 5, 3, 1, 0, 1]))).toThrow('no maximum');
    // One imported table.
    expect(() => shareMemory(Uint8Array.from([...header, 2, 9, 1, 1, 0x65, 1, 0x74, 1, 0x70, 0, 1]))).toThrow('imports more');
  });
});
