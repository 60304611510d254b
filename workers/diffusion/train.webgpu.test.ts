import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeWebGpu } from '../engine/node-gpu.testing';
import type { Engine, EngineCounters } from '../engine/types';
import { encoderOptions } from '../nets/encoder.options';
import { encoderStage } from '../nets/encoder.stage';
import { RandomStream } from '../random';
import { BatchSource } from './batches';
import { affineNet, bars, lossInFloat64, testContext } from './diffusion.testing';
import { noised, noisingShapes, type NoisingInput } from './noising';
import { netOf, objectiveOf } from './options';
import { imageShape, scorerOptions } from './scorer.stage';
import { trainDiffusion } from './train';

let engine: Engine;
let release: () => void;

// Opening compiles the shaders of the self-test.
beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
}, 60_000);

afterAll(() => release());

/** How the training steps of `work` ran. */
async function stepsOf(work: () => Promise<unknown>): Promise<EngineCounters['steps']> {
  const before = engine.counters().steps;
  await work();
  const { recorded, replayed, eager, fallbacks } = engine.counters().steps;
  return { recorded: recorded - before.recorded, replayed: replayed - before.replayed, eager: eager - before.eager, fallbacks };
}

describe('training on WebGPU is replayed', () => {
  it.each([
    { net: 'unet', width: 8, multipliers: '1,2', attention: true },
    { net: 'dit', width: 16, depth: 1, heads: 2 },
  ])('of a diffusion net: $net', async (choice) => {
    const data = bars(16, 1, 2, 4);
    const options = scorerOptions.parse({ ...choice, steps: 5, batch: 2, previewEvery: 0 });
    const net = netOf(options, imageShape(data.summary));
    const request = { net, objective: objectiveOf(options), options, rows: data.rows('train'), stream: 'test' };
    const steps = await stepsOf(async () => {
      const { losses } = await trainDiffusion(testContext(engine, data, 1), request);
      expect(losses.every(Number.isFinite)).toBe(true);
    });
    expect(steps).toEqual({ recorded: 2, replayed: 3, eager: 0, fallbacks: {} });
  });

  it('of an encoder, its statistics included', async () => {
    const data = bars(16, 1, 2, 8, Array.from({ length: 16 }, (_, i) => (i < 12 ? 'train' : 'test')));
    const options = encoderOptions.parse({ epochs: 1, minSteps: 6, batch: 4, width: 8 });
    const steps = await stepsOf(() => encoderStage.run(testContext(engine, data, 1), {}, options));
    expect(steps).toEqual({ recorded: 2, replayed: 4, eager: 0, fallbacks: {} });
  });
});

describe('noise of the device', () => {
  const data = bars(16, 1, 2, 4);
  const options = scorerOptions.parse({ objective: 'v', steps: 8, batch: 6, previewEvery: 0, classDrop: 0.3 });
  const objective = objectiveOf(options);
  const source = () => new BatchSource(data, data.rows('train'), objective, options, 1, 'test');

  it('makes noisy images and targets of the bits the processor makes', async () => {
    const batch = source().batch(0);
    const shapes = Object.entries(noisingShapes(6, 16, 1)) as [NoisingInput, number[]][];
    const inputs = Object.fromEntries(shapes.map(([name, shape]) => [name, tf.tensor(batch[name].slice(), shape)])) as Record<NoisingInput, tf.Tensor>;
    const { noisy, target } = noised(inputs);
    const eps = RandomStream.fromKey(batch.noise).portableNormals(new Float32Array(6 * 256));
    const blend = (a: Float32Array, b: Float32Array) => batch.images.map((x, i) => {
      const n = Math.floor(i / 256);
      return Math.fround(a[n] * x) + Math.fround(b[n] * eps[i]);
    });
    expect(await noisy.data()).toEqual(blend(batch.alpha, batch.sigma));
    expect(await target.data()).toEqual(blend(batch.imageShare, batch.noiseShare));
    tf.dispose([inputs, noisy, target]);
  });

  it('leaves one image a sample to upload', async () => {
    const net = affineNet(imageShape(data.summary));
    const bytesOf = async (steps: number) => {
      const before = engine.counters().uploadBytes;
      await trainDiffusion(testContext(engine, data, 1), { net, objective, options: { ...options, steps }, rows: data.rows('train'), stream: 'test' });
      return engine.counters().uploadBytes - before;
    };
    const [short, long] = [await bytesOf(4), await bytesOf(8)];
    // Images; key of the noise; weight, four coefficients, two sinusoids and three label rows a sample; factors of the optimiser.
    expect((long - short) / 4).toBe(4 * (6 * 256 + 8 + 6 * (1 + 4 + 2 + 3)) + 32);
  });

  it('gives the loss of the definition in float64', async () => {
    const net = affineNet(imageShape(data.summary));
    const { losses } = await trainDiffusion(testContext(engine, data, 1), {
      net, objective, options: { ...options, steps: 1 }, rows: data.rows('train'), stream: 'test',
    });
    expect(Math.abs(losses[0] / lossInFloat64(net, objective, source()) - 1)).toBeLessThan(32 * 2 ** -24 * Math.sqrt(1536));
  });
});
