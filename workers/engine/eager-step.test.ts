import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine } from './engine.testing';
import type { Engine } from './types';
import { finish, rateOf, TinyNet, trainEagerly } from './webgpu/replay/tiny-net.testing';

let engine: Engine;

beforeAll(async () => {
  engine = await openTestEngine('wasm');
});

afterAll(() => engine.close());

describe('a compiled step without a device', () => {
  it('gives the bits of trainStep, carries its state and leaves no tensor behind', async () => {
    const tensors = tf.memory().numTensors;
    const net = new TinyNet(1);
    const { optimizer, step } = net.open(engine);
    const losses: Promise<number>[] = [];
    const counts = new Set<number>();
    for (let k = 0; k < 20; k++) {
      losses.push(step.run(net.inputs(k), rateOf(k)).loss);
      counts.add(tf.memory().numTensors);
    }
    expect(counts.size).toBe(1);
    expect(await finish(optimizer, step, losses)).toEqual(await trainEagerly(engine, net, 20));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('refuses inputs of another size or without one of them', () => {
    const net = new TinyNet(1);
    const { optimizer, step } = net.open(engine);
    expect(() => step.run({ ...net.inputs(0), share: new Float32Array(2) }, 0.1)).toThrow(/1 numbers \[1\] for share, not 2/);
    expect(() => step.run({ images: net.inputs(0).images } as never, 0.1)).toThrow(/for targets, not none/);
    step.dispose();
    optimizer.dispose();
  });

  it('sends nothing to a device, and counts its steps', async () => {
    const before = engine.counters();
    const net = new TinyNet(1);
    const { optimizer, step } = net.open(engine);
    await step.run(net.inputs(0), 0.1).loss;
    const { dispatches, submits, liveBytes, steps } = engine.counters();
    expect({ dispatches, submits, eager: steps.eager - before.steps.eager }).toEqual({ dispatches: 0, submits: 0, eager: 1 });
    expect(liveBytes).toBeGreaterThan(0);
    step.dispose();
    optimizer.dispose();
  });
});
