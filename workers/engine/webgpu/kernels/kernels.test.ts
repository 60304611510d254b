import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../../random';
import { boundsOf, CASES, measureCase } from '../../cases.testing';
import { BIASED_CONV2D, BIASED_MATMUL } from '../../gradients/names';
import { openNodeWebGpu } from '../../node-gpu.testing';
import type { Engine } from '../../types';
import { convolutionReference, outputOf, productReference, reductionReference, type Convolution } from './reference.testing';
import { attach } from './registry';
import { possible, type Tile } from './tile';

let engine: Engine;
let release: () => void;

beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
}, 60_000);

afterAll(() => {
  vi.restoreAllMocks();
  release();
});

const stream = new RandomStream(5, 'kernels.test');

function draw(size: number): Float32Array {
  return stream.normals(new Float32Array(size));
}

const sizeOf = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

/** Every tensor a kernel makes, its result as well as what it needs in between, starts as NaN. */
function poison(): void {
  const backend = tf.backend() as unknown as { makeTensorInfo(shape: number[], dtype: tf.DataType, values?: Float32Array): tf.TensorInfo };
  const make = backend.makeTensorInfo.bind(backend);
  vi.spyOn(backend, 'makeTensorInfo').mockImplementation((shape, dtype, values) =>
    make(shape, dtype, values ?? (dtype === 'float32' ? new Float32Array(sizeOf(shape)).fill(NaN) : undefined)));
}

/**
 * Runs a kernel twice on NaN-filled memory and compares with float64: the largest error in units of what rounding explains, infinite for other bits the
 * second time, another size, or an element that was never written.
 */
async function check(
  name: string, inputs: Record<string, [Float32Array, number[]]>, attrs: Record<string, unknown>, expected: Float64Array, terms: number,
): Promise<number> {
  const run = async () => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([key, [values, shape]]) => [key, tf.tensor(values.slice(), shape)]));
    const out = tf.engine().runKernel(name, tensors, attrs as tf.NamedAttrMap) as tf.Tensor;
    const values = (await out.data()) as Float32Array;
    tf.dispose([out, ...Object.values(tensors)]);
    return values;
  };
  const first = await run();
  const second = await run();
  if (Buffer.compare(Buffer.from(first.buffer), Buffer.from(second.buffer)) !== 0 || first.length !== expected.length) return Infinity;
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const worst = expected.reduce((most, value, i) => Math.max(most, Number.isNaN(first[i]) ? Infinity : Math.abs(first[i] - value)), 0);
  return worst / scale / (32 * 2 ** -24 * Math.sqrt(terms));
}

const CONVOLUTIONS: Convolution[] = [
  { n: 1, h: 5, w: 7, c: 1, k: 3, filters: 1, stride: 1, pad: 'same' },
  { n: 2, h: 5, w: 4, c: 3, k: 3, filters: 5, stride: 2, pad: 'same' },
  { n: 2, h: 6, w: 6, c: 8, k: 3, filters: 12, stride: 2, pad: 'same' },
  { n: 1, h: 9, w: 9, c: 4, k: 3, filters: 9, stride: 1, pad: 'valid' },
  { n: 3, h: 7, w: 5, c: 12, k: 3, filters: 8, stride: 2, pad: 'valid' },
  { n: 1, h: 3, w: 11, c: 5, k: 1, filters: 16, stride: 2, pad: 'same' },
  { n: 9, h: 2, w: 2, c: 16, k: 1, filters: 3, stride: 1, pad: 'same' },
  { n: 2, h: 8, w: 8, c: 36, k: 3, filters: 36, stride: 1, pad: 'same' },
];

function prepare(software: boolean, tile: Tile | null): void {
  vi.restoreAllMocks();
  if (tile) attach(tf.backend(), software).chooser = { choose: ({ vectors, usual }) => (possible(tile, vectors) ? tile : usual) };
  else attach(tf.backend(), software);
  poison();
}

