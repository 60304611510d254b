import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeWebGpu } from '../engine/node-gpu.testing';
import type { Engine, EngineCounters } from '../engine/types';
import { encoderOptions } from '../nets/encoder.options';
import { encoderStage } from '../nets/encoder.stage';
import { bars, testContext } from './diffusion.testing';
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
