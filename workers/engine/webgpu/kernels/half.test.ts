import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../random';
import { openNodeWebGpu } from '../../node-gpu.testing';
import { conv2d, groupNorm, linear } from '../../ops';
import type { Engine, Params } from '../../types';
import { matMulKernel } from './matmul';
import { convolutionReference, productReference, type Convolution } from './reference.testing';
import { attach, inStep } from './registry';

let engine: Engine;
let release: () => void;

beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
}, 60_000);

afterEach(() => {
  attach(tf.backend(), true);
});

afterAll(() => release());

const stream = new RandomStream(3, 'half.test');
const draw = (size: number, scale = 1) => stream.normals(new Float32Array(size)).map((value) => scale * value) as Float32Array<ArrayBuffer>;

/** The nearest half, ties to even; in 1/4096 of what is stored where `scaled`. */
function rounded(values: Float32Array, scaled = false): Float32Array {
  const scale = scaled ? 4096 : 1;
  return values.map((value) => {
    if (value === 0) return 0;
    const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value * scale)))) - 10);
    const steps = (value * scale) / step;
    const near = Math.round(steps);
    const even = Math.abs(steps - Math.trunc(steps)) === 0.5 ? 2 * Math.round(steps / 2) : near;
    return (even * step) / scale;
  });
}

/** The largest error relative to the largest value. */
function error(actual: Float32Array, expected: Float64Array): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(actual[i] - value)), 0) / scale;
}

/** Runs kernels as a training step would, on the way there or back. */
async function asStep(back: boolean, run: () => tf.Tensor): Promise<Float32Array> {
  attach(tf.backend(), true).storage = 'f16';
  const out = inStep(() => {
    const { state } = tf.engine();
    if (back) return run();
    const { activeTape } = state;
    state.gradientDepth++;
    state.activeTape = [];
    try {
      return run();
    } finally {
      state.gradientDepth--;
      state.activeTape = activeTape;
    }
  });
  const values = (await out.data()) as Float32Array;
  out.dispose();
  return values;
}

const single = (terms: number) => 32 * 2 ** -24 * Math.sqrt(terms);
const CONVOLUTION: Convolution = { n: 4, h: 16, w: 15, c: 32, k: 3, filters: 32, stride: 1, pad: 'same' };
const [X, F, Y] = [[4, 16, 15, 32], [3, 3, 32, 32], [4, 16, 15, 32]];
const size = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
const ATTRS = { strides: 1, pad: 'same', dataFormat: 'NHWC' };

describe('products in halves', () => {
  it('are those of the rounded operands, added up in single precision', async () => {
    const [x, f, y] = [draw(size(X)), draw(size(F)), draw(size(Y), 1e-6)];
    const run = (name: string, inputs: Record<string, [Float32Array, number[]]>, attrs: object, back: boolean) => asStep(back, () => tf.tidy(() =>
      tf.engine().runKernel(name, Object.fromEntries(Object.entries(inputs).map(([key, [values, shape]]) => [key, tf.tensor(values, shape)])), { ...ATTRS, ...attrs }) as tf.Tensor));
    const forward = await run('Conv2D', { x: [x, X], filter: [f, F] }, { dilations: 1 }, false);
    const toInput = await run('Conv2DBackpropInput', { dy: [y, Y], filter: [f, F] }, { inputShape: X }, true);
    const toFilter = await run('Conv2DBackpropFilter', { x: [x, X], dy: [y, Y] }, { filterShape: F }, true);
    expect(error(forward, convolutionReference(CONVOLUTION, 'y', { x: rounded(x), f: rounded(f) }))).toBeLessThan(single(288));
    expect(error(toInput, convolutionReference(CONVOLUTION, 'x', { y: rounded(y, true), f: rounded(f, true) }))).toBeLessThan(single(288));
    expect(error(toFilter, convolutionReference(CONVOLUTION, 'f', { y: rounded(y, true), x: rounded(x, true) }))).toBeLessThan(single(960));
    // Against unrounded operands: two roundings of 2^-11 a term, which largely cancel.
    for (const [values, wanted] of [[forward, 'y'], [toInput, 'x'], [toFilter, 'f']] as const) {
      const exact = error(values, convolutionReference(CONVOLUTION, wanted, { y: wanted === 'y' ? undefined : y, x: wanted === 'x' ? undefined : x, f: wanted === 'f' ? undefined : f }));
      expect(exact).toBeLessThan(2 ** -10);
      expect(exact).toBeGreaterThan(single(288));
    }
  }, 60_000);

  it.each([[false, false], [false, true], [true, false], [true, true]])('of matrices, transposed %s, %s', async (transposeA, transposeB) => {
    const of = { batch: 2, m: 64, k: 128, n: 132 };
    const [a, b] = [draw(2 * 64 * 128), draw(2 * 128 * 132)];
    const values = await asStep(false, () => tf.tidy(() => tf.matMul(
      tf.tensor3d(a, transposeA ? [2, 128, 64] : [2, 64, 128]), tf.tensor3d(b, transposeB ? [2, 132, 128] : [2, 128, 132]), transposeA, transposeB,
    )));
    expect(error(values, productReference(rounded(a), rounded(b), of, transposeA, transposeB))).toBeLessThan(single(128));
  });

  it('hold the largest half for what is larger, and keep small gradients, which are scaled', async () => {
    const of = (value: number, back: boolean) => asStep(back, () => tf.tidy(() => {
      const diagonal = tf.mul(tf.eye(160), 1);
      return tf.matMul(tf.mul(tf.ones([160, 160]), value), diagonal);
    })).then((values) => values[0]);
    expect(await of(1e6, false)).toBe(65504);
    expect(await of(-1e6, false)).toBe(-65504);
    expect(await of(100, true)).toBe(65504 / 4096);
    // Below half of the smallest half there is nothing left; scaled, eleven bits are.
    expect(await of(1e-9, false)).toBe(0);
    expect(Math.abs((await of(1e-7, true)) / 1e-7 - 1)).toBeLessThan(2 ** -11);
  });

  it('leave everything outside a step, and small products, in single precision', async () => {
    const a = draw(160 * 160);
    attach(tf.backend(), true).storage = 'f16';
    const eye = tf.eye(160);
    const outside = tf.matMul(tf.tensor2d(a, [160, 160]), eye);
    expect(await outside.data()).toEqual(a);
    const small = await asStep(false, () => tf.matMul(tf.tensor2d(a.slice(0, 64), [8, 8]), tf.eye(8)));
    expect(small).toEqual(a.slice(0, 64));
  });

  it('are written for devices with shader-f16, too', () => {
    const product = { batch: [1], batches: 1, aBatches: 1, bBatches: 1, rows: 16, depth: 16, columns: 16, transposeA: false, transposeB: false };
    const kernel = matMulKernel(product, false, { a: 'half', b: 'scaled half', native: true });
    const wgsl = kernel.program(kernel.usual).wgsl();
    expect(wgsl.trimStart().startsWith('enable f16;')).toBe(true);
    expect(wgsl).toContain('array<vec4h, 64>');
    expect(wgsl).not.toContain('unpack2x16float');
  });
});

