import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bars, testContext } from '../../diffusion/diffusion.testing';
import { packModel } from '../../diffusion/model';
import { createObjective, type ObjectiveConfig } from '../../diffusion/objective';
import type { DiffusionModel } from '../../diffusion/sampler';
import { scheduleOf } from '../../diffusion/schedule';
import { openTestEngine } from '../../engine/engine.testing';
import type { Engine } from '../../engine/types';
import { initialise } from '../../nets/init';
import { defineNet } from '../../nets/net';
import { createUNet, unetConfig } from '../../nets/unet';
import { RandomStream } from '../../random';
import type { Bundle } from '../../runs/types';
import { DifficultyScorer, meanScores, type ScoringRequest } from './score';
import { agreementRows, scoreOptions, scoreStage } from './score.stage';

let engine: Engine;
beforeAll(async () => { engine = await openTestEngine('wasm'); });
afterAll(() => engine.close());

const data = bars(16, 1, 2, 10);
const rows = data.rows('train');
const REQUEST: ScoringRequest = { timesteps: 3, noise: 'common', batch: 8, seed: 1, stream: 'test' };
const still = () => Promise.resolve();

/** A net with random weights, as a stage finds it. */
function storedModel() {
  const net = createUNet({ ...unetConfig({ size: 16, channels: 1, classes: 2 }, { width: 8, multipliers: [1, 1], attention: false }), embedding: 8 });
  const draws = initialise(net.specs.map((spec) => ({ ...spec, init: 'fan-in' as const })), new RandomStream(1, 'test'));
  const weights = Object.fromEntries(Object.entries(draws).map(([name, { values }]) => [name, values]));
  return packModel({ net: net.config, objective: { objective: 'flow', schedule: 'flow' } }, weights);
}

/** A model whose noise estimate is a known multiple of the noisy image: output = factor(t) x. */
function linearModel(config: ObjectiveConfig, factor: number): DiffusionModel {
  const objective = createObjective(config);
  return {
    objective,
    params: {},
    net: defineNet({
      config: { size: 16, channels: 1, classes: 2 }, specs: [], extraMacs: 0,
      applyWithFeatures: (_params, x) => ({ output: tf.mul(x, factor), features: x }),
    }),
  };
}

async function scoresOf(context = testContext(engine, data, 1), options = {}) {
  return scoreStage.run(context, { scorer: storedModel() }, scoreOptions.parse({ timesteps: 4, batch: 8, agreementImages: 0, ...options }));
}

describe('the difficulty score', () => {
  it.each([['flow', 'flow', 0.7], ['v', 'cosine', 0.7], ['eps', 'linear', 0.7]] as const)(
    'is the squared error of the noise in float64, summed over pixels (%s)', async (objective, schedule, factor) => {
      const model = linearModel({ objective, schedule }, factor);
      const errors = await new DifficultyScorer(model, data, REQUEST).errors(rows.slice(0, 4), still);
      const noise = new RandomStream(1, 'test').normals(new Float32Array(3 * 256));
      const path = scheduleOf(objective === 'flow' ? 'flow' : schedule);
      for (let n = 0; n < 4; n++) {
        const image = Array.from(data.pixels([n]), (value) => value / 127.5 - 1);
        for (let j = 0; j < 3; j++) {
          const { alpha, sigma } = path.at((j + 0.5) / 3);
          let sum = 0;
          for (let i = 0; i < 256; i++) {
            const eps = noise[j * 256 + i];
            const x = alpha * image[i] + sigma * eps;
            const output = factor * x;
            const estimate = { flow: x + alpha * output, v: sigma * x + alpha * output, eps: output }[objective];
            sum += (eps - estimate) ** 2;
          }
          expect(errors[n * 3 + j] / sum).toBeCloseTo(1, 4);
        }
      }
    });

  it('is zero for a model that knows the image', async () => {
    // eps - x = (x_t - x) / t on the straight path.
    const single = bars(16, 1, 1, 1);
    const model: DiffusionModel = {
      ...linearModel({ objective: 'flow', schedule: 'flow' }, 0),
      net: defineNet({
        config: { size: 16, channels: 1, classes: 1 }, specs: [], extraMacs: 0,
        applyWithFeatures(_params, x, time: Float32Array) {
          const image = tf.tensor(Float32Array.from(single.pixels([0]), (value) => value / 127.5 - 1), [1, 16, 16, 1]);
          const output = tf.div(tf.sub(x, image), time[0]);
          return { output, features: x };
        },
      }),
    };
    const [error] = await new DifficultyScorer(model, single, { ...REQUEST, timesteps: 1 }).errors(Uint32Array.of(0), still);
    expect(error).toBeLessThan(1e-6);
  });

  it.each(['common', 'independent'] as const)('of an image does not depend on its place or company (%s noise)', async (noise) => {
    const net = createUNet({ ...unetConfig({ size: 16, channels: 1, classes: 2 }, { width: 8, multipliers: [1, 1], attention: false }), embedding: 8 });
    const params = Object.fromEntries(net.specs.map(({ name, shape }) => [name, tf.tensor(storedModel().parts[`w/${name}`] as Float32Array, shape)]));
    const model = { net, objective: createObjective({ objective: 'flow', schedule: 'flow' }), params };
    const scorer = new DifficultyScorer(model, data, { ...REQUEST, noise });
    const ordered = await scorer.errors(Uint32Array.of(0, 1, 2, 3, 4), still);
    const shuffled = await scorer.errors(Uint32Array.of(9, 3, 0), still);
    expect(shuffled.slice(3, 6)).toEqual(ordered.slice(9, 12));
    expect(shuffled.slice(6, 9)).toEqual(ordered.slice(0, 3));
    tf.dispose(params);
  });

  it('shares its noise between images only when told to', async () => {
    const same = bars(16, 1, 1, 2);
    const twins = { ...same, pixels: (wanted: ArrayLike<number>) => same.pixels(Array.from(wanted, () => 0)) };
    const model = linearModel({ objective: 'flow', schedule: 'flow' }, 0.5);
    const score = (noise: 'common' | 'independent') => new DifficultyScorer(model, twins, { ...REQUEST, noise }).errors(Uint32Array.of(0, 1), still);
    const common = await score('common');
    expect(common.slice(0, 3)).toEqual(common.slice(3));
    const independent = await score('independent');
    expect(independent.slice(0, 3)).not.toEqual(independent.slice(3));
  });

  it('averages over times', () => {
    expect(Array.from(meanScores(Float32Array.of(1, 2, 6, 0, 3, 3), 3))).toEqual([3, 2]);
  });
});

