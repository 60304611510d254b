import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openNodeWebGpu } from '../../node-gpu.testing';
import { RetortError } from '../../../failure';
import type { Engine, EngineCounters } from '../../types';
import type { RecordingBackend } from '../backend';
import { finish, rateOf, TinyNet, trainEagerly } from './tiny-net.testing';

let engine: Engine;
let release: () => void;

// Opening compiles the shaders of the self-test.
beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
}, 60_000);

afterAll(() => release());

const ONE = { w: { shape: [4], values: Float32Array.of(1, 2, 3, 4) } };

/** What the counters grew by during `work`. */
async function traffic(work: () => Promise<unknown>): Promise<Omit<EngineCounters, 'steps'> & EngineCounters['steps']> {
  const before = engine.counters();
  await work();
  const after = engine.counters();
  const grown = (a: object, b: object) => Object.fromEntries(Object.entries(a).map(([key, value]) => [key, value - (b as Record<string, number>)[key]]));
  const { steps: { fallbacks, ...stepsAfter }, ...rest } = after;
  return { ...grown(rest, before), ...grown(stepsAfter, before.steps), fallbacks } as never;
}

describe('a compiled step', () => {
  it('gives the bits of eager training over 300 steps: losses, weights, moments, averages and state', async () => {
    const net = new TinyNet(1);
    const { optimizer, step } = net.open(engine);
    const losses: Promise<number>[] = [];
    const ran = await traffic(async () => {
      for (let k = 0; k < 300; k++) losses.push(step.run(net.inputs(k), rateOf(k)).loss);
      await losses[299];
    });
    expect(ran).toMatchObject({ recorded: 2, replayed: 298, eager: 0 });
    const replayed = await finish(optimizer, step, losses);
    const eager = await trainEagerly(engine, net, 300);
    expect(replayed.losses).toEqual(eager.losses);
    expect(replayed.weights).toEqual(eager.weights);
    expect(replayed.mean).toEqual(eager.mean);
    expect(eager.losses[299]).toBeLessThan(eager.losses[0]);
  });

  it('costs one submit and few passes, creates nothing and uploads its inputs alone', async () => {
    const net = new TinyNet(2);
    const { optimizer, step } = net.open(engine);
    for (let k = 0; k < 4; k++) await step.run(net.inputs(k), 0.01).loss;
    const inputs = net.inputs(5);
    const counted = await traffic(() => step.run(inputs, 0.01).loss);
    const inputBytes = Object.values(inputs).reduce((sum, values) => sum + values.byteLength, 0);
    expect(counted).toMatchObject({ replayed: 1, submits: 1, buffersCreated: 0, bindGroups: 0, pipelines: 0, liveBytes: 0 });
    expect(counted.passes).toBeLessThanOrEqual(3);
    expect(counted.dispatches).toBeGreaterThan(20);
    // The factors of the optimiser are 32 bytes.
    expect(counted.uploadBytes).toBe(inputBytes + 32);
    await finish(optimizer, step, []);
  });

  it('keeps several apart, with work of others between their runs', async () => {
    const nets = [new TinyNet(3), new TinyNet(4, 12)];
    const opened = nets.map((net) => net.open(engine));
    const losses: Promise<number>[][] = [[], []];
    for (let k = 0; k < 30; k++) {
      opened.forEach(({ step }, i) => losses[i].push(step.run(nets[i].inputs(k), rateOf(k)).loss));
      const other = tf.tidy(() => tf.sum(tf.square(opened[k % 2].optimizer.ema().w)));
      expect((await other.data())[0]).toBeGreaterThan(0);
      other.dispose();
    }
    for (const [i, { optimizer, step }] of opened.entries()) {
      expect(await finish(optimizer, step, losses[i])).toEqual(await trainEagerly(engine, nets[i], 30));
    }
  });

  it('gives back what it reserved however many others are alive', async () => {
    const held = (): number => engine.counters().liveBytes;
    const round = async (): Promise<number[]> => {
      const opened = [8, 12, 16].map((width, i) => ({ net: new TinyNet(10 + i, width), ...new TinyNet(10 + i, width).open(engine) }));
      for (let k = 0; k < 4; k++) await Promise.all(opened.map(({ net, step }) => step.run(net.inputs(k), 0.01).loss));
      const levels = [held()];
      for (const { optimizer, step } of opened) {
        step.dispose();
        optimizer.dispose();
        levels.push(held());
      }
      return levels;
    };
    // The first round fills the pools that eager work leaves behind.
    await round();
    const levels = await round();
    for (let i = 1; i < levels.length; i++) expect(levels[i]).toBeLessThan(levels[i - 1]);
    expect(await round()).toEqual(levels);
  });

  it('goes on from a loaded state', async () => {
    const net = new TinyNet(5);
    const { optimizer, step } = net.open(engine);
    for (let k = 0; k < 4; k++) await step.run(net.inputs(k), rateOf(k)).loss;
    const saved = await optimizer.save();
    const once = await step.run(net.inputs(4), rateOf(4)).loss;
    const after = await optimizer.save();
    optimizer.load(saved);
    expect(await step.run(net.inputs(4), rateOf(4)).loss).toBe(once);
    expect((await optimizer.save()).arrays).toEqual(after.arrays);
    await finish(optimizer, step, []);
  });

  it('takes no more memory over 500 runs, and gives all of it back', async () => {
    const before = engine.counters();
    const tensors = tf.memory().numTensors;
    const optimizer = engine.optimizer(ONE, {});
    const step = engine.compileStep(optimizer, { inputs: { x: [4] }, loss: ({ w }, { x }) => tf.sum(tf.square(tf.sub(w, x))) });
    const run = () => step.run({ x: Float32Array.of(4, 3, 2, 1) }, 0.001).loss;
    for (let k = 0; k < 10; k++) await run();
    const counted = await traffic(async () => {
      for (let k = 0; k < 500; k++) await run();
    });
    expect(counted).toMatchObject({ replayed: 500, buffersCreated: 0, liveBytes: 0, peakBytes: 0 });
    step.dispose();
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    // What remains is kept by the pools of the eager path: the parameter and one chunk of uniforms at most.
    expect(engine.counters().liveBytes - before.liveBytes).toBeLessThan(70_000);
  });
});

