import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RetortError } from '../../failure';
import { openNodeWebGpu } from '../node-gpu.testing';
import { conv2d, relu } from '../ops';
import type { Engine } from '../types';
import type { RecordingBackend } from './backend';
import { TinyNet } from './replay/tiny-net.testing';

let engine: Engine;
let release: () => void;

beforeEach(async () => {
  ({ engine, release } = await openNodeWebGpu());
}, 60_000);

afterEach(() => release());

const device = (): GPUDevice => (tf.backend() as unknown as RecordingBackend).device;

/** The fault, or a failure of the test when none comes soon. */
function fault(): Promise<RetortError> {
  return Promise.race([engine.lost, new Promise<never>((_, reject) => setTimeout(() => reject(new Error('no fault was told')), 5000))]);
}

/** How a promise ended, or that it is still open after two seconds: neither may a fault end in silence elsewhere. */
function ending(promise: Promise<unknown>): Promise<'fulfilled' | 'rejected' | 'open'> {
  return Promise.race([
    promise.then(() => 'fulfilled' as const, () => 'rejected' as const),
    new Promise<'open'>((resolve) => setTimeout(() => resolve('open'), 2000)),
  ]);
}

describe('a device that goes away', () => {
  it('is told during a step, whose loss never arrives as a number', async () => {
    const net = new TinyNet(1);
    const { step } = net.open(engine);
    for (let k = 0; k < 4; k++) await step.run(net.inputs(k), 0.01).loss;
    const { loss } = step.run(net.inputs(4), 0.01);
    expect(engine.loseDevice()).toBe(true);
    const after = step.run(net.inputs(5), 0.01).loss;
    expect(await fault()).toMatchObject({ code: 'device-lost', sentence: expect.stringMatching(/last checkpoint/) as string });
    expect(await ending(after)).not.toBe('fulfilled');
    await ending(loss);
  });

  it('is told during a readback', async () => {
    const x = tf.ones([1 << 16]);
    const read = tf.add(x, 1).data();
    engine.loseDevice();
    expect((await fault()).code).toBe('device-lost');
    await ending(read);
  });

  it('is told in the midst of passes without a tape, as in sampling', async () => {
    const filter = tf.ones([3, 3, 4, 4]);
    let x: tf.Tensor = tf.ones([2, 16, 16, 4]);
    const sampling = (async () => {
      for (let step = 0; step < 6; step++) {
        const next = tf.tidy(() => relu(conv2d(x, filter, { stride: 1, pad: 'same' })));
        x.dispose();
        x = next;
        await engine.settled();
        if (step === 3) engine.loseDevice();
      }
      return x.data();
    })();
    expect((await fault()).code).toBe('device-lost');
    expect(await ending(sampling)).not.toBe('fulfilled');
  });

  it('is no fault when it is closed by us', async () => {
    engine.close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await Promise.race([engine.lost, Promise.resolve('quiet')])).toBe('quiet');
  });
});

describe('an error nobody waits for', () => {
  it('of validation ends in a fault that says how to go on', async () => {
    const [small, large] = [16, 64].map((size) => device().createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC }));
    const encoder = device().createCommandEncoder();
    encoder.copyBufferToBuffer(large, 0, small, 0, 64);
    device().queue.submit([encoder.finish()]);
    const { code, sentence, cause } = await fault();
    expect(code).toBe('device-refused');
    expect(sentence).toMatch(/Resume the run/);
    expect((cause as Error).message.length).toBeGreaterThan(10);
  });
});

describe('memory that ends', () => {
  it('is told when a driver refuses a buffer in mid-step', async () => {
    const net = new TinyNet(2);
    const { step } = net.open(engine);
    const own = device();
    const create = own.createBuffer.bind(own);
    // What a driver does: the call returns a buffer that is none, and the error follows.
    own.createBuffer = (descriptor) => {
      const error = Object.assign(new (class GPUOutOfMemoryError extends Error {})('not enough memory left'));
      queueMicrotask(() => own.dispatchEvent(Object.assign(new Event('uncapturederror'), { error })));
      return create(descriptor);
    };
    await ending(step.run(net.inputs(0), 0.01).loss);
    expect((await fault()).code).toBe('out-of-memory');
  });
});

describe('a loss that is no number', () => {
  it('names the learning rate to take', async () => {
    const optimizer = engine.optimizer({ w: { shape: [1], values: Float32Array.of(1) } }, {});
    const { loss } = engine.trainStep(optimizer, 0.004, ({ w }) => tf.sum(tf.mul(w, NaN)));
    await expect(loss).rejects.toMatchObject({ code: 'nan-loss', params: { step: 1, rate: 0.002 }, message: expect.stringMatching(/to 0\.002 or less/) as string });
    optimizer.dispose();
  });

  it('keeps weights that are none out of checkpoints, though the loss was one', async () => {
    const optimizer = engine.optimizer({ w: { shape: [2], values: Float32Array.of(1, 2) } }, {});
    await optimizer.save();
    optimizer.step([tf.tensor1d([NaN, 0])], 0.1);
    await expect(optimizer.save()).rejects.toMatchObject({ code: 'nan-loss', params: { step: 1 } });
    optimizer.dispose();
  });
});
