import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDiT, ditConfig } from '../../../nets/dit';
import { conditionInputs, conditionShapes } from '../../../nets/net';
import { RandomStream } from '../../../random';
import { gradientsOrZeros } from '../../gradients/fused';
import { ATTENTION, GELU } from '../../gradients/names';
import { openNodeWebGpu } from '../../node-gpu.testing';
import { attention, multiHeadAttention } from '../../ops';
import { sizeOf } from '../../ops/shape';
import type { Engine, Params } from '../../types';
import { attentionGradients, attentionReference, type AttentionSize } from './attention.testing';
import { errorOf, kernelErrors, type Given } from './check.testing';
import { poison } from './poison.testing';
import { attach } from './registry';

let engine: Engine;
let release: () => void;

beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
}, 60_000);

afterAll(() => {
  vi.restoreAllMocks();
  release();
});

const stream = new RandomStream(11, 'attention.test');
const draw = (size: number) => stream.normals(new Float32Array(size));

const SIZES: AttentionSize[] = [
  { images: 1, tokens: 1, heads: 1, width: 4 }, { images: 2, tokens: 16, heads: 3, width: 5 }, { images: 1, tokens: 17, heads: 2, width: 32 },
  { images: 3, tokens: 49, heads: 1, width: 8 }, { images: 1, tokens: 64, heads: 4, width: 12 }, { images: 1, tokens: 100, heads: 2, width: 7 },
  { images: 1, tokens: 256, heads: 1, width: 128 },
  // Enough of them that a thread owns eight queries, and eight keys where those make even quads.
  { images: 8, tokens: 62, heads: 2, width: 5 }, { images: 4, tokens: 64, heads: 4, width: 8 }, { images: 16, tokens: 59, heads: 1, width: 4 },
];

/** Roundings a sum over the tokens and the width of a head may make. */
const bound = ({ tokens, width }: AttentionSize) => 32 * 2 ** -24 * Math.sqrt(tokens * width);

describe.each([['for software adapters', true], ['for graphics cards', false]] as const)('attention %s', (_name, software) => {
  beforeEach(() => {
    vi.restoreAllMocks();
    attach(tf.backend(), software);
    poison();
  });

  it.each(SIZES)('of $images x $tokens tokens, $heads heads of $width: value and gradient', async (size) => {
    const shape = [size.images, size.tokens, size.heads * size.width];
    const [q, k, v, dy] = [0, 1, 2, 3].map(() => draw(sizeOf(shape)));
    const given = { q: [q, shape], k: [k, shape], v: [v, shape] } satisfies Record<string, Given>;
    const [error] = await kernelErrors('Attention', given, { heads: size.heads }, [attentionReference(q, k, v, size)]);
    expect(error).toBeLessThan(bound(size));
    const errors = await kernelErrors('AttentionGrad', { ...given, dy: [dy, shape] }, { heads: size.heads }, attentionGradients(q, k, v, dy, size));
    for (const gradient of errors) expect(gradient).toBeLessThan(2 * bound(size));
  });

  it('stay finite for scores that exp cannot represent', async () => {
    const size = { images: 1, tokens: 18, heads: 1, width: 8 };
    const shape = [1, 18, 8];
    const [q, k, v] = [draw(144).map((x) => 40 * x), draw(144).map((x) => 40 * x), draw(144)];
    // Scores of thousands carry rounding errors of their own size, which the exponential turns into relative ones.
    const [error] = await kernelErrors('Attention', { q: [q, shape], k: [k, shape], v: [v, shape] }, { heads: 1 }, [attentionReference(q, k, v, size)]);
    expect(error).toBeLessThan(1e-2);
  });

  it('second-order gradient, with heads that need no transposition', async () => {
    const size = { images: 2, tokens: 17, heads: 2, width: 4 };
    const shape = [2, 17, 8];
    const [q, k, v, dy, ...directions] = Array.from({ length: 7 }, () => draw(sizeOf(shape)));
    // d/de of the gradient at inputs moved by e along the directions, by central differences in float64.
    const step = 1e-5;
    const moved = (sign: number) => [q, k, v].map((x, i) => Float64Array.from(x, (value, j) => value + sign * step * directions[i][j]));
    const [ahead, behind] = [1, -1].map((sign) => {
      const [a, b, c] = moved(sign);
      return attentionGradients(a, b, c, dy, size);
    });
    const expected = ahead.map((values, i) => values.map((value, j) => (value - behind[i][j]) / (2 * step)));
    const second = tf.tidy(() => {
      const [tq, tk, tv, tdy, ...along] = [q, k, v, dy, ...directions].map((values) => tf.tensor(values, shape));
      const slope = (...x: tf.Tensor[]) => {
        const first = gradientsOrZeros((a, b, c) => multiHeadAttention(a, b, c, 2), x, tdy);
        return tf.addN(first.map((gradient, i) => tf.sum(tf.mul(gradient, along[i]))));
      };
      return tf.grads(slope)([tq, tk, tv]);
    });
    const values = await Promise.all(second.map((tensor) => tensor.data()));
    tf.dispose(second);
    values.forEach((found, i) => expect(errorOf(found as Float32Array, expected[i])).toBeLessThan(1e-5 + 8 * bound(size)));
  });
});

