import * as tf from '@tensorflow/tfjs-core';
import { parseArgs } from 'node:util';
import { openNodeWebGpu } from '../workers/engine/node-gpu.testing';
import type { Engine, Params } from '../workers/engine/types';
import { attach } from '../workers/engine/webgpu/kernels/registry';
import { wordsOf } from '../workers/engine/webgpu/kernels/half';
import { span } from '../workers/engine/webgpu/kernels/tile';
import type { Tiled } from '../workers/engine/webgpu/kernels/tiled';
import { NETS, type NetName } from './kernels-trace';

const RATE = 1e-3;

interface Measured {
  losses: number[];
  /** Bytes of operands that the threads of all products load, each operand once for every tile beside or below it. */
  loadBytes: number;
  /** Bytes of operands if every product read each once, and those that packing reads and writes. */
  operandBytes: number;
  packBytes: number;
  dispatches: number;
  /** Bytes a compiled step reserves beside parameters and optimiser. */
  stepBytes: number;
  /** Processor time of the fastest replayed step. */
  ms: number;
}

/** Trains a net on one batch, in f32 or with operands in halves. */
async function train(engine: Engine, name: NetName, storage: 'f32' | 'f16', steps: number): Promise<Measured> {
  const gpu = attach(tf.backend(), true);
  gpu.storage = storage;
  let [loadBytes, operandBytes, packBytes] = [0, 0, 0];
  gpu.chooser = {
    choose: (kernel: Tiled) => {
      operandBytes += 4 * (kernel.sizes[0] + kernel.sizes[1]);
      const { rows, columns } = span(kernel.usual);
      loadBytes += (kernel.flops / 2) * (wordsOf(kernel.format.a, 4) / columns + wordsOf(kernel.format.b, 4) / rows);
      return kernel.usual;
    },
  };
  const run = gpu.run.bind(gpu);
  gpu.run = (program, tensors, uniform) => {
    if (program.key.startsWith('pack ')) packBytes += 4 * tensors.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
    run(program, tensors, uniform);
  };
  const { params, loss } = NETS[name]();
  const initial: Parameters<Engine['optimizer']>[0] = {};
  for (const [key, tensor] of Object.entries(params)) initial[key] = { shape: tensor.shape, values: (await tensor.data()) as Float32Array<ArrayBuffer> };
  const optimizer = engine.optimizer(initial, {});
  const live = engine.counters().liveBytes;
  const compiled = engine.compileStep(optimizer, { inputs: {}, loss: (given: Params) => loss(given), submitBudget: Infinity });
  const measured: Measured = { losses: [], loadBytes: 0, operandBytes: 0, packBytes: 0, dispatches: 0, stepBytes: 0, ms: Infinity };
  for (let step = 0; step < steps; step++) {
    const before = engine.counters();
    const start = process.cpuUsage();
    measured.losses.push(await compiled.run({}, RATE).loss);
    const { user, system } = process.cpuUsage(start);
    const after = engine.counters();
    if (step === 0) Object.assign(measured, { loadBytes, operandBytes, packBytes });
    if (after.steps.replayed > before.steps.replayed) {
      measured.ms = Math.min(measured.ms, (user + system) / 1000);
      measured.dispatches = after.dispatches - before.dispatches;
      measured.stepBytes = after.liveBytes - live;
    }
  }
  compiled.dispose();
  optimizer.dispose();
  tf.dispose(Object.values(params));
  return measured;
}

/** Options: `--nets unet,dit`, `--steps N` (8), of which the first two or three are not replayed. */
async function measure(argv: string[], log: (line: string) => void): Promise<Record<string, unknown>> {
  const { values } = parseArgs({ args: argv, options: { nets: { type: 'string', default: 'unet,dit' }, steps: { type: 'string', default: '8' } } });
  const { engine, release } = await openNodeWebGpu();
  const results: Record<string, unknown> = {};
  for (const net of values.nets.split(',') as NetName[]) {
    const single = await train(engine, net, 'f32', Number(values.steps));
    const half = await train(engine, net, 'f16', Number(values.steps));
    const off = Math.max(...half.losses.map((loss, i) => Math.abs(loss / single.losses[i] - 1)));
    results[net] = {
      f32: single, f16: half,
      ratios: {
        loadBytes: (half.loadBytes + half.packBytes) / single.loadBytes, operandBytes: (half.operandBytes + half.packBytes) / single.operandBytes, stepBytes: half.stepBytes / single.stepBytes,
        dispatches: half.dispatches / single.dispatches, ms: half.ms / single.ms, lossOff: off,
      },
    };
    log(`${net}: ${JSON.stringify((results[net] as { ratios: unknown }).ratios)}`);
  }
  const { adapter } = engine.verdict;
  release();
  return { adapter, clock: 'processor', ...results };
}

process.stdout.write(JSON.stringify(await measure(process.argv.slice(2), (line) => process.stderr.write(`${line}\n`))));
