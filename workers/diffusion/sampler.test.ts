import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine } from '../engine/engine.testing';
import type { Engine } from '../engine/types';
import { defineNet, NULL_LABEL, type DiffusionNet } from '../nets/net';
import { createObjective, type Objective, type ObjectiveName } from './objective';
import { sample, type SampleRequest } from './sampler';
import type { ScheduleName } from './schedule';

let engine: Engine;
beforeAll(async () => { engine = await openTestEngine('cpu'); });
afterAll(() => engine.close());

const DEVIATION = 0.4;
/** Means of class 0, class 1 and no class. */
const MEANS = [0.5, -0.3, 0.1];

/** The net that is optimal when every pixel of class k is N(MEANS[k], DEVIATION^2): its output is the target's posterior mean. */
function gaussianNet({ schedule, target }: Objective): DiffusionNet {
  return defineNet({
    config: { size: 16, channels: 1, classes: 2 },
    specs: [],
    extraMacs: 0,
    applyWithFeatures(_params, x, time: Float32Array, labels: Int32Array) {
      const rows = tf.unstack(x).map((row, n) => {
        const level = schedule.at(time[n]);
        const { alpha, sigma } = level;
        const mean = MEANS[labels[n] === NULL_LABEL ? 2 : labels[n]];
        const variance = (alpha * DEVIATION) ** 2 + sigma ** 2;
        const residue = tf.sub(row, alpha * mean);
        const image = tf.add(tf.mul(residue, (alpha * DEVIATION ** 2) / variance), mean);
        const noise = tf.mul(residue, sigma / variance);
        const goal = target(level);
        return tf.add(tf.mul(image, goal.image), tf.mul(noise, goal.noise));
      });
      const output = tf.stack(rows);
      return { output, features: output };
    },
  });
}

function draw(
  [objectiveName, schedule]: [ObjectiveName, ScheduleName], options: SampleRequest['options'], change: Partial<SampleRequest> = {},
): Promise<Float32Array> {
  const objective = createObjective({ objective: objectiveName, schedule });
  return sample({ net: gaussianNet(objective), objective, params: {} }, {
    labels: new Int32Array(16), options, seed: 1, stream: 'test', batch: 16, clip: false, ...change,
  });
}

function moments(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

const FLOW: [ObjectiveName, ScheduleName] = ['flow', 'flow'];
const EULER = { sampler: 'euler', samplerSteps: 60, guidance: 1 } as const;

describe('on a Gaussian whose optimal output is known', () => {
  it.each([
    ['euler', 'flow', 'flow'], ['ddim', 'flow', 'flow'], ['ddpm', 'flow', 'flow'],
    ['euler', 'v', 'cosine'], ['ddim', 'v', 'cosine'], ['ddpm', 'v', 'cosine'],
    ['ddim', 'v', 'linear'], ['ddpm', 'v', 'linear'],
    ['ddim', 'eps', 'cosine'], ['ddpm', 'eps', 'cosine'], ['ddim', 'eps', 'linear'], ['ddpm', 'eps', 'linear'],
  ] as const)('%s with %s on %s recovers mean and deviation', async (sampler, objective, schedule) => {
    const { mean, deviation } = moments(await draw([objective, schedule], { sampler, samplerSteps: 300, guidance: 1 }));
    // 4,096 values: standard errors of 0.006 and 0.0045; the rest is discretisation.
    expect(Math.abs(mean - MEANS[0])).toBeLessThan(0.025);
    expect(Math.abs(deviation - DEVIATION)).toBeLessThan(0.025);
  });

  it('DDIM on the straight path is Euler', async () => {
    const euler = await draw(FLOW, { sampler: 'euler', samplerSteps: 7, guidance: 1 });
    const ddim = await draw(FLOW, { sampler: 'ddim', samplerSteps: 7, guidance: 1 });
    euler.forEach((value, i) => expect(Math.abs(value - ddim[i])).toBeLessThan(1e-5));
  });

  it('auto is Euler for flow and DDIM otherwise', async () => {
    const auto = { sampler: 'auto', samplerSteps: 3, guidance: 1 } as const;
    expect(await draw(FLOW, auto)).toEqual(await draw(FLOW, { ...auto, sampler: 'euler' }));
    expect(await draw(['v', 'cosine'], auto)).toEqual(await draw(['v', 'cosine'], { ...auto, sampler: 'ddim' }));
  });

  it('answers to labels, and to none', async () => {
    const labels = Int32Array.from({ length: 24 }, (_, i) => [0, 1, NULL_LABEL][Math.floor(i / 8)]);
    const values = await draw(FLOW, EULER, { labels });
    MEANS.forEach((mean, k) => expect(Math.abs(moments(values.slice(k * 2048, (k + 1) * 2048)).mean - mean)).toBeLessThan(0.04));
  });

  it('guides away from the unconditional mean by the stated factor', async () => {
    const { mean, deviation } = moments(await draw(FLOW, { ...EULER, guidance: 2 }));
    expect(Math.abs(mean - (MEANS[2] + 2 * (MEANS[0] - MEANS[2])))).toBeLessThan(0.025);
    expect(Math.abs(deviation - DEVIATION)).toBeLessThan(0.025);
  });
});

describe('determinism', () => {
  const ddpm = { sampler: 'ddpm', samplerSteps: 5, guidance: 1 } as const;

  it('same seed, same images; another seed, others', async () => {
    expect(await draw(FLOW, ddpm)).toEqual(await draw(FLOW, ddpm));
    expect(await draw(FLOW, ddpm, { seed: 2 })).not.toEqual(await draw(FLOW, ddpm));
  });

  it('an image does not depend on the batch it is drawn in', async () => {
    expect(await draw(FLOW, ddpm, { batch: 5 })).toEqual(await draw(FLOW, ddpm));
  });

  it('clips the estimate to what pixels can be', async () => {
    const wild = await draw(['v', 'cosine'], { sampler: 'ddim', samplerSteps: 20, guidance: 8 }, { clip: true });
    expect(Math.max(...wild)).toBeLessThanOrEqual(1);
    expect(Math.max(...await draw(['v', 'cosine'], { sampler: 'ddim', samplerSteps: 20, guidance: 8 }))).toBeGreaterThan(1);
  });
});

it('frees its tensors, and when stopped too', async () => {
  const before = tf.memory().numTensors;
  await draw(FLOW, { sampler: 'ddpm', samplerSteps: 3, guidance: 2 });
  await expect(draw(FLOW, EULER, { breathe: () => Promise.reject(new DOMException('stopped', 'AbortError')) })).rejects.toThrow('stopped');
  expect(tf.memory().numTensors).toBe(before);
});
