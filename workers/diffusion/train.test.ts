import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine } from '../engine/engine.testing';
import { toUnit } from '../engine/tensors';
import type { Engine } from '../engine/types';
import type { DataSet } from '../data/types';
import { NULL_LABEL } from '../nets/net';
import { RandomStream } from '../random';
import type { Bundle } from '../runs/types';
import { BatchSource } from './batches';
import { affineNet, bars, lossInFloat64, testContext } from './diffusion.testing';
import { openModel, packModel } from './model';
import { learningRateAt, netOf, objectiveOf, previewLabels, proportionalLabels, type TrainingOptions } from './options';
import { imageShape, scorerOptions, scorerStage } from './scorer.stage';
import { trainDiffusion } from './train';

let engine: Engine;
beforeAll(async () => { engine = await openTestEngine('wasm'); });
afterAll(() => engine.close());

const data = bars(16, 1, 2, 3);

function optionsOf(change: Partial<TrainingOptions> = {}): TrainingOptions {
  return { ...scorerOptions.parse({ width: 8, multipliers: '1,1', steps: 8, batch: 4, warmup: 2, previewEvery: 0 }), ...change };
}

function source(options: TrainingOptions, seed = 1, dataset: DataSet = data): BatchSource {
  return new BatchSource(dataset, dataset.rows('train'), objectiveOf(options), options, seed, 'test');
}

