import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { boundsOf, CASES, measureCase } from './cases.testing';
import { openTestEngine } from './engine.testing';
import { averagePool2, embedding, groupNorm, pixelShuffle } from './ops';

describe.each(['cpu', 'wasm'] as const)('operations on %s', (kind) => {
  beforeAll(async () => {
    await openTestEngine(kind);
  });

  it.each(CASES.map((operation) => [operation.name, operation] as const))('%s', async (_, operation) => {
    const errors = await measureCase(operation);
    const bounds = boundsOf(operation);
    expect(errors.value).toBeLessThan(bounds.value);
    expect(errors.gradient).toBeLessThan(bounds.gradient);
    expect(errors.second).toBeLessThan(bounds.second);
  });

  it('frees what it makes', async () => {
    const before = tf.memory().numTensors;
    await measureCase(CASES[0]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses shapes it cannot take', () => {
    expect(() => averagePool2(tf.zeros([1, 3, 4, 1]))).toThrow(RangeError);
    expect(() => pixelShuffle(tf.zeros([1, 2, 2, 6]), 2)).toThrow(RangeError);
    expect(() => embedding(tf.zeros([4, 2]), [4])).toThrow(RangeError);
    expect(() => groupNorm(tf.zeros([1, 2, 2, 6]), tf.ones([6]), tf.zeros([6]), { groups: 4 })).toThrow(RangeError);
  });
});
