import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { meanSquare } from '../engine/ops';
import { openNodeWebGpu } from '../engine/node-gpu.testing';
import type { Engine } from '../engine/types';
import { trainingBytes } from '../diffusion/memory';
import { createNet, trainingShape } from '../diffusion/options';
import { ditConfig } from '../nets/dit';
import { conditionInputs, conditionShapes, type DiffusionNet } from '../nets/net';
import { unetConfig } from '../nets/unet';
import { RandomStream } from '../random';

interface Case {
  net: 'unet' | 'dit';
  size: number;
  width: number;
  batch: number;
}

const everything = z.object(trainingShape({ steps: 1, batch: 1 }));

const CASES: readonly Case[] = [
  { net: 'unet', size: 16, width: 32, batch: 8 }, { net: 'unet', size: 16, width: 32, batch: 32 }, { net: 'unet', size: 32, width: 16, batch: 8 },
  { net: 'unet', size: 32, width: 48, batch: 4 }, { net: 'unet', size: 64, width: 16, batch: 2 }, { net: 'dit', size: 16, width: 64, batch: 4 }, { net: 'dit', size: 32, width: 32, batch: 4 },
];

/** Milliseconds that creating pipelines took since; in Node it returns when they are compiled. */
function timeCompilation(): () => number {
  const { device } = tf.backend() as { device?: GPUDevice };
  let total = 0;
  if (device) {
    const create = device.createComputePipeline.bind(device);
    device.createComputePipeline = (descriptor) => {
      const start = performance.now();
      const pipeline = create(descriptor);
      total += performance.now() - start;
      return pipeline;
    };
  }
  return () => total;
}

/** Peak bytes of three training steps of a net above what was alive before, and the time of the first, which compiles what it needs. */
async function trainingPeak(engine: Engine, net: DiffusionNet, batch: number): Promise<{ peak: number; firstMs: number; compileMs: number; pipelines: number }> {
  const { size, channels } = net.config;
  const before = engine.counters().liveBytes;
  const random = new RandomStream(1, 'peak');
  const optimizer = engine.optimizer(net.init(random), { ema: 0.999, clip: 1 });
  const images = [batch, size, size, channels];
  const step = engine.compileStep(optimizer, {
    inputs: { x: images, y: images, ...conditionShapes(net, batch) },
    loss: (params, { x, y, time, labels }) => tf.mean(meanSquare(net.apply(params, x, time, labels), y)),
  });
  const inputs = {
    x: random.normals(new Float32Array(batch * size * size * channels)), y: random.normals(new Float32Array(batch * size * size * channels)),
    ...conditionInputs(net, new Float32Array(batch).fill(0.5), new Int32Array(batch)),
  };
  const compiled = timeCompilation();
  const { pipelines: known } = engine.counters();
  const start = performance.now();
  await step.run(inputs, 1e-4).loss;
  const firstMs = performance.now() - start;
  const compileMs = compiled();
  const pipelines = engine.counters().pipelines - known;
  for (let run = 0; run < 2; run++) await step.run(inputs, 1e-4).loss;
  const peak = engine.counters().peakBytes - before;
  step.dispose();
  optimizer.dispose();
  return { peak, firstMs, compileMs, pipelines };
}

/** Loaded late: tfjs registers its WebGPU kernels only where it finds a device when it is loaded. */
async function openWasm(): Promise<{ engine: Engine; release(): void }> {
  const { openTestEngine } = await import('../engine/engine.testing');
  return { engine: await openTestEngine('wasm'), release: () => undefined };
}

const [kind, ...wanted] = process.argv.slice(2);
for (const one of CASES.filter((_, i) => wanted.length === 0 || wanted.includes(String(i)))) {
  const { net, size, width, batch } = one;
  const opened = kind === 'webgpu' ? await openNodeWebGpu() : await openWasm();
  const shape = { size, channels: 3 as const, classes: 10 };
  const built = createNet(net === 'unet' ? unetConfig(shape, { width, multipliers: [], attention: false }) : ditConfig(shape, { width, patch: 4, depth: 4, heads: 4 }));
  const { peak, firstMs, compileMs, pipelines } = await trainingPeak(opened.engine, built, batch);
  const options = everything.parse({ net, width, batch, steps: 1 });
  const forecast = trainingBytes(options, shape);
  const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 18) / 4;
  console.log(JSON.stringify({ kind, ...one, measuredMb: megabytes(peak), forecastMb: megabytes(forecast), ratio: Math.round((100 * forecast) / peak) / 100, firstStepMs: Math.round(firstMs), compileMs: Math.round(compileMs), pipelines }));
  opened.release();
}
