import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../random';
import { openNodeWebGpu } from '../../node-gpu.testing';
import { conv2d } from '../../ops';
import type { Engine, Params } from '../../types';
import type { RecordingBackend } from '../backend';
import { attach } from './registry';
import { tileKey } from './tile';
import { everyTile, likelyTiles, type Chooser, type Tiled } from './tiled';
import { Trial } from './trial';
import { MemoryTuningStore, same, Tuner, type TunerOptions } from './tune';

let engine: Engine;
let release: () => void;
let device: GPUDevice;

beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
  ({ device } = tf.backend() as unknown as RecordingBackend);
}, 60_000);

afterEach(() => {
  attach(tf.backend(), true);
});

afterAll(() => release());

const stream = new RandomStream(2, 'tune.test');
const draw = (...shape: number[]) => tf.tensor(stream.normals(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape);

/** The product behind a small convolution, as its kernel asks for it. */
function convolutionOf(stride: 1 | 2 = 1): Tiled {
  let asked: Tiled | null = null;
  attach(tf.backend(), true).chooser = { choose: (kernel) => { asked = kernel; return kernel.usual; } };
  tf.tidy(() => conv2d(draw(2, 9, 9, 16), draw(3, 3, 16, 20), { stride, pad: 'same' }));
  attach(tf.backend(), true);
  return asked!;
}

const few = (kernel: Tiled) => likelyTiles(kernel).filter((_, i) => i % 3 === 0);
const options = (own: Partial<TunerOptions> = {}): TunerOptions =>
  ({ adapter: 'test', store: new MemoryTuningStore(), remembered: {}, budget: 60_000, least: 0, candidates: few, ...own });

/** `kernel` with a program that adds one to what it should store wherever the tile is `broken`. */
function sabotage(kernel: Tiled, broken: (key: string) => boolean): Tiled {
  return {
    ...kernel,
    program: (tile) => {
      const { wgsl, grid } = kernel.program(tile);
      return { grid, wgsl: () => (broken(tileKey(tile)) ? wgsl().replace(/(out\[[^\]]+\]) = ([^;]+);/, '$1 = $2 + 1.0;') : wgsl()) };
    },
  };
}

describe('tiles', () => {
  it.each([1, 2] as const)('give the same bits, all of them, with stride %i', async (stride) => {
    const kernel = convolutionOf(stride);
    const trial = new Trial(device, kernel);
    await trial.prepare(kernel.usual);
    const expected = await trial.bits(kernel.usual);
    expect(new Float32Array(expected.buffer).every(Number.isFinite)).toBe(true);
    // Every third, and none of the large ones: each takes a software adapter a second to compile.
    const tiles = everyTile(kernel).filter(({ rows, columns }) => rows * columns <= 32).filter((_, i) => i % 3 === 0);
    for (const tile of tiles) {
      await trial.prepare(tile);
      expect(same(await trial.bits(tile), expected), tileKey(tile)).toBe(true);
    }
    expect(tiles.length).toBeGreaterThan(6);
    trial.dispose();
  }, 120_000);
});

