import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bars, testContext } from '../../diffusion/diffusion.testing';
import { openModel } from '../../diffusion/model';
import { openTestEngine } from '../../engine/engine.testing';
import type { Engine } from '../../engine/types';
import { encoderStage } from '../../nets/encoder.stage';
import type { CurvePoint } from '../../protocol';
import type { Bundle } from '../../runs/types';
import { CurveReference, evaluationSteps } from './curve';
import { curveOptions, curveStage } from './curve.stage';

describe('evaluation steps', () => {
  it.each([
    ['', 100, 350, [100, 200, 300, 350]],
    ['', 100, 300, [100, 200, 300]],
    ['', 0, 50, [50]],
    ['10, 30,999', 5, 40, [10, 30, 40]],
  ])('"%s" every %i of %i', (at, every, steps, expected) => {
    expect([...evaluationSteps(at, every, steps)]).toEqual(expected);
  });

  it.each(['x', '1.5', '0', '-3', '3,,4'])('refuses "%s"', (at) => {
    expect(() => evaluationSteps(at, 1, 10)).toThrow(expect.objectContaining({ code: 'bad-steps' }));
  });
});

it('measures distance zero to itself and more to what is shifted', () => {
  const features = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i));
  const reference = new CurveReference(features, 20, 3);
  expect(reference.distances(features, 20).fd).toBeCloseTo(0, 6);
  expect(reference.distances(features.map((value) => value + 1), 20).fd).toBeCloseTo(3, 4);
  expect(reference.distances(features.map((value) => value + 1), 20).kid).toBeGreaterThan(reference.distances(features, 20).kid);
});

describe('the stage', () => {
  const data = bars(16, 1, 2, 12, Array.from({ length: 24 }, (_, i) => (i < 8 ? 'test' : 'train')));
  let engine: Engine;
  let judge: Bundle;
  beforeAll(async () => {
    engine = await openTestEngine('wasm');
    judge = await encoderStage.run(testContext(engine, data, 1), {}, encoderStage.options.parse({ width: 8, epochs: 1, minSteps: 2, batch: 8 }));
  });
  afterAll(() => engine.close());

  const options = curveOptions.parse({
    width: 8, multipliers: '1,1', steps: 6, batch: 4, evaluateAt: '2,4', samples: 6, sampleBatch: 4, samplerSteps: 2, previewEvery: 0,
  });
  const subset: Bundle = { head: {}, parts: { rows: Uint32Array.of(8, 9, 10) } };

  it('follows FD and KID, and hands out the last samples and the model', async () => {
    const context = testContext(engine, data, 1);
    const { head, parts } = await curveStage.run(context, { judge }, options);
    const points = head.points as CurvePoint[];
    expect(points.map(({ step }) => step)).toEqual([2, 4, 6]);
    expect(points.every(({ fd, kid }) => fd >= 0 && Number.isFinite(kid))).toBe(true);
    expect(context.events.points).toEqual(points);
    expect(Array.from(parts.labels)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(parts.samples.length).toBe(6 * 256);
    expect(context.events.images).toEqual([{ step: 6, count: 6, pixels: parts.samples }]);
    expect(head.images).toBe(16);
    openModel({ head, parts }).dispose();
  });

  it('trains on the subset alone, from the same start', async () => {
    const [some, all, again] = [
      await curveStage.run(testContext(engine, data, 1), { judge, subset }, options),
      await curveStage.run(testContext(engine, data, 1), { judge }, options),
      await curveStage.run(testContext(engine, data, 1), { judge, subset: { head: {}, parts: { rows: data.rows('train') } } }, options),
    ];
    expect(some.head.images).toBe(3);
    expect(some.parts.losses).not.toEqual(all.parts.losses);
    expect(again).toEqual(all);
  });

  it('gives the same curve after a stop, and shows its earlier points again', async () => {
    const whole = await curveStage.run(testContext(engine, data, 1), { judge }, options);
    // Each step breathes once and each evaluation four times (two batches of two sampler steps).
    const stopped = testContext(engine, data, 1, null, 9);
    await expect(curveStage.run(stopped, { judge }, options)).rejects.toThrow('stopped');
    expect(stopped.saved?.head.step).toBe(3);
    const resumed = testContext(engine, data, 1, stopped.saved);
    expect(await curveStage.run(resumed, { judge }, options)).toEqual(whole);
    expect(resumed.events.points).toEqual(whole.head.points);
  });

  it('can take class shares from the reference', async () => {
    const uneven = bars(16, 1, 2, 12, Array.from({ length: 24 }, (_, i) => (i < 8 && i !== 1 && i !== 3 ? 'test' : 'train')));
    const { parts } = await curveStage.run(testContext(engine, uneven, 1), { judge }, { ...options, sampleClasses: 'reference', steps: 1 });
    expect(Array.from(parts.labels)).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it('refuses without test images, without rows, without the judge\'s features', async () => {
    const bare = bars(16, 1, 2, 4);
    const code = (name: string) => expect.objectContaining({ code: name });
    await expect(curveStage.run(testContext(engine, bare, 1), { judge }, options)).rejects.toThrow(code('no-reference'));
    await expect(curveStage.run(testContext(engine, data, 1), { judge, subset: { head: {}, parts: {} } }, options)).rejects.toThrow(code('artifact-incomplete'));
    const { features: _features, ...rest } = judge.parts;
    await expect(curveStage.run(testContext(engine, data, 1), { judge: { head: judge.head, parts: rest } }, options)).rejects.toThrow(code('artifact-incomplete'));
  });

  it('frees what it used', async () => {
    const before = tf.memory().numTensors;
    await curveStage.run(testContext(engine, data, 1), { judge }, { ...options, steps: 2 });
    await expect(curveStage.run(testContext(engine, data, 1, null, 5), { judge }, options)).rejects.toThrow('stopped');
    expect(tf.memory().numTensors).toBe(before);
  });
});
