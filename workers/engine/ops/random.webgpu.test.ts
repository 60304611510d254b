import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../random';
import { openNodeWebGpu } from '../node-gpu.testing';
import { linear, normal, uniform } from '../ops';
import type { Engine } from '../types';

let engine: Engine;
let release: () => void;

// Opening compiles the shaders of the self-test.
beforeAll(async () => {
  ({ engine, release } = await openNodeWebGpu());
}, 60_000);

afterAll(() => release());

const DRAWS = {
  uniform: { device: uniform, host: (stream: RandomStream, out: Float32Array) => stream.uniforms(out) },
  normal: { device: normal, host: (stream: RandomStream, out: Float32Array) => stream.portableNormals(out) },
};

function streamAt(position: number): RandomStream {
  const stream = new RandomStream(0xdeadbeef, 'device');
  stream.position = position;
  return stream;
}

async function drawn(kind: keyof typeof DRAWS, shape: number[], stream: RandomStream): Promise<Float32Array> {
  const key = tf.tensor1d(stream.key());
  const out = DRAWS[kind].device(shape, key);
  const values = Float32Array.from(await out.data());
  tf.dispose([key, out]);
  return values;
}

describe.each(['uniform', 'normal'] as const)('%s numbers of the device are bits of the host', (kind) => {
  it.each([
    // Whole blocks, odd sizes, and places in the middle of a block.
    [0, [8, 16]], [4, [7]], [1, [64]], [2, [3, 5]], [3, [66]],
    // The block's number leaves 32 bits within the draw; so does the position; and both high words are in use.
    [2 ** 34 - 20, [64]], [2 ** 34 - 21, [63]], [2 ** 32 - 6, [16]], [2 ** 51 + 12, [16]],
  ])('from position %d, shape %j', async (position, shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const host = DRAWS[kind].host(streamAt(position), new Float32Array(size));
    expect(Buffer.from((await drawn(kind, shape, streamAt(position))).buffer).equals(Buffer.from(host.buffer))).toBe(true);
  });
});

it('goes on past the first row of workgroups', async () => {
  const size = 65_535 * 64 * 4 + 64;
  const tail = streamAt(8 + size - 96).uniforms(new Float32Array(96));
  expect((await drawn('uniform', [size], streamAt(8))).slice(-96)).toEqual(tail);
});

it('takes another place every run of a compiled step, with the bits of eager training', async () => {
  const initial = { w: { shape: [4, 3], values: new Float32Array(12).fill(0.5) } };
  const definition = {
    inputs: { x: [8, 4], key: [8] },
    loss: ({ w }: Record<string, tf.Tensor>, { x, key }: Record<'x' | 'key', tf.Tensor>) => {
      const noisy = tf.add(x, normal([8, 4], key));
      return tf.mean(tf.square(tf.sub(linear(noisy, w), uniform([8, 3], key))));
    },
  };
  const inputs = (step: number) => ({ x: new Float32Array(32).fill(0.1 * step), key: streamAt(32 * step).key() });
  const optimizers = [engine.optimizer(initial, {}), engine.optimizer(initial, {})];
  const step = engine.compileStep(optimizers[0], definition);
  const before = engine.counters().steps.replayed;
  const losses: number[] = [];
  for (let k = 0; k < 12; k++) losses.push(await step.run(inputs(k), 0.05).loss);
  expect(engine.counters().steps.replayed - before).toBe(10);
  const eager: number[] = [];
  for (let k = 0; k < 12; k++) {
    const { x, key } = inputs(k);
    eager.push(await engine.trainStep(optimizers[1], 0.05, (params) =>
      definition.loss(params, { x: tf.tensor(x, [8, 4]), key: tf.tensor(key) })).loss);
  }
  expect(losses).toEqual(eager);
  expect(new Set(losses).size).toBe(12);
  expect((await optimizers[0].save()).arrays).toEqual((await optimizers[1].save()).arrays);
  step.dispose();
  optimizers.forEach((optimizer) => optimizer.dispose());
});