describe('a step that cannot be recorded', () => {
  async function fallback(loss: (x: tf.Tensor, w: tf.Tensor, run: number) => tf.Tensor): Promise<{ values: number[]; steps: EngineCounters['steps'] }> {
    const optimizer = engine.optimizer(ONE, {});
    let run = 0;
    const step = engine.compileStep(optimizer, { inputs: { x: [4] }, loss: ({ w }, { x }) => loss(x, w, run) });
    const values: number[] = [];
    for (; run < 8; run++) values.push(await step.run({ x: Float32Array.of(run, 0, 0, 0) }, 0).loss);
    step.dispose();
    optimizer.dispose();
    return { values, steps: engine.counters().steps };
  }

  it('runs eagerly when it uploads numbers of its own that change', async () => {
    const { values, steps } = await fallback((x, w, run) => tf.sum(tf.mul(w, tf.add(x, tf.tensor1d([0, run, 0, 0])))));
    expect(values).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
    expect(steps.fallbacks['it uploads other numbers in every run']).toBe(1);
  });

  it('runs eagerly when its shapes change', async () => {
    const { values, steps } = await fallback((x, w, run) => tf.add(tf.sum(w), tf.sum(tf.tile(x, [run + 1]))));
    expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((run) => 10 + run * (run + 1)));
    expect(steps.fallbacks['it takes other shapes or factors in every run']).toBe(1);
  });

  it('runs eagerly when it reads a tensor back', async () => {
    const { values, steps } = await fallback((x, w) => {
      const read = tf.keep(tf.square(w));
      void read.data().then(() => read.dispose());
      return tf.sum(tf.mul(w, x));
    });
    expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(steps.fallbacks['it reads a tensor back']).toBe(1);
  });

  it('stops replaying when a tensor it closes over is disposed', async () => {
    const optimizer = engine.optimizer(ONE, {});
    let factor: tf.Tensor = tf.tensor1d([1, 1, 1, 1]);
    const step = engine.compileStep(optimizer, { inputs: { x: [4] }, loss: ({ w }, { x }) => tf.sum(tf.mul(factor, tf.mul(w, x))) });
    const run = () => step.run({ x: Float32Array.of(1, 1, 1, 1) }, 0).loss;
    for (let k = 0; k < 4; k++) expect(await run()).toBe(10);
    factor.dispose();
    factor = tf.tensor1d([2, 2, 2, 2]);
    expect(await run()).toBe(20);
    expect(engine.counters().steps.fallbacks['a tensor it uses was disposed']).toBe(1);
    factor.dispose();
    step.dispose();
    optimizer.dispose();
  });
});

describe('the contract of a compiled step', () => {
  it('refuses inputs of another size', () => {
    const optimizer = engine.optimizer(ONE, {});
    const step = engine.compileStep(optimizer, { inputs: { x: [4] }, loss: ({ w }, { x }) => tf.sum(tf.mul(w, x)) });
    expect(() => step.run({ x: Float32Array.of(1) }, 0.1)).toThrow(/4 numbers \[4\] for x, not 1/);
    step.dispose();
    optimizer.dispose();
  });

  it('says when a replayed loss is no number', async () => {
    const optimizer = engine.optimizer(ONE, {});
    const step = engine.compileStep(optimizer, { inputs: { x: [4] }, loss: ({ w }, { x }) => tf.sum(tf.mul(w, x)) });
    for (let k = 0; k < 4; k++) await step.run({ x: Float32Array.of(1, 1, 1, 1) }, 0).loss;
    await expect(step.run({ x: Float32Array.of(NaN, 1, 1, 1) }, 0).loss).rejects.toSatisfy((error) => error instanceof RetortError && error.code === 'nan-loss');
    step.dispose();
    optimizer.dispose();
  });

  it('cuts a step as the pace of the device asks for, and no longer when that has grown, with the same bits', async () => {
    const net = new TinyNet(7);
    const { optimizer, step } = net.open(engine);
    const { pace } = tf.backend() as unknown as RecordingBackend;
    const losses: Promise<number>[] = [];
    const run = (k: number): Promise<number> => {
      losses.push(step.run(net.inputs(k), rateOf(k)).loss);
      return losses[k];
    };
    for (let k = 0; k < 4; k++) await run(k);
    const { flops } = engine.counters().lastStep!;
    const limit = vi.spyOn(pace, 'limit', 'get').mockReturnValue(flops / 4);
    expect((await traffic(() => run(4))).submits).toBeGreaterThanOrEqual(4);
    limit.mockReturnValue(2 * flops);
    expect((await traffic(() => run(5))).submits).toBe(1);
    limit.mockRestore();
    expect(await finish(optimizer, step, losses)).toEqual(await trainEagerly(engine, net, 6));
  });

  it('cuts a step into submits that keep to the budget', async () => {
    const net = new TinyNet(6);
    const optimizer = engine.optimizer(net.initial, {});
    const step = engine.compileStep(optimizer, { ...net.definition, submitBudget: 0.001 });
    for (let k = 0; k < 4; k++) await step.run(net.inputs(k), 0.01).loss;
    const { submits } = await traffic(() => step.run(net.inputs(4), 0.01).loss);
    expect(submits).toBeGreaterThan(3);
    step.dispose();
    optimizer.dispose();
  });
});
