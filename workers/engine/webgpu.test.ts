import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundsOf, CASES, measureCase } from './cases.testing';
import { openNodeWebGpu } from './node-gpu.testing';
import { trainAsReference } from './optimizer/reference.testing';
import type { Engine } from './types';

let engine: Engine;
let release: () => void;

beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
  // Small tensors would otherwise be computed on the CPU, and our programs never run.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
});

afterAll(() => release());

describe('WebGPU', () => {
  it('passes its self-test', () => {
    expect(engine.verdict.kind).toBe('webgpu');
    for (const { error, bound } of engine.verdict.selfTest) expect(error).toBeLessThan(bound);
  });

  it.each(CASES.map((operation) => [operation.name, operation] as const))('%s', async (_, operation) => {
    const errors = await measureCase(operation);
    const bounds = boundsOf(operation);
    expect(errors.value).toBeLessThan(bounds.value);
    expect(errors.gradient).toBeLessThan(bounds.gradient);
    expect(errors.second).toBeLessThan(bounds.second);
  });

  it('updates parameters as AdamW with clipping and EMA does in float64', async () => {
    const { errors, leaked } = await trainAsReference(engine);
    expect(errors.param).toBeLessThan(2e-5);
    expect(errors.ema).toBeLessThan(2e-5);
    expect(leaked).toBe(0);
  });
});