describe('Tuner', () => {
  it('takes the fastest tile, keeps it, and knows it again without measuring', async () => {
    const store = new MemoryTuningStore();
    const kernel = convolutionOf();
    const tuner = new Tuner(device, options({ store }));
    expect(tuner.choose(kernel)).toBe(kernel.usual);
    await tuner.settled();
    expect(tuner.figures).toMatchObject({ measured: 1, remembered: 0, refused: 0, skipped: 0 });
    const chosen = tuner.choose(kernel);
    expect(few(kernel).map(tileKey)).toContain(tileKey(chosen));

    const later = new Tuner(device, options({ store, remembered: await store.load('test') }));
    expect(later.choose(kernel)).toEqual(chosen);
    await later.settled();
    expect(later.figures).toMatchObject({ measured: 0, remembered: 1, milliseconds: 0 });
    expect(await store.load('another adapter')).toEqual({});
  }, 60_000);

  it('refuses a tile that computes something else, however fast it is', async () => {
    const kernel = sabotage(convolutionOf(), (key) => key !== tileKey(convolutionOf().usual));
    const tuner = new Tuner(device, options());
    tuner.choose(kernel);
    await tuner.settled();
    expect(tuner.figures).toMatchObject({ measured: 1, changed: 0, refused: few(kernel).length - 1 });
    expect(tuner.choose(kernel)).toBe(kernel.usual);
  }, 60_000);

  it('refuses a tile that does not compile, and the device lives on', async () => {
    const kernel = convolutionOf();
    const broken: Tiled = { ...kernel, program: (tile) => (tile === kernel.usual ? kernel.program(tile) : { ...kernel.program(tile), wgsl: () => 'fn main( {' }) };
    const tuner = new Tuner(device, options());
    tuner.choose(broken);
    await tuner.settled();
    expect(tuner.figures.refused).toBe(few(kernel).length - 1);
    expect(await Promise.race([engine.lost, new Promise((resolve) => { setTimeout(() => resolve('alive'), 20); })])).toBe('alive');
  }, 60_000);

  it('does not trust what was stored for another shader, or garbage', async () => {
    const kernel = convolutionOf();
    const other = few(kernel)[1];
    for (const text of [JSON.stringify({ tile: other, mark: 0.5 }), '{', '{"tile":{"rows":64,"columns":64},"mark":1}', 'null']) {
      const tuner = new Tuner(device, options({ remembered: { [kernel.key]: text }, budget: -1 }));
      expect(tuner.choose(kernel)).toBe(kernel.usual);
      await tuner.settled();
      expect(tuner.figures).toMatchObject({ remembered: 0, skipped: 1, measured: 0 });
    }
  });

  it('leaves small products and those it has no time for alone', async () => {
    const kernel = convolutionOf();
    const small = new Tuner(device, options({ least: 1e9 }));
    small.choose(kernel);
    await small.settled();
    expect(small.figures).toMatchObject({ measured: 0, skipped: 0, milliseconds: 0 });
    const late = new Tuner(device, options({ budget: -1 }));
    late.choose(kernel);
    await late.settled();
    expect(late.figures).toMatchObject({ measured: 0, skipped: 1 });
  });

  it('goes on with the usual tile when the store is full', async () => {
    const kernel = convolutionOf();
    const store = { load: () => Promise.resolve({}), save: () => Promise.reject(new Error('quota')) };
    const tuner = new Tuner(device, options({ store }));
    tuner.choose(kernel);
    await expect(tuner.settled()).resolves.toBeUndefined();
    expect(tuner.figures.measured).toBe(1);
  }, 60_000);

  it('changes no bit of a training step, and lets it be replayed', async () => {
    const initial = { f: { shape: [3, 3, 8, 12], values: stream.normals(new Float32Array(864)).map((value) => value / 9) as Float32Array<ArrayBuffer> } };
    const x = stream.normals(new Float32Array(2 * 8 * 8 * 8));
    const train = async (chooser: Chooser | null, settle: (run: number) => Promise<void> | void): Promise<{ losses: number[]; weights: Float32Array; replayed: number; fallbacks: number }> => {
      attach(tf.backend(), true).chooser = chooser;
      const before = engine.counters().steps;
      const optimizer = engine.optimizer(initial, {});
      const step = engine.compileStep(optimizer, {
        inputs: { x: [2, 8, 8, 8] },
        loss: (params: Params, inputs) => tf.mean(tf.square(conv2d(inputs.x, params.f, { stride: 1, pad: 'same' }))),
      });
      const losses: number[] = [];
      for (let run = 0; run < 8; run++) {
        losses.push(await step.run({ x }, 1e-2).loss);
        await settle(run);
      }
      const { arrays } = await optimizer.save();
      const after = engine.counters().steps;
      step.dispose();
      optimizer.dispose();
      const fallbacks = Object.keys(after.fallbacks).length - Object.keys(before.fallbacks).length;
      return { losses, weights: arrays['p/f'], replayed: after.replayed - before.replayed, fallbacks };
    };
    const usual = await train(null, () => undefined);
    const tuner = new Tuner(device, options());
    const tuned = await train(tuner, () => tuner.settled());
    expect(tuner.figures.measured).toBeGreaterThan(1);
    // The same, with a change for certain.
    let changed = false;
    const other = await train({ choose: (kernel) => (changed ? few(kernel)[1] : kernel.usual) }, () => { changed = true; });
    for (const run of [tuned, other]) {
      expect(run.losses).toEqual(usual.losses);
      expect(run.weights).toEqual(usual.weights);
      expect(run.fallbacks).toBe(0);
      expect(run.replayed).toBeGreaterThan(2);
    }
  }, 120_000);
});
