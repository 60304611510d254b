import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../../random';
import { boundsOf, CASES, measureCase } from '../../cases.testing';
import { openNodeWebGpu } from '../../node-gpu.testing';
import { klDivergence, softmaxCrossEntropy } from '../../ops';
import type { Engine } from '../../types';
import { poison } from './poison.testing';
import { attach } from './registry';

let engine: Engine;
let release: () => void;

beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
});

afterAll(() => release());

const stream = new RandomStream(11, 'loss.test');

/** Value and both gradients at the same numbers. */
async function everything(shape: [number, number], loss: (logits: tf.Tensor, targets: tf.Tensor) => tf.Tensor, values: Float32Array[]): Promise<Float32Array[]> {
  const tensors = tf.tidy(() => {
    const [logits, targets] = values.map((own) => tf.tensor(own, shape));
    return [loss(logits, targets), ...tf.grads((a, b) => tf.sum(loss(a, b)))([logits, targets])];
  });
  const numbers = (await Promise.all(tensors.map((tensor) => tensor.data()))) as Float32Array[];
  tf.dispose(tensors);
  return numbers;
}

describe.each([['for software adapters', true], ['for graphics cards', false]] as const)('losses %s', (_, software) => {
  beforeEach(() => {
    vi.restoreAllMocks();
    attach(tf.backend(), software);
    poison();
  });

  const own = CASES.filter(({ name }) => /CrossEntropy|Divergence/.test(name));
  it.each(own.map((operation) => [operation.name, operation] as const))('%s: value, gradient, second-order gradient', async (_name, operation) => {
    const errors = await measureCase(operation);
    const bounds = boundsOf(operation);
    expect(errors.value).toBeLessThan(bounds.value);
    expect(errors.gradient).toBeLessThan(bounds.gradient);
    expect(errors.second).toBeLessThan(bounds.second);
  });

  it('give the labels -log softmax as their gradient, in one dispatch each way, with the same bits every time', async () => {
    const shape: [number, number] = [5, 130];
    const values = [stream.normals(new Float32Array(650)).map((z) => 8 * z), stream.normals(new Float32Array(650)).map(Math.abs)];
    const before = engine.counters().dispatches;
    const first = await everything(shape, (z, t) => softmaxCrossEntropy(z, t, { temperature: 2 }), values);
    // The loss, and for its gradients: the loss again, its sum, the upstream gradient of the sum, and one for both.
    expect(engine.counters().dispatches - before).toBeLessThanOrEqual(5);
    const second = await everything(shape, (z, t) => softmaxCrossEntropy(z, t, { temperature: 2 }), values);
    expect(second).toEqual(first);
    for (let row = 0; row < 5; row++) {
      const z = Float64Array.from(values[0].subarray(row * 130, row * 130 + 130), (value) => value / 2);
      const top = Math.max(...z);
      const logarithm = top + Math.log(z.reduce((sum, value) => sum + Math.exp(value - top), 0));
      z.forEach((value, k) => expect(Math.abs(first[2][row * 130 + k] - (logarithm - value))).toBeLessThan(1e-4));
    }
  });

  it('stay finite for logits of any size and probabilities of zero', async () => {
    const logits = Float32Array.of(3e4, -3e4, 0, 1e4, 1e4, 1e4);
    const labels = Float32Array.of(1, 0, 0, 0, 0.5, 0.5);
    const entropy = await everything([2, 3], (z, t) => softmaxCrossEntropy(z, t), [logits, labels]);
    expect([...entropy[0]]).toEqual([0, expect.closeTo(Math.log(3), 5)]);
    const divergence = await everything([2, 3], (z, t) => klDivergence(z, t, { teacher: 'probabilities' }), [logits, labels]);
    expect(divergence.every((part) => part.every(Number.isFinite))).toBe(true);
    expect(divergence[0][1]).toBeCloseTo(Math.log(3 / 2), 5);
    expect(divergence[2][3]).toBeCloseTo(Math.log(3), 5);
  });
});

it('refuses other shapes and temperatures', () => {
  const z = tf.zeros([2, 3]);
  expect(() => softmaxCrossEntropy(z, tf.zeros([3]))).toThrow(RangeError);
  expect(() => softmaxCrossEntropy(z, z, { temperature: 0 })).toThrow(/above 0/);
  expect(() => klDivergence(z, tf.zeros([3, 2]))).toThrow(RangeError);
  expect(() => klDivergence(z, z, { temperature: NaN })).toThrow(/above 0/);
});

it('never had a command refused', async () => {
  const quiet = new Promise((resolve) => { setTimeout(() => resolve('quiet'), 50); });
  expect(await Promise.race([engine.lost, quiet])).toBe('quiet');
});
