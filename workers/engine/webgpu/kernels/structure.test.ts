import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../../random';
import { openNodeWebGpu } from '../../node-gpu.testing';
import { sizeOf } from '../../ops/shape';
import type { Engine } from '../../types';
import { kernelErrors } from './check.testing';
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

beforeEach(() => {
  vi.restoreAllMocks();
  attach(tf.backend(), true);
  poison();
});

const stream = new RandomStream(9, 'structure.test');
const draw = (shape: number[]) => stream.normals(new Float32Array(sizeOf(shape)));

/** Numbers of `shape` by their place along each axis. */
function build(shape: number[], value: (place: number[]) => number): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(placeOf(i, shape)));
}

function placeOf(index: number, shape: number[]): number[] {
  const place = shape.map(() => 0);
  for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
    place[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return place;
}

const indexOf = (place: number[], shape: number[]) => place.reduce((index, at, axis) => index * shape[axis] + at, 0);

/** Dispatches that `work` sends. */
function dispatches(work: () => void): number {
  const before = engine.counters().dispatches;
  work();
  return engine.counters().dispatches - before;
}

describe('WebGPU kernels that move values', () => {
  it.each([
    [[3, 5], [1, 0]], [[8, 12], [1, 0]], [[2, 4, 3, 6], [0, 2, 1, 3]], [[2, 5, 3, 8], [0, 2, 1, 3]], [[2, 8, 3, 4], [0, 3, 2, 1]], [[4, 1, 8], [2, 1, 0]],
    [[2, 3, 5, 7], [3, 1, 0, 2]], [[2, 3, 2, 3, 2, 4], [5, 3, 1, 0, 2, 4]], [[2, 3, 2, 4, 2, 4], [0, 5, 4, 3, 2, 1]], [[2, 1, 3, 2, 5, 1], [4, 0, 3, 1, 2, 5]],
    [[1, 1], [1, 0]], [[12, 3, 1, 20], [3, 2, 1, 0]], [[3, 9, 5], [0, 2, 1]],
  ])('transpose %j by %j', async (shape, perm) => {
    const x = draw(shape);
    const turned = perm.map((axis) => shape[axis]);
    const expected = build(turned, (place) => x[indexOf(shape.map((_, axis) => place[perm.indexOf(axis)]), shape)]);
    expect(await kernelErrors('Transpose', { x: [x, shape] }, { perm }, [expected])).toEqual([0]);
  });

  it.each([
    [[7], [2], [3]], [[16], [4], [8]], [[3, 8], [1, 4], [2, 4]], [[3, 8], [1, 3], [2, 4]], [[2, 5, 5, 3], [0, 0, 0, 0], [2, 4, 4, 3]], [[2, 6, 6, 8], [0, 1, 2, 0], [2, 4, 3, 8]],
    [[70000, 2], [66000, 1], [3000, 1]], [[5, 1, 9], [1, 0, 0], [-1, 1, -1]],
  ])('slice %j from %j, sizes %j', async (shape, begin, size) => {
    const x = draw(shape);
    const cut = size.map((side, axis) => (side < 0 ? shape[axis] - begin[axis] : side));
    const expected = build(cut, (place) => x[indexOf(place.map((at, axis) => at + begin[axis]), shape)]);
    expect(await kernelErrors('Slice', { x: [x, shape] }, { begin, size }, [expected])).toEqual([0]);
  });

  it.each([
    [[3], [[1, 2]], 0], [[2, 4], [[0, 0], [4, 8]], 0], [[2, 3, 3, 5], [[0, 0], [1, 1], [2, 0], [0, 0]], 1.5], [[2, 3, 8], [[1, 0], [0, 1], [0, 0]], 0], [[1, 1], [[0, 0], [0, 0]], 0],
  ] as [number[], [number, number][], number][])('pad %j by %j with %d', async (shape, paddings, constantValue) => {
    const x = draw(shape);
    const wide = shape.map((side, axis) => side + paddings[axis][0] + paddings[axis][1]);
    const expected = build(wide, (place) => {
      const own = place.map((at, axis) => at - paddings[axis][0]);
      return own.every((at, axis) => at >= 0 && at < shape[axis]) ? x[indexOf(own, shape)] : constantValue;
    });
    expect(await kernelErrors('PadV2', { x: [x, shape] }, { paddings, constantValue }, [expected])).toEqual([0]);
  });

  it.each([
    [[2, 1, 3], 2, [1, 3, 5]], [[2, 3, 1], 1, [4, 8]], [[1, 3], 0, [2, 1]], [[2, 4, 4], 2, [4, 8, 4]], [[1, 2], 1, [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]],
  ])('join to %j and cut along axis %d: %j', async (shape, axis, sides) => {
    const parts = sides.map((side) => {
      const own = shape.map((size, at) => (at === axis ? side : size));
      return [draw(own), own] as [Float32Array, number[]];
    });
    const total = sides.reduce((sum, side) => sum + side, 0);
    const wide = shape.map((size, at) => (at === axis ? total : size));
    const joined = build(wide, (place) => {
      let [part, at] = [0, place[axis]];
      while (at >= sides[part]) at -= sides[part++];
      return parts[part][0][indexOf(place.map((own, of) => (of === axis ? at : own)), parts[part][1])];
    });
    const inputs = Object.fromEntries(parts.map((part, i) => [String(i), part]));
    expect(await kernelErrors('Concat', inputs, { axis }, [joined])).toEqual([0]);
    const errors = await kernelErrors('SplitV', { x: [joined, wide] }, { numOrSizeSplits: sides, axis }, parts.map(([values]) => values));
    expect(errors).toEqual(sides.map(() => 0));
  });

  it.each([[1, 2, 2, 1], [2, 6, 4, 3], [1, 4, 10, 5], [3, 2, 6, 8]])('pool and double images %dx%dx%dx%d', async (...shape) => {
    const [n, height, width, channels] = shape;
    const half = [n, height / 2, width / 2, channels];
    const [x, small] = [draw(shape), draw(half)];
    const pooled = build(half, ([b, i, j, c]) =>
      [0, 1, 2, 3].reduce((sum, q) => sum + x[indexOf([b, 2 * i + (q >> 1), 2 * j + (q & 1), c], shape)] / 4, 0));
    const doubled = build(shape, ([b, i, j, c]) => small[indexOf([b, i >> 1, j >> 1, c], half)]);
    const [error] = await kernelErrors('AveragePool2', { x: [x, shape] }, {}, [pooled]);
    expect(error).toBeLessThan(4 * 2 ** -24);
    expect(await kernelErrors('Upsample2', { x: [small, half] }, {}, [doubled])).toEqual([0]);
  });

  it.each([
    [[3, 5], true], [[2, 3, 8], true], [[1, 1], true], [[7, 300], true], [[7, 301], false], [[5, 128], false], [[130, 65], false],
  ] as [number[], boolean][])('softmax of %j, software: %s', async (shape, software) => {
    attach(tf.backend(), software);
    const width = shape[shape.length - 1];
    // Beyond what exp can represent, so that only differences from the largest may be used.
    const logits = draw(shape).map((value) => 30 * value + 100);
    const expected = Float64Array.from(logits, (value, i) => {
      const row = logits.subarray(i - (i % width), i - (i % width) + width);
      const top = Math.max(...row);
      return Math.exp(value - top) / row.reduce((sum, other) => sum + Math.exp(other - top), 0);
    });
    const [error] = await kernelErrors('Softmax', { logits: [logits, shape] }, { dim: -1 }, [expected]);
    expect(error).toBeLessThan(64 * 2 ** -24 * Math.sqrt(width));
  });

  it('take one dispatch each', () => {
    const x = tf.zeros([2, 6, 4, 12]);
    expect(tf.tidy(() => dispatches(() => tf.transpose(x, [2, 0, 3, 1])))).toBe(1);
    expect(tf.tidy(() => dispatches(() => tf.split(x, 6, 3)))).toBe(1);
    expect(tf.tidy(() => dispatches(() => tf.concat([x, x, x, x], 1)))).toBe(1);
    expect(tf.tidy(() => dispatches(() => tf.softmax(x)))).toBe(1);
    x.dispose();
  });

  it('leave integers and empty tensors to tfjs', async () => {
    vi.restoreAllMocks();
    const integers = tf.tensor([1, 2, 3, 4, 5, 6], [2, 3], 'int32');
    const turned = tf.transpose(integers);
    expect([...await turned.data()]).toEqual([1, 4, 2, 5, 3, 6]);
    const none = tf.slice(tf.ones([2, 3]), [0, 1], [2, 0]);
    expect(none.shape).toEqual([2, 0]);
  });
});

it('never had a command refused', async () => {
  const quiet = new Promise((resolve) => { setTimeout(() => resolve('quiet'), 50); });
  expect(await Promise.race([engine.lost, quiet])).toBe('quiet');
});
