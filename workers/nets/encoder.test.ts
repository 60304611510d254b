import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine } from '../engine/engine.testing';
import { batchNorm, conv2d, globalAveragePool, relu } from '../engine/ops';
import { fromBytes } from '../engine/tensors';
import type { Engine } from '../engine/types';
import { RetortError } from '../failure';
import type { SplitName } from '../protocol';
import { RandomStream } from '../random';
import { classifierFromWeights, convNetForwardFlops, convNetSpecs, featureSize, foldStatistics } from './convnet';
import { encoderNet, loadEncoder, type EncoderConfig } from './encoder';
import { augment, holdOut, judgeRows, rotationTask } from './encoder.data';
import { encoderOptions } from './encoder.options';
import { encoderStage, judgeStage } from './encoder.stage';
import { memoryDataSet, testContext, type MemoryImages } from './encoder.testing';
import { initialise } from './init';

const SIZE = 16;

/** Noisy pictures: class c has a bright bar in row 3 + 7c; top and bottom differ, so that turns can be told apart. */
function bars(classes: number, perClass: number, split: (i: number) => SplitName): MemoryImages {
  const stream = new RandomStream(1, 'test/bars');
  const count = classes * perClass;
  const labels = Uint16Array.from({ length: count }, (_, row) => row % classes);
  const pixels = Uint8Array.from({ length: count * SIZE * SIZE }, () => 60 + stream.integer(60));
  labels.forEach((label, row) => pixels.fill(230, row * 256 + (3 + 7 * label) * SIZE, row * 256 + (5 + 7 * label) * SIZE));
  return { size: SIZE, channels: 1, classNames: Array.from({ length: classes }, (_, c) => `class ${c}`), pixels, labels, splits: Array.from(labels, (_, row) => split(Math.floor(row / classes))) };
}

const tiny = encoderOptions.parse({ width: 8, minSteps: 40, epochs: 1, batch: 16, shift: 0.06 });
let engine: Engine;

beforeAll(async () => {
  engine = await openTestEngine('wasm');
});
afterAll(() => engine.close());

describe('architecture', () => {
  it('ends on a map of about 4x4 at every working size', () => {
    for (let size = 16; size <= 128; size += 4) {
      const layers = encoderNet({ size, channels: 3, classes: 2, width: 32 }).blocks;
      expect(layers.at(-1)!.side).toBeGreaterThanOrEqual(3);
      expect(layers.at(-1)!.side).toBeLessThanOrEqual(6);
    }
    const layers = encoderNet({ size: 16, channels: 1, classes: 10, width: 32 }).blocks;
    expect(layers.map(({ to, stride }) => [to, stride])).toEqual([[32, 1], [64, 2], [64, 1], [96, 2], [64, 1]]);
    expect(convNetForwardFlops(encoderNet({ size: 16, channels: 1, classes: 10, width: 32 }))).toBe(2 * (256 * 288 + 64 * (18432 + 36864) + 16 * (55296 + 55296) + 640));
  });

  it('folds the normalisation into the convolutions exactly', async () => {
    const config: EncoderConfig = { size: SIZE, channels: 3, classes: 4, width: 8 };
    const stream = new RandomStream(2, 'test/fold');
    const initial = initialise(convNetSpecs(encoderNet(config)), stream);
    for (const [name, { values }] of Object.entries(initial)) if (name.includes('norm')) values.forEach((value, i) => { values[i] = value + 0.3 * stream.normal(); });
    const saved = encoderNet(config).blocks.flatMap(({ to }) => [
      Float32Array.from({ length: to }, () => 0.2 * stream.normal()), Float32Array.from({ length: to }, () => 0.5 + stream.uniform()),
    ]);
    const weights = foldStatistics(encoderNet(config), Object.fromEntries(Object.entries(initial).map(([name, { values }]) => [name, values])), Object.fromEntries(saved.entries()));
    const pixels = Uint8Array.from({ length: 3 * SIZE * SIZE * 3 }, () => stream.integer(256));
    const expected = tf.tidy(() => {
      const tensor = (name: string): tf.Tensor => tf.tensor(initial[name].values, initial[name].shape);
      let h: tf.Tensor = fromBytes(pixels, [3, SIZE, SIZE, 3]);
      encoderNet(config).blocks.forEach(({ name, stride }, i) => {
        const convolved = conv2d(h, tensor(`${name}/w`), { stride, pad: 'same' });
        h = relu(batchNorm(convolved, tensor(`${name}/norm/g`), tensor(`${name}/norm/b`), {
          mode: 'eval', mean: tf.tensor1d(saved[2 * i]), variance: tf.tensor1d(saved[2 * i + 1]), epsilon: 1e-5,
        }).y);
      });
      return globalAveragePool(h).dataSync();
    });
    const encoder = classifierFromWeights(encoderNet(config), weights);
    const features = await encoder.features(pixels, 3);
    expect(encoder.dim).toBe(featureSize(encoderNet(config)));
    features.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-4 * (1 + Math.abs(expected[i]))));
    await expect(encoder.features(pixels, 2)).rejects.toMatchObject({ code: 'encoder-shape' });
    encoder.dispose();
  });
});