describe('training in halves', () => {
  const initial = {
    f0: { shape: [3, 3, 16, 32], values: draw(9 * 16 * 32, 1 / 12) }, gamma: { shape: [32], values: new Float32Array(32).fill(1) },
    beta: { shape: [32], values: new Float32Array(32) }, f1: { shape: [3, 3, 32, 16], values: draw(9 * 32 * 16, 1 / 17) },
    w: { shape: [16, 16], values: draw(256, 1 / 4) },
  };
  const inputs = { x: [4, 16, 16, 16], target: [4, 16, 16, 16] };
  const batches = Array.from({ length: 4 }, () => draw(4 * 16 * 16 * 16));
  const loss = (p: Params, { x, target }: Record<keyof typeof inputs, tf.Tensor>): tf.Tensor => {
    const hidden = groupNorm(conv2d(x, p.f0, { stride: 1, pad: 'same' }), p.gamma, p.beta, { groups: 8, activation: 'silu' });
    return tf.mean(tf.square(tf.sub(linear(conv2d(hidden, p.f1, { stride: 1, pad: 'same' }), p.w), target)));
  };
  const batch = (step: number) => ({ x: batches[step % 4], target: batches[step % 4].map((value) => 0.5 * value) });

  async function train(storage: 'f32' | 'f16', compiled: boolean): Promise<{ losses: number[]; replayed: number }> {
    attach(tf.backend(), true).storage = storage;
    const before = engine.counters().steps.replayed;
    const optimizer = engine.optimizer(initial, { weightDecay: 0.01 });
    const step = compiled ? engine.compileStep(optimizer, { inputs, loss }) : null;
    const losses: number[] = [];
    for (let i = 0; i < 14; i++) {
      const given = batch(i);
      losses.push(await (step?.run(given, 3e-3) ?? engine.trainStep(optimizer, 3e-3, (params) =>
        loss(params, { x: tf.tensor(given.x, inputs.x), target: tf.tensor(given.target, inputs.target) }))).loss);
    }
    step?.dispose();
    optimizer.dispose();
    return { losses, replayed: engine.counters().steps.replayed - before };
  }

  it('loses as in single precision within a thousandth, replayed and eager the same bits, with nothing left behind', async () => {
    const full = await train('f32', true);
    const tensors = tf.memory().numTensors;
    const halves = await train('f16', true);
    const eager = await train('f16', false);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(halves.replayed).toBeGreaterThan(8);
    expect(eager.losses).toEqual(halves.losses);
    expect(halves.losses).not.toEqual(full.losses);
    halves.losses.forEach((value, i) => expect(Math.abs(value / full.losses[i] - 1)).toBeLessThan(1e-3));
    expect(halves.losses.at(-1)!).toBeLessThan(0.8 * halves.losses[0]);
  }, 120_000);

  it('leaves second derivatives to single precision', async () => {
    const [x, f] = [draw(4 * 16 * 16 * 16), draw(9 * 16 * 16, 0.1)];
    const second = async (storage: 'f32' | 'f16') => {
      attach(tf.backend(), true).storage = storage;
      const [xs, fs] = [tf.tensor(x, [4, 16, 16, 16]), tf.tensor(f, [3, 3, 16, 16])];
      const inner = (filter: tf.Tensor) => tf.mean(tf.square(tf.square(conv2d(xs, filter, { stride: 1, pad: 'same' })))) as tf.Scalar;
      const gradient = inStep(() => tf.grad((filter) => tf.sum(tf.square(tf.grad(inner)(filter))))(fs));
      return (await gradient.data()) as Float32Array;
    };
    expect(await second('f16')).toEqual(await second('f32'));
  }, 60_000);
});
