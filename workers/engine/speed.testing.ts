import * as tf from '@tensorflow/tfjs-core';
import { openTestEngine } from './engine.testing';
import { ReferenceNet } from './reference-net.testing';

/** Milliseconds of the fastest and the middle run. */
export interface Timing {
  fastest: number;
  median: number;
}

/** Processor time, not the clock: other programs on the machine must not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function time(runs: number, work: () => Promise<unknown>): Promise<Timing> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = processorTime();
    await work();
    times.push(processorTime() - start);
  }
  times.sort((a, b) => a - b);
  return { fastest: times[0], median: times[runs >> 1] };
}

/** A full training step of the reference net at batch 32 and inference an image at batch 250 on the wasm engine, in processor time. */
export async function measureSpeed(runs: number): Promise<{ step: Timing; inference: Timing }> {
  const engine = await openTestEngine('wasm');
  const net = new ReferenceNet();
  const optimizer = engine.optimizer(net.initial, { clip: 1, ema: 0.999, weightDecay: 0.01 });
  const batch = net.batch(32, 1);
  const step = await time(runs, () => engine.trainStep(optimizer, 1e-3, (params) => net.loss(params, batch)).loss);
  const many = net.batch(250, 2);
  const inference = await time(Math.ceil(runs / 4), async () => {
    const out = tf.tidy(() => net.forward(optimizer.ema(), many.x, many.e));
    await out.data();
    out.dispose();
  });
  const perImage = ({ fastest, median }: Timing) => ({ fastest: fastest / 250, median: median / 250 });
  return { step, inference: perImage(inference) };
}

if (process.argv[1]?.endsWith('speed.testing.ts')) process.stdout.write(`${JSON.stringify(await measureSpeed(40))}\n`);
