import * as tf from '@tensorflow/tfjs-core';
import { createDiT, ditConfig } from '../../../nets/dit';
import { conditionInputs, conditionShapes } from '../../../nets/net';
import { RandomStream } from '../../../random';
import { ATTENTION, GELU } from '../../gradients/names';
import { openNodeWebGpu } from '../../node-gpu.testing';
import { averagePool2, multiHeadAttention, pixelShuffle, upsample2 } from '../../ops';
import { sizeOf } from '../../ops/shape';
import type { Engine } from '../../types';
import { attach, detach } from './registry';

/** Processor milliseconds, the fastest and the middle of `runs`: other programs on the machine must not count. */
async function time(runs: number, work: () => tf.Tensor | tf.Tensor[]): Promise<{ fastest: number; median: number }> {
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const { user, system } = process.cpuUsage();
    const outputs = tf.tidy(work);
    const last = Array.isArray(outputs) ? outputs[outputs.length - 1] : outputs;
    await last.data();
    const spent = process.cpuUsage({ user, system });
    tf.dispose(outputs);
    times.push((spent.user + spent.system) / 1000);
  }
  // The first run compiles.
  const measured = times.slice(1).sort((a, b) => a - b);
  return { fastest: measured[0], median: measured[runs >> 1] };
}

const stream = new RandomStream(1, 'kernels/speed');
const draw = (shape: number[]) => tf.tensor(stream.normals(new Float32Array(sizeOf(shape))), shape);

/** Runs `work` without the fused kernels of that name. */
async function without<T>(names: string[], work: () => Promise<T>): Promise<T> {
  const kernels = names.map((name) => tf.getKernel(name, 'webgpu'));
  for (const name of names) tf.unregisterKernel(name, 'webgpu');
  const result = await work();
  for (const kernel of kernels) tf.registerKernel(kernel);
  return result;
}

async function attentionTimes(runs: number, images: number, tokens: number, heads: number, width: number): Promise<void> {
  const shape = [images, tokens, heads * width];
  const [q, k, v, dy] = [0, 1, 2, 3].map(() => draw(shape));
  const forward = () => multiHeadAttention(q, k, v, heads);
  const both = () => tf.grads((a, b, c) => multiHeadAttention(a, b, c, heads))([q, k, v], dy);
  for (const [name, work] of [['value', forward], ['value and gradients', both]] as const) {
    const ours = await time(runs, work);
    const composed = await without([ATTENTION], () => time(runs, work));
    report(`attention ${images}x${tokens}, ${heads} heads of ${width}, ${name}`, ours, composed);
  }
  tf.dispose([q, k, v, dy]);
}

function report(name: string, ours: { fastest: number; median: number }, theirs: { fastest: number; median: number }): void {
  process.stdout.write(`${JSON.stringify({ name, ours, theirs, ratio: theirs.median / ours.median })}\n`);
}

async function structureTimes(runs: number): Promise<void> {
  const x = draw([8, 64, 4, 32]);
  const deep = draw([8, 16, 16, 12]);
  const image = draw([8, 16, 16, 64]);
  const wide = draw([64, 768]);
  const cases: [string, () => tf.Tensor | tf.Tensor[]][] = [
    ['transpose 8x64x4x32 by 0,2,1,3', () => tf.transpose(x, [0, 2, 1, 3])],
    ['transpose 8x64x4x32 by 0,2,3,1', () => tf.transpose(x, [0, 2, 3, 1])],
    ['pixelShuffle 8x16x16x12', () => pixelShuffle(deep, 2)],
    ['split 64x768 in 6', () => tf.split(wide, 6, 1)],
    ['concat 2 of 8x16x16x64', () => tf.concat([image, image], 3)],
    ['averagePool2 8x16x16x64', () => averagePool2(image)],
    ['upsample2 8x16x16x64', () => upsample2(image)],
    ['softmax 2048x64', () => tf.softmax(tf.reshape(image, [2048, 64]))],
  ];
  for (const [name, work] of cases) {
    const ours = await time(runs, work);
    detach(tf.backend());
    const theirs = await time(runs, work);
    attach(tf.backend(), true);
    report(name, ours, theirs);
  }
  tf.dispose([x, deep, image, wide]);
}

/** Dispatches and processor time of a replayed training step of a DiT: 64 tokens, width 128, depth 6, batch 8. */
async function stepOf(engine: Engine): Promise<{ dispatches: number; milliseconds: number }> {
  const [images, size] = [8, 32];
  const net = createDiT(ditConfig({ size, channels: 3, classes: 10 }, { width: 128, patch: 4, depth: 6, heads: 4 }));
  const optimizer = engine.optimizer(net.init(stream), { clip: 1, ema: 0.999, weightDecay: 0.01 });
  const shape = [images, size, size, 3];
  const step = engine.compileStep(optimizer, {
    inputs: { x: shape, target: shape, ...conditionShapes(net, images) },
    loss: (params, given) => tf.mean(tf.square(tf.sub(net.apply(params, given.x, given.time, given.labels), given.target))),
  });
  const numbers = () => stream.normals(new Float32Array(sizeOf(shape)));
  const condition = conditionInputs(net, new Float32Array(images).fill(0.5), new Int32Array(images));
  let result = { dispatches: 0, milliseconds: 0 };
  for (let run = 0; run < 4; run++) {
    const before = engine.counters().dispatches;
    const start = process.cpuUsage();
    await step.run({ x: numbers(), target: numbers(), ...condition }, 1e-3).loss;
    const { user, system } = process.cpuUsage(start);
    result = { dispatches: engine.counters().dispatches - before, milliseconds: (user + system) / 1000 };
  }
  step.dispose();
  optimizer.dispose();
  return result;
}

/** Fused attention, moves and a whole transformer step against what stood there before; `--step` adds the last, which takes a minute. */
async function measure(runs: number, step: boolean): Promise<void> {
  const { engine, release } = await openNodeWebGpu();
  await attentionTimes(runs, 8, 64, 4, 32);
  await attentionTimes(runs, 8, 256, 2, 32);
  await structureTimes(runs);
  if (step) {
    process.stdout.write(`${JSON.stringify({ name: 'DiT step', ours: await stepOf(engine), theirs: await without([ATTENTION, GELU], () => stepOf(engine)) })}\n`);
  }
  release();
}

if (process.argv[1]?.endsWith('speed.testing.ts')) await measure(9, process.argv.includes('--step'));
