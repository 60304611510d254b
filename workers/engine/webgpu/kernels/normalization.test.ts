import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { boundsOf, CASES, measureCase } from '../../cases.testing';
import { openNodeWebGpu } from '../../node-gpu.testing';
import type { Engine } from '../../types';
import { poison } from './poison.testing';
import { attach } from './registry';

let engine: Engine;
let release: () => void;

beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
});

afterAll(() => release());

describe.each([['for software adapters', true], ['for graphics cards', false]] as const)('normalisations %s', (_, software) => {
  beforeEach(() => {
    vi.restoreAllMocks();
    attach(tf.backend(), software);
    poison();
  });

  const own = CASES.filter(({ name }) => /Norm |Statistics/.test(name));
  it.each(own.map((operation) => [operation.name, operation] as const))('%s: value, gradient, second-order gradient', async (_name, operation) => {
    const errors = await measureCase(operation);
    const bounds = boundsOf(operation);
    expect(errors.value).toBeLessThan(bounds.value);
    expect(errors.gradient).toBeLessThan(bounds.gradient);
    expect(errors.second).toBeLessThan(bounds.second);
  });
});

it('never had a command refused', async () => {
  const quiet = new Promise((resolve) => { setTimeout(() => resolve('quiet'), 50); });
  expect(await Promise.race([engine.lost, quiet])).toBe('quiet');
});
