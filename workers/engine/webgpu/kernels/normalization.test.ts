import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../../random';
import { boundsOf, CASES, measureCase } from '../../cases.testing';
import { openNodeWebGpu } from '../../node-gpu.testing';
import {
  averagePool2, batchNorm, batchStatistics, expand, groupNorm, instanceNorm, layerNorm, logSumExp, matchedNorm, scale, softmaxCrossEntropy, statisticsDistance,
} from '../../ops';
import { measureRecovery, measureRunning } from '../../ops/batch-norm.testing';
import type { Engine } from '../../types';
import { errorOf } from './check.testing';
import { poison } from './poison.testing';
import { attach } from './registry';

let engine: Engine;
let release: () => void;

beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
});

afterAll(() => release());

const draw = (seed: number, size: number, offset = 0): Float32Array =>
  new RandomStream(seed, 'normalization.test').normals(new Float32Array(size)).map((value) => offset + value);

/** Value and gradients of `f`, twice on NaN-filled memory: infinite worst difference between the runs where a bit differs. */
async function twice(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: [Float32Array, number[]][]): Promise<Float32Array[]> {
  const run = async () => {
    const tensors = tf.tidy(() => {
      const given = inputs.map(([values, shape]) => tf.tensor(values.slice(), shape));
      return [f(...given), ...tf.grads((...all) => tf.sum(tf.square(f(...all))))(given)];
    });
    const values = (await Promise.all(tensors.map((tensor) => tensor.data()))) as Float32Array[];
    tf.dispose(tensors);
    return values;
  };
  const first = await run();
  expect(await run()).toEqual(first);
  expect(first.every((values) => values.every(Number.isFinite))).toBe(true);
  return first;
}

/** What the device was told by one call of `work`, once pipelines and uniforms are there. */
function traffic(work: () => void): { dispatches: number; uploadBytes: number } {
  tf.tidy(work);
  const before = engine.counters();
  tf.tidy(work);
  const after = engine.counters();
  return { dispatches: after.dispatches - before.dispatches, uploadBytes: after.uploadBytes - before.uploadBytes };
}