describe('data', () => {
  it('holds out a tenth of each class and spares classes too small', () => {
    const labels = Uint16Array.from([...Array<number>(40).fill(0), ...Array<number>(5).fill(1)]);
    const rows = Uint32Array.from(labels, (_, row) => row);
    const { train, held } = holdOut(rows, labels, 0, 'encoder');
    expect(held).toHaveLength(4);
    expect(Array.from(held).every((row) => labels[row] === 0)).toBe(true);
    expect([...train, ...held].toSorted((a, b) => a - b)).toEqual(Array.from(rows));
  });

  it('gives the judge the reserve only where every class has enough of it', () => {
    const enough = memoryDataSet(bars(2, 600, (i) => (i < 510 ? 'reserve' : 'train')));
    expect(judgeRows(enough)).toEqual({ rows: enough.rows('reserve'), disjoint: true });
    const few = memoryDataSet(bars(2, 600, (i) => (i < 499 ? 'reserve' : 'train')));
    expect(judgeRows(few)).toEqual({ rows: few.rows('train'), disjoint: false });
    const lopsided = bars(2, 1200, (i) => (i < 1100 ? 'reserve' : 'train'));
    lopsided.splits = lopsided.splits.map((split, row) => (split === 'reserve' && lopsided.labels[row] === 1 && row > 90 ? 'train' : split));
    expect(judgeRows(memoryDataSet(lopsided)).disjoint).toBe(false);
  });

  it('shifts with repeated edges, mirrors, erases, and does nothing when told nothing', () => {
    const image = Uint8Array.from({ length: 16 }, (_, i) => i);
    expect(augment(image, 4, 1, { flip: false, shift: 0, erase: 0 }, new RandomStream(0, 'a'))).toEqual(image);
    expect(augment(image, 4, 1, { flip: false, shift: 0, erase: 4 }, new RandomStream(0, 'a'))).toEqual(new Uint8Array(16).fill(128));
    const mirrored = Uint8Array.of(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    const outcomes = Array.from({ length: 20 }, (_, seed) => augment(image, 4, 1, { flip: true, shift: 0, erase: 0 }, new RandomStream(seed, 'a')));
    expect(outcomes.some((out) => out.join() === mirrored.join())).toBe(true);
    expect(outcomes.every((out) => out.join() === mirrored.join() || out.join() === image.join())).toBe(true);
    const shifted = new Set(Array.from({ length: 60 }, (_, seed) => augment(image, 4, 1, { flip: false, shift: 1, erase: 0 }, new RandomStream(seed, 'a')).join()));
    expect(shifted.size).toBe(9);
    expect(shifted.has('0,0,1,2,4,4,5,6,8,8,9,10,12,12,13,14')).toBe(true);
  });

  it('turns images anticlockwise by their label', () => {
    const { pixels, labels } = rotationTask(Uint8Array.of(1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4), 2, 1);
    expect(Array.from(labels)).toEqual([0, 1, 2, 3]);
    expect(Array.from(pixels)).toEqual([1, 2, 3, 4, 2, 4, 1, 3, 4, 3, 2, 1, 3, 1, 4, 2]);
  });
});

describe('stages', () => {
  it('learns the classes, embeds every row, and frees its tensors', async () => {
    const dataset = memoryDataSet(bars(2, 100, (i) => (i < 80 ? 'train' : 'test')));
    const before = engine.bytes();
    const context = testContext(engine, dataset, 'encoder');
    const bundle = await encoderStage.run(context, {}, tiny);
    expect(bundle.head).toMatchObject({ task: 'classes', dim: 16, trainedOn: 144, heldOut: 16, steps: 40 });
    expect(bundle.head.accuracy).toBeGreaterThan(0.95);
    expect(context.metrics.some((metric) => 'heldOutLoss' in metric)).toBe(true);
    expect(engine.bytes()).toBe(before);

    const encoder = loadEncoder(engine, bundle);
    const stored = bundle.parts.features as Float32Array;
    const alone = await encoder.features(dataset.pixels([7]), 1);
    alone.forEach((value, j) => expect(value).toBeCloseTo(stored[7 * 16 + j], 5));
    encoder.dispose();
    expect(() => loadEncoder(engine, { head: bundle.head, parts: {} })).toThrow(RetortError);
  });

  it('goes on from a checkpoint to the same bytes, in training and in embedding', async () => {
    const dataset = memoryDataSet(bars(2, 60, (i) => (i < 50 ? 'train' : 'test')));
    const whole = await encoderStage.run(testContext(engine, dataset, 'encoder'), {}, tiny);
    let breaths = 0;
    const context = testContext(engine, dataset, 'encoder', async () => {
      breaths++;
      if (breaths === 26) throw new DOMException('stopped', 'AbortError');
      return { checkpointDue: breaths === 20 };
    });
    await expect(encoderStage.run(context, {}, tiny)).rejects.toThrow('stopped');
    expect(context.stored.bundle?.head.step).toBeGreaterThan(0);
    expect(await encoderStage.run(context, {}, tiny)).toEqual(whole);
    // The last checkpoint of a finished training holds the weights; from it only the embedding is done again.
    expect(context.stored.bundle?.head.phase).toBe('features');
    context.metrics.length = 0;
    expect(await encoderStage.run(context, {}, tiny)).toEqual(whole);
    expect(context.metrics).toHaveLength(0);
  });

  it('judges with other weights, and says whether its images were its own', async () => {
    const dataset = memoryDataSet(bars(2, 60, (i) => (i < 50 ? 'train' : 'test')));
    const judge = await judgeStage.run(testContext(engine, dataset, 'judge'), {}, tiny);
    const encoder = await encoderStage.run(testContext(engine, dataset, 'encoder'), {}, tiny);
    expect(judge.head.judgeIsDisjoint).toBe(false);
    expect(encoder.head).not.toHaveProperty('judgeIsDisjoint');
    expect(judge.parts.features).not.toEqual(encoder.parts.features);
  });

  it('learns quarter turns where there is one class only', async () => {
    const dataset = memoryDataSet(bars(1, 120, (i) => (i < 100 ? 'train' : 'test')));
    const { head } = await encoderStage.run(testContext(engine, dataset, 'encoder'), {}, { ...tiny, minSteps: 60 });
    expect(head).toMatchObject({ task: 'rotation', config: { classes: 4 } });
    expect(head.accuracy).toBeGreaterThan(0.8);
  });

  it('keeps all rows when there is nothing to spare', async () => {
    const dataset = memoryDataSet(bars(2, 4, (i) => (i < 3 ? 'train' : 'test')));
    const { head } = await encoderStage.run(testContext(engine, dataset, 'encoder'), {}, { ...tiny, minSteps: 4 });
    expect(head).toMatchObject({ trainedOn: 6, heldOut: 0, steps: 4, bestStep: 4 });
  });
});