/** A convolution and both its gradients against their definition. */
async function checkConvolution(of: Convolution): Promise<number> {
  const { oh, ow } = outputOf(of);
  const shapes = { x: [of.n, of.h, of.w, of.c], f: [of.k, of.k, of.c, of.filters], y: [of.n, oh, ow, of.filters] };
  const [x, f, y] = [draw(sizeOf(shapes.x)), draw(sizeOf(shapes.f)), draw(sizeOf(shapes.y))];
  const attrs = { strides: of.stride, pad: of.pad, dataFormat: 'NHWC' };
  const taps = of.k * of.k;
  const [bias, plain] = [draw(of.filters), convolutionReference(of, 'y', { x, f })];
  const given: Record<string, [Float32Array, number[]]> = { x: [x, shapes.x], filter: [f, shapes.f] };
  return Math.max(
    await check('Conv2D', given, { ...attrs, dilations: 1 }, plain, taps * of.c),
    await check(BIASED_CONV2D, { ...given, bias: [bias, [of.filters]] }, attrs, plain.map((value, i) => value + bias[i % of.filters]), taps * of.c + 1),
    await check(
      'Conv2DBackpropInput', { dy: [y, shapes.y], filter: [f, shapes.f] }, { ...attrs, inputShape: shapes.x },
      convolutionReference(of, 'x', { y, f }), taps * of.filters,
    ),
    await check(
      'Conv2DBackpropFilter', { x: [x, shapes.x], dy: [y, shapes.y] }, { ...attrs, filterShape: shapes.f },
      convolutionReference(of, 'f', { y, x }), of.n * oh * ow,
    ),
  );
}

/** All four transpositions of a product, with a B for each matrix and with one for all. */
async function checkProduct(of: { batch: number; m: number; k: number; n: number }): Promise<number> {
  const { batch, m, k, n } = of;
  const errors: number[] = [];
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      for (const batchB of new Set([batch, 1])) {
        const [a, b] = [draw(batch * m * k), draw(batchB * k * n)];
        errors.push(await check(
          'BatchMatMul', { a: [a, transposeA ? [batch, k, m] : [batch, m, k]], b: [b, transposeB ? [batchB, n, k] : [batchB, k, n]] },
          { transposeA, transposeB }, productReference(a, b, of, transposeA, transposeB), k,
        ));
      }
    }
  }
  if (batch === 1) {
    const [a, b, bias] = [draw(m * k), draw(k * n), draw(n)];
    const expected = productReference(a, b, of, false, false).map((value, i) => value + bias[i % n]);
    errors.push(await check(BIASED_MATMUL, { a: [a, [m, k]], b: [b, [k, n]], bias: [bias, [n]] }, {}, expected, k + 1));
  }
  return Math.max(...errors);
}