describe.each([['for software adapters', true], ['for graphics cards', false]] as const)('normalisations %s', (_, software) => {
  beforeEach(() => {
    vi.restoreAllMocks();
    attach(tf.backend(), software);
    poison();
  });

  const cases = CASES.filter(({ name }) => /Norm |Statistics/.test(name));
  it.each(cases.map((operation) => [operation.name, operation] as const))('%s: value, gradient, second-order gradient', async (_name, operation) => {
    const errors = await measureCase(operation);
    const bounds = boundsOf(operation);
    expect(errors.value).toBeLessThan(bounds.value);
    expect(errors.gradient).toBeLessThan(bounds.gradient);
    expect(errors.second).toBeLessThan(bounds.second);
  });

  it.each(['eval', 'train', 'instance'] as const)('differentiate pixels twice in mode %s, matched statistics included', async (mode) => {
    const { gradient, second } = await measureRecovery(mode);
    expect(gradient).toBeLessThan(1e-5);
    expect(second).toBeLessThan(1e-3);
  });

  it('take statistics of many pixels far from zero, with the same bits every time', async () => {
    const [rows, channels] = [1037, 12];
    const x = draw(1, rows * channels, 50);
    const [mean, variance] = [new Float64Array(channels), new Float64Array(channels)];
    x.forEach((value, i) => { mean[i % channels] += value / rows; });
    x.forEach((value, i) => { variance[i % channels] += (value - mean[i % channels]) ** 2 / rows; });
    const [statistics] = await twice((values) => {
      const own = batchStatistics(values);
      return tf.concat([own.mean, own.variance], 0);
    }, [[x, [rows, channels]]]);
    for (let c = 0; c < channels; c++) {
      expect(Math.abs(statistics[c] / mean[c] - 1)).toBeLessThan(1e-6);
      // A mean of fifty deviations costs that many roundings.
      expect(Math.abs(statistics[channels + c] / variance[c] - 1)).toBeLessThan(1e-5);
    }
    const affine: [Float32Array, number[]][] = [[draw(2, channels, 1), [channels]], [draw(3, channels), [channels]]];
    const [y] = await twice((values, gamma, beta) => batchNorm(values, gamma, beta, { mode: 'train' }).y, [[x, [17, 61, channels]], ...affine]);
    y.forEach((value, i) => {
      const c = i % channels;
      expect(Math.abs(value - (((x[i] - mean[c]) / Math.sqrt(variance[c] + 1e-5)) * affine[0][0][c] + affine[1][0][c]))).toBeLessThan(1e-4);
    });
    await twice((values, gamma, beta) => instanceNorm(values, gamma, beta, { activation: 'silu' }), [[x, [17, 61, 1, channels]], ...affine]);
  });

  it.each([[12, true], [12, false], [3, true]])('match statistics of many pixels as the operations it is made of, with the same bits every time (%d channels, pooled: %s)', async (channels, pool) => {
    const given: [Float32Array, number[]][] = [
      [draw(14, 3 * 34 * 18 * channels, 3), [3, 34, 18, channels]], [draw(15, channels, 1), [channels]], [draw(16, channels), [channels]], [draw(17, channels, 2.5), [channels]],
    ];
    const weights = { meanWeight: 0.1, varianceWeight: 1.1 };
    const fused = await twice((x, gamma, beta, mean) => {
      const { y, distance } = matchedNorm(x, gamma, beta, { mean, variance: tf.square(mean), activation: 'relu', pool, ...weights });
      return tf.concat([tf.reshape(y, [-1]), tf.reshape(distance, [1])], 0);
    }, given);
    const composed = await twice((x, gamma, beta, mean) => {
      const running = { mean, variance: tf.square(mean) };
      const { y } = batchNorm(x, gamma, beta, { mode: 'eval', ...running, activation: 'relu' });
      return tf.concat([tf.reshape(pool ? averagePool2(y) : y, [-1]), tf.reshape(statisticsDistance(batchStatistics(x), running, weights), [1])], 0);
    }, given);
    fused.forEach((values, i) => expect(errorOf(values, composed[i])).toBeLessThan(1e-5));
  });

  it('pull nothing where statistics already match', async () => {
    const x = tf.tensor([1, -1, 1, -1, -1, 1, -1, 1], [2, 2, 2, 1]);
    const [zero, one] = [tf.zeros([1]), tf.ones([1])];
    const [distance, dx] = tf.tidy(() => {
      const of = (pixels: tf.Tensor) => matchedNorm(pixels, one, zero, { mean: zero, variance: one, meanWeight: 1, varianceWeight: 1 }).distance;
      return [of(x), tf.grad(of)(x)];
    });
    expect([...(await distance.data()), ...(await dx.data())].every((value) => value === 0)).toBe(true);
    tf.dispose([x, zero, one, distance, dx]);
  });

  it('write every number of a layer normalisation wider than a workgroup, with the same bits every time', async () => {
    for (const [n, t, d] of [[2, 3, 132], [1, 5, 67], [2, 2, 1028]]) {
      const [y] = await twice((x, gain, shift) => layerNorm(x, { scale: gain, shift }), [[draw(4, n * t * d), [n, t, d]], [draw(5, n * d), [n, d]], [draw(6, n * d), [n, d]]]);
      expect(y.filter(Number.isFinite)).toHaveLength(n * t * d);
    }
  });
});

