import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine } from '../engine/engine.testing';
import type { Engine, Params } from '../engine/types';
import { RandomStream } from '../random';
import { createDiT, ditConfig, positions } from './dit';
import { initialise, sizeOf } from './init';
import { forwardFlops, NULL_LABEL, parameterCount, timeEmbedding, type DiffusionNet } from './net';
import { createUNet, unetConfig, type UNetConfig } from './unet';

let engine: Engine;
beforeAll(async () => { engine = await openTestEngine('cpu'); });
afterAll(() => engine.close());

const AUTO = { width: 0, multipliers: [], attention: false };

function tinyUNet(size = 16, change: Partial<UNetConfig> = {}): DiffusionNet {
  const config = unetConfig({ size, channels: 1, classes: 3 }, { ...AUTO, width: 8 });
  return createUNet({ ...config, embedding: 8, ...change });
}

function tinyDiT(size = 16): DiffusionNet {
  return createDiT(ditConfig({ size, channels: 1, classes: 3 }, { width: 8, patch: 4, depth: 2, heads: 2 }));
}

/** Weights without the zeros of a fresh net, which hide most of it. */
function randomParams(net: DiffusionNet): Params {
  const draws = initialise(net.specs.map((spec) => ({ ...spec, init: 'normal' as const })), new RandomStream(7, 'test/params'));
  return Object.fromEntries(Object.entries(draws).map(([name, { shape, values }]) =>
    [name, tf.tensor(values.map((value) => value * 0.3), shape)]));
}

function images(net: DiffusionNet, count: number): tf.Tensor {
  const { size, channels } = net.config;
  return tf.tensor(new RandomStream(3, 'test/images').normals(new Float32Array(count * size * size * channels)), [count, size, size, channels]);
}

const times = Float32Array.of(0.1, 0.9);
const labels = Int32Array.of(2, NULL_LABEL);

describe('the measured net', () => {
  const net = createUNet(unetConfig({ size: 16, channels: 1, classes: 10 }, AUTO));

  it('has the size and cost of the one that was measured, 444k parameters and 18.1 MFLOP', () => {
    expect(Math.abs(parameterCount(net) / 444e3 - 1)).toBeLessThan(0.05);
    expect(Math.abs(forwardFlops(net) / 18.1e6 - 1)).toBeLessThan(0.05);
  });

  it.each([
    [16, 32, 4], [20, 40, 5], [32, 48, 8], [64, 48, 8], [100, 48, 7], [128, 48, 8],
  ])('at %i px is %i wide and goes down to a side of %i', (size, width, coarsest) => {
    const { config } = createUNet(unetConfig({ size, channels: 3, classes: 2 }, AUTO));
    let side = size / 2;
    for (let level = 1; level < config.multipliers.length; level++) side = Math.ceil(side / 2);
    expect([config.width, side]).toEqual([width, coarsest]);
  });
});

describe('operation count', () => {
  it('is twice the multiply-accumulates of every layer', () => {
    const net = createUNet({
      kind: 'unet', size: 16, channels: 1, classes: 2, width: 8, multipliers: [1], embedding: 4, attention: false,
    });
    const sites = 64;
    const block = (from: number) => sites * (9 * from * 8 + 9 * 8 * 8 + (from === 8 ? 0 : from * 8)) + 4 * 16;
    const macs = 2 * 4 * 4 + sites * 9 * 4 * 8 + block(8) + block(8) + block(16) + sites * 9 * 8 * 4;
    expect(forwardFlops(net)).toBe(2 * macs);
  });

  it('counts attention products, which have no parameters', () => {
    const without = tinyUNet();
    const attended = tinyUNet(16, { attention: true });
    const projections = attended.specs.filter(({ name }) => /^attention\/(q|k|v|out)\/w$/.test(name));
    const macs = projections.reduce((sum, { shape }) => sum + sizeOf(shape) * 16, 0) + 2 * 16 * 16 * 16;
    expect(forwardFlops(attended) - forwardFlops(without)).toBe(2 * macs);
  });
});