describe.each([['for software adapters', true], ['for graphics cards', false]] as const)('WebGPU kernels %s', (_, software) => {
  beforeEach(() => prepare(software, null));

  it.each(CONVOLUTIONS)('convolve $n x $h x $w x $c, $k x $k to $filters, stride $stride, $pad', async (of) => {
    expect(await checkConvolution(of)).toBeLessThan(1);
  });

  it.each([
    { batch: 1, m: 1, k: 1, n: 1 }, { batch: 2, m: 5, k: 3, n: 7 }, { batch: 3, m: 8, k: 12, n: 16 }, { batch: 1, m: 33, k: 36, n: 65 }, { batch: 1, m: 36, k: 20, n: 68 },
  ])('multiply $batch matrices $m x $k x $n, transposed or not', async (of) => {
    expect(await checkProduct(of)).toBeLessThan(1);
  });

  it.each([
    { shape: [3, 5, 2], axes: [0] }, { shape: [2, 7, 3], axes: [1] }, { shape: [5, 4, 8], axes: [0, 1] }, { shape: [4, 3, 2, 4], axes: [1, 3] },
    { shape: [1537], axes: [0] }, { shape: [4096], axes: [0] }, { shape: [700, 3], axes: [0] }, { shape: [2, 1, 300], axes: [2] },
  ])('reduce $shape over $axes', async ({ shape, axes }) => {
    const x = draw(sizeOf(shape));
    for (const name of ['Sum', 'Mean', 'Max'] as const) {
      const attrs = { axis: axes, reductionIndices: axes, keepDims: false };
      expect(await check(name, { x: [x, shape] }, attrs, reductionReference(x, shape, axes, name), sizeOf(shape))).toBeLessThan(1);
    }
  });

  it.each([
    [[2, 3, 4], [4]], [[2, 3, 4], [3, 1]], [[5], [2, 1]], [[2, 1, 8], [1, 3, 1]], [[3, 1, 5, 1], [1, 2, 1, 7]], [[1], [9]],
  ])('add, subtract, multiply and divide %j and %j', async (aShape, bShape) => {
    const [a, b] = [draw(sizeOf(aShape)), draw(sizeOf(bShape)).map((value) => value + 3 * Math.sign(value))];
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(aShape, bShape);
    const pick = (values: Float32Array, own: number[]) => Float32Array.from({ length: sizeOf(shape) }, (_unused, i) => {
      let [rest, at, stride] = [i, 0, 1];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const size = own[axis - shape.length + own.length] ?? 1;
        at += size === 1 ? 0 : (rest % shape[axis]) * stride;
        stride *= size;
        rest = Math.floor(rest / shape[axis]);
      }
      return values[at];
    });
    const [left, right] = [pick(a, aShape), pick(b, bShape)];
    const operations = { Add: (p: number, q: number) => p + q, Sub: (p: number, q: number) => p - q, Multiply: (p: number, q: number) => p * q, RealDiv: (p: number, q: number) => p / q };
    for (const [name, apply] of Object.entries(operations)) {
      const expected = Float64Array.from(left, (value, i) => apply(value, right[i]));
      expect(await check(name, { a: [a, aShape], b: [b, bShape] }, {}, expected, 1)).toBeLessThan(1);
    }
  });

  it('keep a NaN within its own image', async () => {
    const x = tf.tensor4d(draw(2 * 4 * 4 * 4).fill(NaN, 0, 64), [2, 4, 4, 4]);
    const out = tf.conv2d(x, tf.tensor4d(draw(9 * 4 * 4), [3, 3, 4, 4]), 1, 'same');
    const values = await out.data();
    expect(values.slice(0, 64).every(Number.isNaN)).toBe(true);
    expect(values.slice(64).every(Number.isFinite)).toBe(true);
  });

  const composed = CASES.filter(({ name }) => /Norm .*(x8|x4)|silu|Pool2|upsample2|attention 1/.test(name));
  it.each(composed.map((operation) => [operation.name, operation] as const))('%s: value, gradient, second-order gradient', async (_name, operation) => {
    const errors = await measureCase(operation);
    const bounds = boundsOf(operation);
    expect(errors.value).toBeLessThan(bounds.value);
    expect(errors.gradient).toBeLessThan(bounds.gradient);
    expect(errors.second).toBeLessThan(bounds.second);
  });

  it('normalise groups large enough for every lane to have work', async () => {
    const [shape, groups] = [[2, 10, 10, 24], 2];
    const x = draw(sizeOf(shape)).map((value) => value + 50);
    const standard = Float64Array.from(x);
    for (let image = 0; image < 2; image++) for (let group = 0; group < groups; group++) {
      const own = [...x.keys()].filter((i) => Math.floor(i / 2400) === image && Math.floor((i % 24) / 12) === group);
      const mean = own.reduce((sum, i) => sum + x[i], 0) / own.length;
      const variance = own.reduce((sum, i) => sum + (x[i] - mean) ** 2, 0) / own.length;
      for (const i of own) standard[i] = (x[i] - mean) / Math.sqrt(variance + 1e-5);
    }
    const affine = { gamma: [new Float32Array(24).fill(1), [24]], beta: [new Float32Array(24), [24]] } as Record<string, [Float32Array, number[]]>;
    // A mean of fifty deviations costs that many roundings.
    const attrs = { groups, epsilon: 1e-5, activation: 'none' };
    expect(await check('GroupNorm', { x: [x, [2, 100, 24]], ...affine }, attrs, standard, 50 * 50)).toBeLessThan(1);
  });
});

describe.each([
  { rows: 4, columns: 4, shared: false }, { rows: 8, columns: 4, shared: false }, { rows: 4, columns: 8, shared: false }, { rows: 8, columns: 8, shared: false },
  { rows: 4, columns: 8, shared: true }, { rows: 8, columns: 4, shared: true }, { rows: 16, columns: 4, shared: false, across: 1 },
  { rows: 4, columns: 16, shared: true }, { rows: 4, columns: 4, shared: true, side: 16, depth: 16 }, { rows: 8, columns: 8, shared: true, side: 16, depth: 8 },
  { rows: 8, columns: 4, shared: true, side: 8, depth: 16 },
])('tiles of %o', (tile) => {
  beforeEach(() => prepare(false, tile));

  it('convolve', async () => {
    expect(await checkConvolution({ n: 1, h: 6, w: 9, c: 36, k: 3, filters: 4, stride: 1, pad: 'same' })).toBeLessThan(1);
    expect(await checkConvolution({ n: 2, h: 3, w: 11, c: 4, k: 3, filters: 36, stride: 2, pad: 'same' })).toBeLessThan(1);
  });

  it('multiply', async () => {
    expect(await checkProduct({ batch: 1, m: 36, k: 12, n: 4 })).toBeLessThan(1);
    expect(await checkProduct({ batch: 2, m: 4, k: 12, n: 36 })).toBeLessThan(1);
  });
});

it('never had a command refused', async () => {
  // `lost` resolves at the first error nobody catches.
  const quiet = new Promise((resolve) => { setTimeout(() => resolve('quiet'), 50); });
  expect(await Promise.race([engine.lost, quiet])).toBe('quiet');
});
