import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine } from '../engine.testing';
import { batchNorm, updateRunningStatistics } from '../ops';
import type { Engine } from '../types';
import { measureRecovery, measureRunning } from './batch-norm.testing';

describe.each(['cpu', 'wasm'] as const)('batch normalisation on %s', (kind) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openTestEngine(kind);
  });

  it.each(['eval', 'train', 'instance'] as const)('differentiates pixels twice in mode %s, matched statistics included', async (mode) => {
    const { gradient, second } = await measureRecovery(mode);
    expect(gradient).toBeLessThan(1e-5);
    expect(second).toBeLessThan(1e-3);
  });

  it('keeps running statistics as PyTorch does', async () => {
    expect(await measureRunning(engine)).toBeLessThan(1e-5);
  });
});

it('refuses what has no meaning', () => {
  const one = tf.ones([2]);
  expect(() => batchNorm(tf.ones([3, 2]), one, one, { mode: 'eval' })).toThrow(/mean and variance/);
  const statistics = { mean: one, variance: one };
  expect(() => updateRunningStatistics(statistics, statistics, { momentum: 1.5 })).toThrow(/within 0..1/);
  expect(() => updateRunningStatistics(statistics, statistics, { momentum: 0.1, count: 1 })).toThrow(/two values/);
});
