import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine } from './engine.testing';
import { flopsOf } from './flops';
import { ATTENTION } from './gradients/names';
import { conv2d, groupNorm } from './ops';
import { multiHeadAttention } from './ops/attention';
import type { Engine } from './types';

let engine: Engine;

beforeAll(async () => {
  engine = await openTestEngine('wasm');
});

/** Operations counted while `work` runs. */
function counted(work: () => tf.Tensor | tf.Tensor[]): number {
  const before = engine.counters().flops;
  tf.dispose(work());
  return engine.counters().flops - before;
}

describe('the count of operations', () => {
  it.each([
    { stride: 1 as const, pad: 'same' as const, output: 8 * 6 },
    { stride: 2 as const, pad: 'same' as const, output: 4 * 3 },
    { stride: 1 as const, pad: 'valid' as const, output: 6 * 4 },
  ])('is exact for a convolution and its two gradients: %j', ({ stride, pad, output }) => {
    const [n, ci, co] = [2, 5, 3];
    const [x, filter] = [tf.ones([n, 8, 6, ci]), tf.ones([3, 3, ci, co])];
    const each = 2 * n * output * 9 * ci * co;
    expect(counted(() => conv2d(x, filter, { stride, pad }))).toBe(each);
    const all = counted(() => tf.grads((a, b) => conv2d(a, b, { stride, pad }))([x, filter], tf.ones([n, ...(pad === 'valid' ? [6, 4] : stride === 2 ? [4, 3] : [8, 6]), co])));
    // The tape adds an operation an element here and there.
    expect(all).toBeGreaterThanOrEqual(3 * each);
    expect(all).toBeLessThan(3 * each + 2000);
    tf.dispose([x, filter]);
  });

  it.each([[false, false], [true, false], [false, true], [true, true]])('is exact for products with transposed operands: %s, %s', (transposeA, transposeB) => {
    const a = tf.ones(transposeA ? [4, 7, 5] : [4, 5, 7]);
    const b = tf.ones(transposeB ? [4, 3, 7] : [4, 7, 3]);
    expect(counted(() => tf.matMul(a, b, transposeA, transposeB))).toBe(2 * 4 * 5 * 7 * 3);
    tf.dispose([a, b]);
  });

  it('takes one operation an element for the rest, and none for what only moves numbers', () => {
    const [x, y] = [tf.ones([6, 4]), tf.ones([4])];
    expect(counted(() => tf.add(x, y))).toBe(24);
    expect(counted(() => tf.sum(x))).toBe(24);
    expect(counted(() => tf.reshape(tf.transpose(x), [24]))).toBe(0);
    tf.dispose([x, y]);
  });

  it('is that of the products for fused attention, as for its composition', () => {
    const [n, tokens, depth, heads] = [2, 16, 24, 3];
    const q = tf.ones([n, tokens, depth]) as tf.Tensor;
    const products = 4 * n * tokens ** 2 * depth;
    const [fused, composed] = [flopsOf(ATTENTION, { q, k: q, v: q }, { heads }), counted(() => multiHeadAttention(q, q, q, heads))];
    for (const flops of [fused, composed]) {
      expect(flops).toBeGreaterThanOrEqual(products);
      expect(flops).toBeLessThan(1.5 * products);
    }
    q.dispose();
  });

  it('does not count what a fused kernel calls on top of itself', () => {
    const [x, g, b] = [tf.ones([2, 4, 4, 8]), tf.ones([8]), tf.zeros([8])];
    const flops = counted(() => groupNorm(x, g, b, { groups: 2, activation: 'silu' }));
    expect(flops).toBeGreaterThan(5 * x.size);
    expect(flops).toBeLessThan(15 * x.size);
    tf.dispose([x, g, b]);
  });
});
