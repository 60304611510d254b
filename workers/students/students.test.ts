import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine } from '../engine/engine.testing';
import type { Engine } from '../engine/types';
import { featureSize } from '../nets/convnet';
import { memoryDataSet, testContext, type MemoryImages } from '../nets/encoder.testing';
import { RandomStream } from '../random';
import type { Bundle } from '../runs/types';
import { beta, StudentBatches } from './batches';
import { studentFigures } from './figures';
import { studentNet } from './net';
import { studentOptions, teacherOptions } from './options';
import { packedSet, studentsStage } from './students.stage';
import { teacherOf, teacherStage } from './teacher.stage';
import { labeller } from './train';

const SIZE = 16;

/** Noisy pictures of as many classes: class c has a bright bar in row 3 + 4c. Every fifth image is of the test split. */
function bars(classes: number, perClass: number): MemoryImages {
  const stream = new RandomStream(3, 'test/bars');
  const count = classes * perClass;
  const labels = Uint16Array.from({ length: count }, (_, row) => row % classes);
  const pixels = Uint8Array.from({ length: count * SIZE * SIZE }, () => 40 + stream.integer(120));
  labels.forEach((label, row) => pixels.fill(200, row * 256 + (3 + 4 * label) * SIZE, row * 256 + (4 + 4 * label) * SIZE));
  return { size: SIZE, channels: 1, classNames: Array.from({ length: classes }, (_, c) => `class ${c}`), pixels, labels, splits: Array.from(labels, (_, row) => (row % 5 === 4 ? 'test' : 'train')) };
}

const dataset = memoryDataSet(bars(3, 50));
const options = studentOptions.parse({ seeds: 2, steps: 30, batch: 12, width: 8, shift: 0.06, learningRate: 0.01 });
const subset: Bundle = { head: {}, parts: { rows: dataset.rows('train').slice(0, 24) } };
let engine: Engine;
let teacher: Bundle;

beforeAll(async () => {
  engine = await openTestEngine('wasm');
  teacher = await teacherStage.run(testContext(engine, dataset, 'teacher'), {}, teacherOptions.parse({ width: 8, minSteps: 60, epochs: 1, batch: 24, shift: 0.06, learningRate: 0.01 }));
});
afterAll(() => engine.close());

describe('the net', () => {
  it('halves the side as often as it can, thrice at 32 px', () => {
    const depthOf = (size: number) => studentNet({ size, channels: 3, classes: 10 }, 32).blocks.length;
    expect([16, 20, 32, 64, 128].map(depthOf)).toEqual([2, 2, 3, 4, 5]);
    expect(featureSize(studentNet({ size: 32, channels: 3, classes: 10 }, 32))).toBe(4 * 4 * 32);
  });
});

describe('batches', () => {
  const set = { pixels: dataset.pixels(dataset.rows('train').slice(0, 20)), labels: dataset.labels().slice(0, 20) };
  const shape = { size: SIZE, channels: 1, classes: 3 };

  it('draws the mixing weight from Beta(alpha, alpha)', () => {
    const stream = new RandomStream(1, 'test/beta');
    const draws = Array.from({ length: 20_000 }, () => beta(stream, 0.8));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / (4 * (2 * 0.8 + 1)), 2);
  });

  it('depends on the step alone, whatever was asked before', () => {
    const first = new StudentBatches(set, shape, options, 5, 'student');
    const seen = [0, 1, 2, 3].map((step) => first.at(step));
    const again = new StudentBatches(set, shape, options, 5, 'student').at(3);
    expect(again).toEqual(seen[3]);
    expect(again.images).not.toEqual(seen[2].images);
  });

  it('keeps targets a probability, and leaves images alone without mixing and moving', () => {
    const { targets } = new StudentBatches(set, shape, options, 5, 'student').at(0);
    for (let i = 0; i < 12; i++) expect(targets.slice(3 * i, 3 * i + 3).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    const still = new StudentBatches(set, shape, { ...options, mixup: 0, shift: 0, flip: false, batch: 20 }, 5, 'student').at(0);
    const seen = new Set(Array.from({ length: 20 }, (_, i) => still.images.slice(256 * i, 256 * (i + 1)).join()));
    const given = Array.from({ length: 20 }, (_, i) => Float32Array.from(set.pixels.slice(256 * i, 256 * (i + 1)), (byte) => byte / 127.5 - 1).join());
    expect(given.every((image) => seen.has(image))).toBe(true);
    expect(still.targets.every((value) => value === 0 || value === 1)).toBe(true);
  });
});

describe('packed images', () => {
  it('are four for one of the same classes, and smooth', () => {
    const rows = dataset.rows('train').slice(0, 6);
    const packed = packedSet(dataset, rows, 0);
    const counts = (labels: Uint16Array) => [0, 1, 2].map((label) => labels.filter((each) => each === label).length);
    expect(counts(packed.labels)).toEqual(counts(Uint16Array.from(rows, (row) => dataset.labels()[row])).map((count) => 4 * count));
    const roughness = (pixels: Uint8Array) => pixels.reduce((sum, value, i) => sum + (i > 0 ? Math.abs(value - pixels[i - 1]) : 0), 0) / pixels.length;
    expect(roughness(packed.pixels)).toBeLessThan(0.5 * roughness(dataset.pixels(dataset.rows('train').slice(0, 24))));
  });
});