describe.each([['U-Net', tinyUNet], ['DiT', tinyDiT]] as const)('%s', (_name, create) => {
  it('starts with an output of zero and draws the same weights for the same seed', async () => {
    const net = create();
    const first = net.init(new RandomStream(1, 'init'));
    expect(Object.keys(first)).toEqual(net.specs.map(({ name }) => name));
    expect(net.init(new RandomStream(1, 'init'))).toEqual(first);
    expect(net.init(new RandomStream(2, 'init'))).not.toEqual(first);
    const params = Object.fromEntries(Object.entries(first).map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]));
    expect(Math.max(...await tf.abs(net.apply(params, images(net, 2), times, labels)).data())).toBe(0);
  });

  it.each([16, 20, 28, 36, 44])('keeps the shape of %i px images', (size) => {
    const net = create(size);
    const { output, features } = net.applyWithFeatures(randomParams(net), images(net, 2), times, labels);
    expect(output.shape).toEqual([2, size, size, 1]);
    expect(features.shape[0]).toBe(2);
    expect(Number.isFinite(tf.sum(output).dataSync()[0])).toBe(true);
  });

  it('has gradients that match finite differences along a random direction', async () => {
    const net = create();
    const params = randomParams(net);
    const names = Object.keys(params);
    const x = images(net, 2);
    const goal = tf.slice(images(net, 3), [1, 0, 0, 0], [2, 16, 16, 1]);
    const loss = (p: Params): tf.Scalar => tf.mean(tf.square(tf.sub(net.apply(p, x, times, labels), goal)));
    const gradients = tf.grads((...values: tf.Tensor[]) => loss(Object.fromEntries(names.map((name, i) => [name, values[i]]))))(
      names.map((name) => params[name]),
    );
    const stream = new RandomStream(5, 'test/direction');
    const direction = names.map((name) => tf.tensor(stream.normals(new Float32Array(params[name].size)), params[name].shape));
    let slope = 0;
    for (let i = 0; i < names.length; i++) slope += (await tf.sum(tf.mul(gradients[i], direction[i])).data())[0];
    const at = async (h: number): Promise<number> =>
      (await loss(Object.fromEntries(names.map((name, i) => [name, tf.add(params[name], tf.mul(direction[i], h))]))).data())[0];
    const h = 1e-3;
    const difference = (await at(h) - await at(-h)) / (2 * h);
    expect(Math.abs(slope)).toBeGreaterThan(0.01);
    expect(Math.abs(difference / slope - 1)).toBeLessThan(0.02);
  });

  it('computes every image on its own', async () => {
    const net = create();
    const params = randomParams(net);
    const x = images(net, 2);
    const together = await net.apply(params, x, times, labels).data();
    const alone = await net.apply(params, tf.slice(x, [1, 0, 0, 0], [1, 16, 16, 1]), times.slice(1), labels.slice(1)).data();
    expect(together.slice(256)).toEqual(alone);
  });

  it('answers to time and label, and takes the last row of the table for no label', async () => {
    const net = create();
    const params = randomParams(net);
    const x = images(net, 1);
    const at = (t: number, label: number, p = params) => net.apply(p, x, Float32Array.of(t), Int32Array.of(label)).data();
    const base = await at(0.5, 1);
    expect(await at(0.6, 1)).not.toEqual(base);
    expect(await at(0.5, 2)).not.toEqual(base);
    const width = params.class.size / 4;
    const table = tf.concat([tf.slice(params.class, [0, 0], [3, width]), tf.slice(params.class, [1, 0], [1, width])]);
    expect(await at(0.5, NULL_LABEL, { ...params, class: table })).toEqual(base);
  });
});

it('attention and odd sides work together', () => {
  const net = tinyUNet(36, { attention: true, multipliers: [1, 2, 2] });
  expect(net.apply(randomParams(net), images(net, 1), times.slice(0, 1), labels.slice(0, 1)).shape).toEqual([1, 36, 36, 1]);
});

describe('configurations that cannot work', () => {
  const shape = { channels: 1, classes: 2 };
  it.each([
    ['net-size', () => createUNet(unetConfig({ size: 18, ...shape }, AUTO))],
    ['net-size', () => createUNet(unetConfig({ size: 132, ...shape }, AUTO))],
    ['net-width', () => createUNet(unetConfig({ size: 16, ...shape }, { ...AUTO, width: 12 }))],
    ['net-levels', () => createUNet(unetConfig({ size: 16, ...shape }, { ...AUTO, multipliers: [1, 1, 1, 1, 1] }))],
    ['net-patch', () => createDiT(ditConfig({ size: 18, ...shape }, { width: 0, patch: 4, depth: 1, heads: 1 }))],
    ['net-heads', () => createDiT(ditConfig({ size: 16, ...shape }, { width: 20, patch: 4, depth: 1, heads: 8 }))],
  ])('%s', (code, create) => {
    expect(create).toThrow(expect.objectContaining({ code }));
  });
});

it('embeds time as sinusoids of 1000 t', () => {
  const embedded = timeEmbedding(Float32Array.of(0, 0.25), 4);
  const expected = [1, 1, 0, 0, Math.cos(250), Math.cos(2.5), Math.sin(250), Math.sin(2.5)];
  expected.forEach((value, i) => expect(embedded[i]).toBeCloseTo(value, 6));
});

it('gives every patch a position of its own, column first', () => {
  const table = positions(3, 8);
  const row = (token: number) => table.slice(token * 8, token * 8 + 8);
  expect(new Set(Array.from({ length: 9 }, (_, token) => row(token).join())).size).toBe(9);
  expect(row(5)[0]).toBeCloseTo(Math.sin(2), 6);
  expect(row(5)[4]).toBeCloseTo(Math.sin(1), 6);
});
