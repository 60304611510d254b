import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSet } from '../../data/types';
import { bars, testContext } from '../../diffusion/diffusion.testing';
import { openModel } from '../../diffusion/model';
import { openTestEngine } from '../../engine/engine.testing';
import type { Engine } from '../../engine/types';
import { encoderStage } from '../../nets/encoder.stage';
import { memoryDataSet } from '../../nets/encoder.testing';
import type { CurvePoint, SplitName } from '../../protocol';
import { RandomStream } from '../../random';
import type { Bundle } from '../../runs/types';
import { CurveReference, evaluationSteps, neighbourRows } from './curve';
import { copyingOf, searchedRows } from './curve.copying';
import { curveOptions, curveStage } from './curve.stage';

/** Grey 16 px pictures of two classes, each a seeded pattern of its own, half of them held out. */
function stripes(count: number, seed: number, splitOf: (row: number) => SplitName = (row) => (row % 4 < 2 ? 'test' : 'train')): DataSet {
  const stream = new RandomStream(seed, 'test/stripes');
  return memoryDataSet({
    size: 16, channels: 1, classNames: ['a', 'b'],
    pixels: Uint8Array.from({ length: count * 256 }, () => stream.integer(256)),
    labels: Uint16Array.from({ length: count }, (_, row) => row % 2),
    splits: Array.from({ length: count }, (_, row) => splitOf(row)),
  });
}

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

describe('the reference', () => {
  const stream = new RandomStream(0, 'test/reference');
  const features = stream.normals(new Float32Array(90 * 3));

  it('measures distance zero to itself and more to what is shifted', () => {
    const reference = new CurveReference(features, 90, 3);
    const [same, shifted] = [features, features.map((value) => value + 1)].map((each) => reference.figures(each, 90));
    expect(same).toMatchObject({ fd: expect.closeTo(0, 6), precision: 1, recall: 1, coverage: 1, neighbours: 5 });
    expect(shifted.fd).toBeCloseTo(3, 4);
    expect(shifted.kid).toBeGreaterThan(same.kid);
    expect(shifted.recall).toBeLessThan(1);
  });

  it('takes as many neighbours as there are, and a seeded thousand of more rows', () => {
    expect(new CurveReference(features, 90, 3).figures(features, 4).neighbours).toBe(3);
    const rows = neighbourRows(2500, 1, 'real');
    expect([rows.length, new Set(rows).size]).toEqual([1000, 1000]);
    expect(neighbourRows(2500, 1, 'real')).toEqual(rows);
    expect(neighbourRows(2500, 2, 'real')).not.toEqual(rows);
    expect(Array.from(neighbourRows(4, 1, 'real'))).toEqual([0, 1, 2, 3]);
  });

  it('extrapolates where enough is sampled, and below the plain distance', () => {
    const fresh = stream.normals(new Float32Array(90 * 3));
    const reference = new CurveReference(features, 90, 3);
    const { value, error } = reference.extrapolated(fresh, 90)!;
    expect(value).toBeLessThan(reference.figures(fresh, 90).fd);
    expect(error).toBeGreaterThan(0);
    expect(reference.extrapolated(fresh, 15)).toBeNull();
  });
});

describe('copying', () => {
  const data = stripes(60, 3);
  const train = data.rows('train');
  const breathe = () => Promise.resolve();
  const of = (rows: Uint32Array, samples: Uint8Array) => copyingOf(data, rows, samples, samples.length / 256, 0, breathe);

  it('finds copies of the images a model was trained on, and none of the held-out ones', async () => {
    const copies = await of(train, data.pixels(train));
    expect(copies).toMatchObject({ memorisation: { estimate: 1, low: 1, high: 1 }, searched: train.length, nnRatio: 0 });
    const fresh = await of(train, stripes(60, 4).pixels(train));
    expect(fresh!.memorisation.estimate).toBeLessThan(0.1);
    expect(fresh!.nnRatio).toBeGreaterThan(0.8);
    expect(fresh!.matched).toBe(data.rows('test').length);
    const half = await of(train, Uint8Array.from([...data.pixels(train.subarray(0, 20)), ...stripes(60, 4).pixels(train.subarray(0, 20))]));
    expect(half!.memorisation.low).toBeLessThan(half!.memorisation.estimate);
    expect(half!.memorisation.estimate).toBeCloseTo(0.5, 1);
  });

  it('searches fewer of larger pictures', () => {
    expect([256, 32 * 32 * 3, 64 * 64 * 3, 128 * 128 * 3].map(searchedRows)).toEqual([10_000, 10_000, 2730, 1000]);
  });

  it('says nothing of one image, and leaves out the ratio where no class is on both sides', async () => {
    expect(await of(train.subarray(0, 1), data.pixels(train))).toBeNull();
    const unseen = stripes(60, 3, () => 'train');
    const found = await copyingOf(unseen, train, unseen.pixels(train), train.length, 0, breathe);
    expect(found).toMatchObject({ matched: 0, memorisation: { estimate: 1 } });
    expect(found).not.toHaveProperty('nnRatio');
  });

  it('lets the run be stopped while it searches', async () => {
    const stop = () => Promise.reject(new DOMException('stopped', 'AbortError'));
    await expect(copyingOf(data, train, data.pixels(train), train.length, 0, stop)).rejects.toThrow('stopped');
  });
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
    expect(points.every(({ fd, kid, precision, recall, coverage }) => fd >= 0 && Number.isFinite(kid) && [precision, recall, coverage].every((share) => share! >= 0 && share! <= 1))).toBe(true);
    expect(points.map(({ copying }) => copying !== undefined)).toEqual([false, false, true]);
    expect(points[2].copying).toMatchObject({ searched: 16, matched: 8 });
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