describe('normalisations and losses', () => {
  beforeAll(() => {
    vi.restoreAllMocks();
    attach(tf.backend(), true);
  });

  it('keep running statistics as PyTorch does, recorded and replayed', async () => {
    expect(await measureRunning(engine)).toBeLessThan(1e-5);
    expect(engine.counters().steps.replayed).toBeGreaterThan(0);
  });

  it('have a third derivative where the second has a kernel of its own', async () => {
    const third = async (f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): Promise<Float32Array> => {
      const squares = (parts: tf.Tensor[]) => tf.addN(parts.map((part) => tf.sum(tf.square(part))));
      const once = (...x: tf.Tensor[]) => squares(tf.grads((...y) => tf.sum(tf.square(f(...y))))(x));
      const [first] = tf.tidy(() => tf.grads((...x) => squares(tf.grads(once)(x)))(inputs));
      const values = (await first.data()) as Float32Array;
      first.dispose();
      return values;
    };
    const close = (actual: Float32Array, expected: Float32Array) => {
      const most = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      expect(most).toBeGreaterThan(0);
      actual.forEach((value, i) => expect(Math.abs(value - expected[i]) / most).toBeLessThan(1e-4));
    };
    const images = [tf.tensor(draw(7, 24), [2, 3, 1, 4]), tf.tensor(draw(8, 4, 1)), tf.tensor(draw(9, 4))];
    const film = tf.zeros([2, 4]);
    close(
      await third((x, gamma, beta) => instanceNorm(x, gamma, beta, { activation: 'silu' }), images),
      await third((x, gamma, beta) => groupNorm(x, gamma, beta, { groups: 4, activation: 'silu', scale: film, shift: film }), images),
    );
    const rows = [tf.tensor(draw(10, 10), [2, 5]), tf.tensor(draw(11, 10), [2, 5])];
    close(
      await third((z, t) => softmaxCrossEntropy(z, t), rows),
      await third((z, t) => tf.sum(tf.mul(t, tf.sub(expand(logSumExp(z), z.shape), z)), [1]), rows),
    );
    tf.dispose([...images, ...rows, film]);
  });

  it('need the dispatches they say and upload nothing but the gradient of the loss', () => {
    const [x, c, film, t, labels] = tf.tidy(() => [tf.tensor(draw(12, 48), [2, 3, 2, 4]), tf.ones([4]), tf.ones([2, 4]), tf.ones([2, 4]), tf.ones([12, 4])].map((tensor) => tf.keep(scale(tensor, 0.5))));
    const gradientOf = (f: (x: tf.Tensor) => tf.Tensor) => traffic(() => { tf.grad((value) => tf.sum(f(value)))(x); });
    const nothing = gradientOf((value) => value).dispatches;
    const own = (f: (x: tf.Tensor) => tf.Tensor) => gradientOf(f).dispatches - nothing;
    // Statistics, y; sums, x, gamma and beta.
    expect(own((value) => batchNorm(value, c, c, { mode: 'train', activation: 'relu' }).y)).toBe(5);
    // y; x.
    expect(own((value) => batchNorm(value, c, c, { mode: 'eval', mean: c, variance: c, activation: 'relu' }).y)).toBe(2);
    const matched = { mean: c, variance: c, pool: true, meanWeight: 1, varianceWeight: 2 };
    // Moments, what both outputs need, y; x.
    const even = (value: tf.Tensor) => tf.reshape(value, [3, 2, 2, 4]);
    expect(own((value) => matchedNorm(even(value), c, c, matched).y)).toBe(4);
    expect(own((value) => matchedNorm(even(value), c, c, matched).distance)).toBeLessThanOrEqual(4);
    const tokens = (value: tf.Tensor) => tf.reshape(value, [2, 6, 4]);
    // y; x, scale and shift.
    expect(own((value) => layerNorm(tokens(value), { scale: film, shift: film }))).toBe(3);
    // The gradient of a gradient: of a composition it would be a hundred more.
    const second = (f: (x: tf.Tensor) => tf.Tensor) => gradientOf((value) => tf.square(tf.grad((inner) => tf.sum(tf.square(f(inner))))(value))).dispatches;
    expect(second((value) => instanceNorm(value, c, c, { activation: 'relu' })) - second((value) => value)).toBeLessThanOrEqual(30);
    expect(second((value) => softmaxCrossEntropy(tf.reshape(value, [12, 4]), labels)) - second((value) => value)).toBeLessThanOrEqual(20);
    const all = (value: tf.Tensor) => {
      const { y, mean, variance } = batchNorm(value, c, c, { mode: 'train' });
      const rows = tf.mean(layerNorm(tokens(y), { scale: film, shift: film }), [1]);
      return tf.addN([tf.sum(softmaxCrossEntropy(rows, t)), tf.sum(tf.mul(mean, variance))]);
    };
    expect(gradientOf(all).uploadBytes).toBeLessThanOrEqual(4);
    tf.dispose([x, c, film, t, labels]);
  });
});

it('never had a command refused', async () => {
  const quiet = new Promise((resolve) => { setTimeout(() => resolve('quiet'), 50); });
  expect(await Promise.race([engine.lost, quiet])).toBe('quiet');
});