describe('batches', () => {
  it('repeat for a seed and differ between seeds', () => {
    expect(source(optionsOf()).batch(0)).toEqual(source(optionsOf()).batch(0));
    expect(source(optionsOf(), 2).batch(0).noise).not.toEqual(source(optionsOf()).batch(0).noise);
  });

  it('go on from saved positions as if never stopped', () => {
    const whole = source(optionsOf({ flip: true, timeSampling: 'logit-normal' }));
    whole.batch(0);
    whole.batch(1);
    const resumed = source(optionsOf({ flip: true, timeSampling: 'logit-normal' }));
    resumed.restore(whole.positions());
    expect(resumed.batch(2)).toEqual(whole.batch(2));
  });

  it('draw their noise one after the other, whatever the images', () => {
    const [small, other] = [source(optionsOf()), source(optionsOf({ flip: true }), 1, bars(16, 1, 2, 5))];
    const whole = new RandomStream(1, 'test/noise');
    for (let step = 0; step < 3; step++) {
      expect(small.batch(step).noise).toEqual(whole.key());
      expect(other.batch(step).noise).toEqual(whole.key());
      whole.portableNormals(new Float32Array(4 * 256));
    }
  });

  it('hold every image once an epoch, with the coefficients of its time', () => {
    const { images, time, labels, alpha, sigma, imageShare, noiseShare } = source(optionsOf({ batch: 6, classDrop: 0 })).batch(0);
    const known = Array.from({ length: 6 }, (_, row) => toUnit(data.pixels([row])));
    const found = Array.from({ length: 6 }, (_, n) =>
      known.findIndex((other) => Buffer.compare(Buffer.from(other.buffer), Buffer.from(images.slice(n * 256, (n + 1) * 256).buffer)) === 0));
    expect([...found].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(Array.from(labels)).toEqual(found.map((row) => row % 2));
    expect([...sigma]).toEqual([...time]);
    alpha.forEach((value, n) => expect(value).toBeCloseTo(1 - time[n], 6));
    expect([...imageShare, ...noiseShare]).toEqual([...new Array<number>(6).fill(-1), ...new Array<number>(6).fill(1)]);
  });

  it('spread uniform times over the batch, one in each stratum', () => {
    const { time } = source(optionsOf({ batch: 16 })).batch(0);
    expect(Array.from(time, (t) => Math.floor(t * 16))).toEqual(Array.from({ length: 16 }, (_, i) => i));
  });

  it('draw logit-normal times around the middle', () => {
    const { time } = source(optionsOf({ batch: 2000, timeSampling: 'logit-normal' })).batch(0);
    const inside = time.filter((t) => t > 0.25 && t < 0.75).length / 2000;
    // P(|z| < log 3) = 0.728, standard error 0.01.
    expect(Math.abs(inside - 0.728)).toBeLessThan(0.04);
  });

  it.each([[0, 0], [1, 1], [0.1, 0.1]])('hide labels at the rate %d', (classDrop, rate) => {
    const { labels } = source(optionsOf({ batch: 2000, classDrop })).batch(0);
    expect(Math.abs(labels.filter((label) => label === NULL_LABEL).length / 2000 - rate)).toBeLessThan(rate === 0.1 ? 0.03 : 1e-9);
  });

  it('mirror images only when asked to, and nothing else changes', () => {
    const plain = source(optionsOf({ batch: 64, classDrop: 0 })).batch(0);
    const flipped = source(optionsOf({ batch: 64, classDrop: 0, flip: true })).batch(0);
    expect(flipped.labels).toEqual(plain.labels);
    expect(flipped.time).toEqual(plain.time);
    expect(flipped.noise).toEqual(plain.noise);
    const image = ({ images }: typeof plain, n: number) => Array.from(images.slice(n * 256, (n + 1) * 256));
    let mirrored = 0;
    for (let n = 0; n < 64; n++) {
      const [before, after] = [image(plain, n), image(flipped, n)];
      const same = before.every((value, i) => value === after[i]);
      const reversed = before.every((value, i) => value === after[i - (i % 16) + 15 - (i % 16)]);
      expect(same || reversed).toBe(true);
      if (reversed && !same) mirrored++;
    }
    expect(mirrored).toBeGreaterThan(16);
    expect(mirrored).toBeLessThan(48);
  });
});

describe('training', () => {
  it.each([
    { objective: 'flow' }, { objective: 'v', schedule: 'linear', minSnrGamma: 5 }, { objective: 'eps', schedule: 'cosine', minSnrGamma: 5, flip: true },
    { objective: 'v', schedule: 'cosine', timeSampling: 'logit-normal', classDrop: 0.5 },
  ] as const)('starts from the loss of its definition in float64: %j', async (change) => {
    const options = optionsOf({ ...change, steps: 1, batch: 5 });
    const net = affineNet(imageShape(data.summary));
    const { losses } = await trainDiffusion(testContext(engine, data, 1), {
      net, objective: objectiveOf(options), options, rows: data.rows('train'), stream: 'test',
    });
    const expected = lossInFloat64(net, objectiveOf(options), source(options));
    expect(expected).toBeGreaterThan(0.01);
    // Means of 1,280 squares, each of a few roundings.
    expect(Math.abs(losses[0] / expected - 1)).toBeLessThan(32 * 2 ** -24 * Math.sqrt(1280));
  });

  it('overfits a single batch of two images', async () => {
    const two = bars(16, 1, 2, 1);
    const options = optionsOf({ steps: 150, batch: 8, learningRate: 5e-3, classDrop: 0 });
    const context = testContext(engine, two, 1);
    const { losses } = await trainDiffusion(context, {
      net: netOf(options, imageShape(two.summary)), objective: objectiveOf(options), options, rows: two.rows('train'), stream: 'test',
    });
    const mean = (part: Float32Array) => part.reduce((sum, value) => sum + value, 0) / part.length;
    // The first output is zero, so the first loss is E|eps - x|^2 = 1 + E|x|^2.
    expect(losses[0]).toBeGreaterThan(1.2);
    expect(mean(losses.slice(-20))).toBeLessThan(0.35 * losses[0]);
    expect(context.events.metrics.map(({ step }) => step)).toEqual(Array.from({ length: 15 }, (_, i) => 10 * (i + 1)));
    const last = context.events.metrics[14].values;
    expect(last.loss).toBeCloseTo(mean(losses.slice(140)), 5);
    expect(last.learningRate).toBe(5e-3);
    expect(last.stepsPerSecond).toBeGreaterThan(0);
  });

  it.each([
    ['unet', {}], ['unet', { objective: 'eps', schedule: 'linear', minSnrGamma: 5, ema: 0 }], ['dit', { objective: 'v', timeSampling: 'logit-normal', flip: true }],
  ] as const)('gives the same weights with and without a stop in between (%s %j)', async (net, change) => {
    const options = optionsOf({ net, depth: 1, heads: 2, ...change });
    const whole = await scorerStage.run(testContext(engine, data, 3), {}, options);
    const stopped = testContext(engine, data, 3, null, 6);
    await expect(scorerStage.run(stopped, {}, options)).rejects.toThrow('stopped');
    expect(stopped.saved?.head.step).toBe(4);
    const resumed = testContext(engine, data, 3, stopped.saved);
    expect(await scorerStage.run(resumed, {}, options)).toEqual(whole);
    expect(await scorerStage.run(testContext(engine, data, 4), {}, options)).not.toEqual(whole);
  });

  it('shows the losses of before again after a resume, and keeps the state of its caller', async () => {
    const options = optionsOf({ steps: 24 });
    const request = (carry: Record<string, unknown>, seen: number[]) => ({
      net: netOf(options, imageShape(data.summary)), objective: objectiveOf(options), options, rows: data.rows('train'), stream: 'test', carry,
      evaluateAt: new Set([5, 24]),
      evaluate: (step: number) => {
        seen.push(step);
        carry.steps = [...(carry.steps as number[] | undefined ?? []), step];
        return Promise.resolve();
      },
    });
    const stopped = testContext(engine, data, 1, null, 23);
    await expect(trainDiffusion(stopped, request({}, []))).rejects.toThrow('stopped');
    const again = testContext(engine, data, 1, stopped.saved);
    const carry: Record<string, unknown> = {};
    const seen: number[] = [];
    await trainDiffusion(again, request(carry, seen));
    expect(seen).toEqual([24]);
    expect(carry.steps).toEqual([5, 24]);
    const whole = testContext(engine, data, 1);
    await trainDiffusion(whole, request({}, []));
    const losses = (context: typeof whole) => new Map(context.events.metrics.map(({ step, values }) => [step, values.loss]));
    expect(losses(again).get(10)).toBe(losses(whole).get(10));
  });

  it('shows previews from the same noise at every turn', async () => {
    const options = optionsOf({ steps: 4, previewEvery: 2, samplerSteps: 2, learningRate: 1e-9 });
    const context = testContext(engine, data, 1);
    await scorerStage.run(context, {}, options);
    const { images } = context.events;
    expect(images.map(({ step, count }) => [step, count])).toEqual([[2, 16], [4, 16]]);
    expect(images[0].pixels.length).toBe(16 * 256);
    expect(new Set(images[0].pixels).size).toBeGreaterThan(100);
    expect(images[1].pixels).toEqual(images[0].pixels);
  });

  it('frees what it used', async () => {
    const before = tf.memory().numTensors;
    await scorerStage.run(testContext(engine, data, 1), {}, optionsOf({ steps: 2 }));
    await expect(scorerStage.run(testContext(engine, data, 1, null, 3), {}, optionsOf())).rejects.toThrow('stopped');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses to start without images', async () => {
    const options = optionsOf();
    await expect(trainDiffusion(testContext(engine, data, 1), {
      net: netOf(options, imageShape(data.summary)), objective: objectiveOf(options), options, rows: new Uint32Array(0), stream: 'test',
    })).rejects.toThrow(expect.objectContaining({ code: 'no-images' }));
  });

  it('ends with nan-loss when the loss leaves the numbers, and saves no such state', async () => {
    const context = testContext(engine, data, 1);
    await expect(scorerStage.run(context, {}, optionsOf({ steps: 40, learningRate: 1e30, warmup: 0, clip: 0 })))
      .rejects.toThrow(expect.objectContaining({ code: 'nan-loss' }));
    expect(context.saved).toBeNull();
  });
});

describe('a stored model', () => {
  it('comes back with the same outputs', async () => {
    const options = optionsOf();
    const bundle = await scorerStage.run(testContext(engine, data, 1), {}, options);
    const model = openModel(structuredClone(bundle));
    expect(model.objective.config).toEqual({ objective: 'flow', schedule: 'flow' });
    expect(Object.keys(model.params)).toEqual(model.net.specs.map(({ name }) => name));
    expect(packModel(
      { net: bundle.head.net as never, objective: model.objective.config },
      Object.fromEntries(await Promise.all(Object.entries(model.params).map(async ([name, tensor]) => [name, Float32Array.from(await tensor.data())]))),
    ).parts).toEqual(Object.fromEntries(Object.entries(bundle.parts).filter(([name]) => name.startsWith('w/'))));
    model.dispose();
  });

  it('is refused when a weight is missing or short', async () => {
    const bundle = await scorerStage.run(testContext(engine, data, 1), {}, optionsOf({ steps: 1 }));
    const without: Bundle = { head: bundle.head, parts: { ...bundle.parts } };
    delete without.parts['w/class'];
    expect(() => openModel(without)).toThrow(expect.objectContaining({ code: 'bad-model' }));
    const short: Bundle = { head: bundle.head, parts: { ...bundle.parts, 'w/class': new Float32Array(3) } };
    expect(() => openModel(short)).toThrow(expect.objectContaining({ code: 'bad-model' }));
  });
});

describe('options', () => {
  it('warm up linearly and stay; zero takes the rate of the net', () => {
    const options = optionsOf({ warmup: 4, learningRate: 1 });
    expect([0, 1, 3, 4, 100].map((step) => learningRateAt(options, step))).toEqual([0.25, 0.5, 1, 1, 1]);
    expect(learningRateAt(optionsOf({ warmup: 0 }), 0)).toBe(2e-3);
    expect(learningRateAt(optionsOf({ warmup: 0, net: 'dit' }), 0)).toBe(1e-3);
  });

  it.each(['1,,2', 'x', '', '1;2'])('refuse the multipliers "%s"', (multipliers) => {
    expect(scorerOptions.safeParse({ multipliers }).success).toBe(false);
  });

  it('are all described', () => {
    expect(Object.values(scorerOptions.shape).every(({ description }) => description?.endsWith('.'))).toBe(true);
  });

  it('share labels by largest remainder', () => {
    expect(Array.from(proportionalLabels([1, 1, 1], 7))).toEqual([0, 0, 0, 1, 1, 2, 2]);
    expect(Array.from(proportionalLabels([3, 0, 1], 8))).toEqual([0, 0, 0, 0, 0, 0, 2, 2]);
  });

  it('preview whole rounds of all classes where they fit', () => {
    expect(previewLabels(10, 16).length).toBe(10);
    expect(Array.from(previewLabels(3, 7))).toEqual([0, 1, 2, 0, 1, 2]);
    expect(previewLabels(100, 16).length).toBe(16);
  });
});