describe('attention of nets', () => {
  beforeEach(() => {
    vi.restoreAllMocks();
    attach(tf.backend(), true);
  });

  it('leaves what the kernel does not take to the composition', async () => {
    const sizes = [{ images: 1, tokens: 260, heads: 1, width: 4 }, { images: 1, tokens: 4, heads: 1, width: 132 }];
    for (const size of sizes) {
      const shape = [1, 1, size.tokens, size.width];
      const [q, k, v] = [0, 1, 2].map(() => draw(sizeOf(shape)));
      const y = tf.tidy(() => attention(tf.tensor(q, shape), tf.tensor(k, shape), tf.tensor(v, shape)));
      expect(errorOf((await y.data()) as Float32Array, attentionReference(q, k, v, size))).toBeLessThan(bound(size));
      y.dispose();
    }
    const crossed = tf.tidy(() => attention(tf.ones([1, 1, 3, 4]), tf.ones([1, 1, 5, 4]), tf.ones([1, 1, 5, 4])));
    expect(crossed.shape).toEqual([1, 1, 3, 4]);
    expect((await crossed.data())[0]).toBeCloseTo(1, 6);
    crossed.dispose();
    expect(() => multiHeadAttention(tf.ones([1, 2, 6]), tf.ones([1, 2, 6]), tf.ones([1, 2, 6]), 4)).toThrow('4 heads do not divide 6 channels');
  });

  it('trains a transformer in fewer dispatches, to the same loss, and replays it', async () => {
    const [images, size] = [2, 16];
    const net = createDiT(ditConfig({ size, channels: 3, classes: 4 }, { width: 16, patch: 4, depth: 2, heads: 2 }));
    const shape = [images, size, size, 3];
    const condition = conditionInputs(net, Float32Array.from([0.3, 0.8]), Int32Array.from([1, 3]));
    const inputs = { x: draw(sizeOf(shape)), target: draw(sizeOf(shape)), ...condition };

    const train = async () => {
      const optimizer = engine.optimizer(net.init(new RandomStream(3, 'dit')), {});
      const step = engine.compileStep(optimizer, {
        inputs: { x: shape, target: shape, ...conditionShapes(net, images) },
        loss: (params: Params, given) => tf.mean(tf.square(tf.sub(net.apply(params, given.x, given.time, given.labels), given.target))),
      });
      const losses: number[] = [];
      for (let i = 0; i < 3; i++) losses.push(await step.run(inputs, 1e-3).loss);
      const before = engine.counters();
      losses.push(await step.run(inputs, 1e-3).loss);
      const after = engine.counters();
      step.dispose();
      optimizer.dispose();
      return {
        losses, dispatches: after.dispatches - before.dispatches, uploaded: after.uploadBytes - before.uploadBytes, replayed: after.steps.replayed - before.steps.replayed,
      };
    };

    const fused = await train();
    const kernels = [ATTENTION, GELU].map((name) => tf.getKernel(name, 'webgpu'));
    for (const { kernelName } of kernels) tf.unregisterKernel(kernelName, 'webgpu');
    const composed = await train();
    for (const kernel of kernels) tf.registerKernel(kernel);

    expect(fused.replayed).toBe(1);
    // What a step uploads are its inputs and the optimiser's factors.
    const bytes = Object.values(inputs).reduce((sum, values) => sum + values.byteLength, 0);
    expect(fused.uploaded).toBe(bytes + 32);
    // A block computes its attention and its activation, and both gradients, in five dispatches in place of more than thirty.
    expect(fused.dispatches).toBeLessThanOrEqual(composed.dispatches - 2 * 25);
    fused.losses.forEach((loss, i) => expect(Math.abs(loss - composed.losses[i])).toBeLessThan(1e-5));
  }, 60_000);
});

it('never had a command refused', async () => {
  const quiet = new Promise((resolve) => { setTimeout(() => resolve('quiet'), 50); });
  expect(await Promise.race([engine.lost, quiet])).toBe('quiet');
});
