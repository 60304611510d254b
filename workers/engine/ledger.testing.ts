import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { RetortError } from '../failure';
import { defaultCap } from './ledger';
import type { Engine } from './types';
import { TinyNet } from './webgpu/replay/tiny-net.testing';

/** What holds of the ledger on every engine. `open` opens one and is called once. */
export function ledgerSuite(kind: 'wasm' | 'webgpu', open: () => Promise<Engine>): void {
  describe(`the ledger on ${kind}`, () => {
    let engine: Engine;

    beforeAll(async () => {
      engine = await open();
    }, 60_000);

    it('tells what one training step cost, without what happens between steps', async () => {
      const { optimizer, step } = new TinyNet(1).open(engine);
      for (let k = 0; k < 4; k++) await step.run(new TinyNet(1).inputs(k), 0.01).loss;
      const first = engine.counters();
      const between = tf.tidy(() => tf.sum(tf.matMul(tf.ones([64, 64]), tf.ones([64, 64]))));
      await between.data();
      between.dispose();
      await step.run(new TinyNet(1).inputs(5), 0.01).loss;
      const { lastStep, flops, steps } = engine.counters();
      expect(lastStep!.flops).toBe(first.lastStep!.flops);
      // Three products as large as the forward convolution and more, a backward pass included.
      expect(lastStep!.flops).toBeGreaterThan(3 * 2 * 3 * 36 * 9 * 2 * 8);
      expect(flops - first.flops).toBeGreaterThan(lastStep!.flops + 2 * 64 ** 3 - 1);
      expect(lastStep!.milliseconds).toBeGreaterThan(0);
      expect(steps.recorded + steps.replayed + steps.eager).toBe(5);
      expect(lastStep).toMatchObject(kind === 'webgpu' ? { submits: 1, buffersCreated: 0, pipelines: 0 } : { submits: 0, dispatches: 0, uploadBytes: 0 });
      step.dispose();
      optimizer.dispose();
    });

    it('remembers the most bytes that were alive, after they are gone', async () => {
      const before = engine.counters();
      const large = tf.tidy(() => tf.neg(tf.add(tf.zeros([1 << 18]), 1)));
      await large.data();
      large.dispose();
      const after = engine.counters();
      expect(after.peakBytes).toBeGreaterThanOrEqual(before.liveBytes + 2 ** 20);
      expect(after.peakBytes).toBeGreaterThanOrEqual(after.liveBytes);
    });

    it('stops at the cap with a sentence, and goes on under a higher one', async () => {
      const { liveBytes } = engine.counters();
      engine.limitMemory(liveBytes + 2 ** 20);
      expect(engine.counters().capBytes).toBe(liveBytes + 2 ** 20);
      const large = (): tf.Tensor => tf.tidy(() => tf.add(tf.zeros([3 << 18]), 1));
      expect(large).toThrow(expect.objectContaining({ code: 'over-cap', message: expect.stringMatching(/\d+ MB are allowed.*raise the memory limit/) as string }));
      expect(large).toThrow(RetortError);
      engine.limitMemory(null);
      expect(engine.counters().capBytes).toBe(defaultCap(kind));
      expect((await large().data())[5]).toBe(1);
    });
  });
}