describe('teacher', () => {
  it('learns the classes and says what it was trained on', () => {
    expect(teacher.head).toMatchObject({ taught: true, trainedOn: 108, heldOut: 12 });
    expect(teacher.head.accuracy).toBeGreaterThan(0.9);
  });

  it('labels with its running statistics, or with the batch\'s', () => {
    const { net, unfolded } = teacherOf(teacher, { size: SIZE, channels: 1, classes: 3 })!;
    const images = tf.tensor4d(Float32Array.from(dataset.pixels(dataset.rows('train').slice(0, 8)), (byte) => byte / 127.5 - 1), [8, SIZE, SIZE, 1]);
    const [running, batch] = (['eval', 'batch'] as const).map((mode) => {
      const labels = labeller(net, unfolded, mode);
      const together = tf.tidy(() => labels.label(images).dataSync());
      const alone = tf.tidy(() => labels.label(tf.slice(images, [0, 0, 0, 0], [4, -1, -1, -1])).dataSync());
      labels.dispose();
      return { together, alone };
    });
    running.alone.forEach((logit, i) => expect(logit).toBeCloseTo(running.together[i], 3));
    expect(batch.alone.some((logit, i) => Math.abs(logit - batch.together[i]) > 0.05)).toBe(true);
    images.dispose();
  });

  it('has nothing to teach where there is one class', async () => {
    const single = memoryDataSet(bars(1, 20));
    const untaught = await teacherStage.run(testContext(engine, single, 'teacher'), {}, teacherOptions.parse({}));
    expect(teacherOf(untaught, { size: SIZE, channels: 1, classes: 1 })).toBeNull();
    const none = await studentsStage.run(testContext(engine, single, 'students:method'), { teacher: untaught, subset: { head: {}, parts: { rows: single.rows('train') } } }, options);
    expect(none.head.scores).toEqual([]);
    expect(studentFigures({ teacher: untaught, method: none, random: none, full: none })).toBeUndefined();
  });
});

describe('students', () => {
  it('learn from a subset with both kinds of labels and free their tensors', async () => {
    const before = engine.bytes();
    const bundle = await studentsStage.run(testContext(engine, dataset, 'students:method'), { teacher, subset }, options);
    const scores = bundle.head.scores as { labels: string; seed: number; accuracy: number }[];
    expect(scores.map(({ labels, seed }) => `${labels} ${seed}`)).toEqual(['hard 0', 'hard 1', 'soft 0', 'soft 1']);
    for (const { accuracy } of scores) expect(accuracy).toBeGreaterThan(0.5);
    const test = dataset.rows('test');
    const predicted = bundle.parts['predicted:hard'] as Uint32Array;
    expect(test.filter((row, i) => dataset.labels()[row] === predicted[i]).length / test.length).toBe(scores[0].accuracy);
    expect(engine.bytes()).toBe(before);
  });

  it('go on from a checkpoint in the middle of a student to the same bytes', async () => {
    const whole = await studentsStage.run(testContext(engine, dataset, 'students:method'), { teacher, subset }, options);
    let breaths = 0;
    const context = testContext(engine, dataset, 'students:method', async () => {
      breaths++;
      if (breaths === 85) throw new DOMException('stopped', 'AbortError');
      return { checkpointDue: breaths === 75 };
    });
    await expect(studentsStage.run(context, { teacher, subset }, options)).rejects.toThrow('stopped');
    expect(context.stored.bundle?.head).toMatchObject({ current: { step: 14 } });
    expect(await studentsStage.run(context, { teacher, subset }, options)).toEqual(whole);
  });

  it('are paired by seed, arm against arm, in the figures', () => {
    const arm = (...accuracies: number[]): Bundle => ({
      head: { images: 10, steps: 30, temperature: 4, scores: accuracies.map((accuracy, i) => ({ labels: i < 2 ? 'hard' : 'soft', seed: i % 2, accuracy })) }, parts: {},
    });
    const figures = studentFigures({ teacher: { head: { taught: true, accuracy: 0.9 }, parts: {} }, method: arm(0.5, 0.7, 0.6, 0.8), random: arm(0.4, 0.6, 0.6, 0.8), full: arm(0.8, 0.8, 0.8, 0.8) })!;
    expect(figures.gain.hard.mean).toBeCloseTo(0.1, 12);
    expect(figures.gain.hard.sd).toBeCloseTo(0, 12);
    expect(figures.gain.soft).toMatchObject({ mean: 0, n: 2 });
    const alpha = 0.5 * (0.7 - 0.7) - 0.5 * (0.9 - 0.6);
    expect(figures.labelRobustScore.soft).toBeCloseTo((100 * (Math.exp(alpha) - Math.exp(-1))) / (Math.E - Math.exp(-1)), 10);
    expect(figures).not.toHaveProperty('packed');
  });
});