describe('the stage', () => {
  it('gives one finite score a training image, another for another seed, the same whatever the batch', async () => {
    const split = bars(16, 1, 2, 10, Array.from({ length: 20 }, (_, i) => (i < 5 ? 'test' : 'train')));
    const bundle = await scoresOf(testContext(engine, split, 1));
    expect(bundle.parts.rows).toEqual(split.rows('train'));
    expect(bundle.parts.scores.length).toBe(15);
    expect(bundle.parts.scores.every((score) => score > 0 && Number.isFinite(score))).toBe(true);
    expect(bundle.parts.errors).toBeUndefined();
    expect((await scoresOf(testContext(engine, split, 2))).parts.scores).not.toEqual(bundle.parts.scores);
    const other = (await scoresOf(testContext(engine, split, 1), { batch: 5 })).parts.scores;
    other.forEach((score, i) => expect(score / bundle.parts.scores[i]).toBeCloseTo(1, 5));
  });

  it('keeps the errors of each time on request, and their means are the scores', async () => {
    const { errors, scores } = (await scoresOf(undefined, { perTimestep: true, timesteps: 1 })).parts;
    expect(errors).toEqual(scores);
    const four = (await scoresOf(undefined, { perTimestep: true })).parts;
    expect(meanScores(four.errors as Float32Array, 4)).toEqual(four.scores);
  });

  it('gives the same bytes after a stop in either pass', async () => {
    const whole = await scoresOf();
    for (const stopAt of [5, 17]) {
      const stopped = testContext(engine, data, 1, null, stopAt);
      await expect(scoresOf(stopped)).rejects.toThrow('stopped');
      const { first, second } = (stopped.saved as Bundle).head as { first: number; second: number };
      expect(stopAt === 5 ? first > 0 && first < 20 && second === 0 : first === 20 && second > 0).toBe(true);
      expect(await scoresOf(testContext(engine, data, 1, stopped.saved))).toEqual(whole);
    }
  });

  it('reports agreement that is near one for many times and leaves small classes out', async () => {
    const lonely = bars(16, 1, 2, 10, Array.from({ length: 20 }, (_, i) => (i % 2 === 1 && i > 1 ? 'test' : 'train')));
    const { head } = await scoresOf(testContext(engine, lonely, 1), { timesteps: 32 });
    const agreement = head.rankAgreement as { global: number; withinClass: number; perClass: (number | null)[] };
    expect(agreement.perClass[1]).toBeNull();
    expect(agreement.withinClass).toBe(agreement.perClass[0]);
    expect(agreement.global).toBeGreaterThan(0.5);
  });

  it('frees what it used', async () => {
    const before = tf.memory().numTensors;
    await scoresOf();
    await expect(scoresOf(testContext(engine, data, 1, null, 3))).rejects.toThrow('stopped');
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('draws the rows of the second scoring in proportion to the classes, at least two of each', () => {
  const uneven = bars(16, 1, 2, 100, Array.from({ length: 200 }, (_, i) => (i % 2 === 1 && i > 10 ? 'test' : 'train')));
  const chosen = agreementRows(uneven, 21, 1);
  const labels = uneven.labels();
  const second = chosen.filter((row) => labels[row] === 1).length;
  expect([chosen.length, second]).toEqual([22, 2]);
  expect([...chosen]).toEqual([...chosen].sort((a, b) => a - b));
  expect(new Set(chosen).size).toBe(22);
  expect(agreementRows(uneven, 0, 1)).toEqual(uneven.rows('train'));
});
