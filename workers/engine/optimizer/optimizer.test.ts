import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { RetortError } from '../../failure';
import { openTestEngine } from '../engine.testing';
import { ReferenceNet } from '../reference-net.testing';
import type { Engine } from '../types';
import { trainAsReference } from './reference.testing';

describe.each(['cpu', 'wasm'] as const)('AdamW on %s', (kind) => {
  it('follows its equations in float64, through a save and a load', async () => {
    const { errors, leaked } = await trainAsReference(await openTestEngine(kind));
    expect(errors.param).toBeLessThan(2e-5);
    expect(errors.ema).toBeLessThan(2e-5);
    expect(leaked).toBe(0);
  });

  it('says when a loss is no number, and leaves the parameters alone', async () => {
    const engine = await openTestEngine(kind);
    const optimizer = engine.optimizer({ w: { shape: [2], values: Float32Array.of(1, 2) } }, {});
    const { loss } = engine.trainStep(optimizer, 0.1, ({ w }) => tf.sum(tf.log(tf.sub(w, 5))));
    await expect(loss).rejects.toSatisfy((error) => error instanceof RetortError && error.code === 'nan-loss');
    expect([...(await optimizer.params.w.data())]).toEqual([1, 2]);
    expect(() => optimizer.step([tf.tensor1d([Infinity, 0])], 0.1)).toThrow(RetortError);
    optimizer.dispose();
  });

  it('refuses a saved state of another net', async () => {
    const engine = await openTestEngine(kind);
    const optimizer = engine.optimizer({ w: { shape: [2], values: Float32Array.of(1, 2) } }, {});
    expect(() => optimizer.load({ step: 1, arrays: { 'p/w': Float32Array.of(1) } })).toThrow(RangeError);
    optimizer.dispose();
  });

  it('names parameters the loss ignores', async () => {
    const engine = await openTestEngine(kind);
    const optimizer = engine.optimizer({ w: { shape: [1], values: Float32Array.of(1) }, idle: { shape: [1], values: Float32Array.of(1) } }, {});
    expect(() => engine.trainStep(optimizer, 0.1, ({ w }) => tf.sum(w))).toThrow(/idle/);
    optimizer.dispose();
  });
});

describe('a net on wasm', () => {
  afterEach(() => tf.disposeVariables());

  async function train(engine: Engine, count: number): Promise<{ losses: number[]; weights: Float32Array; tensors: number[] }> {
    const net = new ReferenceNet();
    const optimizer = engine.optimizer(net.initial, { clip: 1, ema: 0.999 });
    const batch = net.batch(4, 5);
    const losses: number[] = [];
    const tensors: number[] = [];
    for (let step = 0; step < count; step++) {
      losses.push(await engine.trainStep(optimizer, 2e-3, (params) => net.loss(params, batch)).loss);
      tensors.push(tf.memory().numTensors);
    }
    const weights = (await optimizer.save()).arrays['p/mid.conv1.w'];
    optimizer.dispose();
    tf.dispose(Object.values(batch));
    return { losses, weights, tensors };
  }

  it('learns one batch by heart, without leaking, and repeats bit for bit', async () => {
    const engine = await openTestEngine('wasm');
    const first = await train(engine, 25);
    expect(first.losses[24]).toBeLessThan(0.35 * first.losses[0]);
    expect(new Set(first.tensors).size).toBe(1);
    const again = await train(engine, 25);
    expect(again.losses).toEqual(first.losses);
    expect(again.weights).toEqual(first.weights);
  });

  it('gives the loss the oracle gives', async () => {
    const { losses } = await train(await openTestEngine('wasm'), 2);
    const oracle = await train(await openTestEngine('cpu'), 2);
    losses.forEach((loss, step) => expect(Math.abs(loss / oracle.losses[step] - 1)).toBeLessThan(1e-4));
  });
});
