/**
 * What the noise of a training step costs at batch 32 of 32x32x3: `npx tsx workers/diffusion/noise-speed.testing.ts` in milliseconds on the
 * processor and wasm, with `webgpu` behind it in bytes and dispatches on the software adapter.
 */
import * as tf from '@tensorflow/tfjs-core';
import { openNodeWebGpu } from '../engine/node-gpu.testing';
import { RandomStream } from '../random';
import { BatchSource } from './batches';
import { bars, testContext } from './diffusion.testing';
import { noised, noisingShapes, type NoisingInput } from './noising';
import { netOf, objectiveOf } from './options';
import { imageShape, scorerOptions } from './scorer.stage';
import { trainDiffusion } from './train';

const BATCH = 32;
const RUNS = 41;
const data = bars(32, 3, 10, 8);
const options = scorerOptions.parse({ width: 8, multipliers: '1,1', batch: BATCH, previewEvery: 0 });
const objective = objectiveOf(options);

/** Fastest and median milliseconds of processor time, since other programs must not count. */
function time(work: (run: number) => unknown): { fastest: number; median: number } {
  const all = Array.from({ length: RUNS }, (_, run) => {
    const start = process.cpuUsage();
    work(run);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  }).sort((a, b) => a - b);
  return { fastest: all[0], median: all[RUNS >> 1] };
}

async function onProcessor(): Promise<object> {
  // Not before a device could be looked for: opening an engine imports the backend that is only complete where there is one.
  const { openTestEngine } = await import('../engine/engine.testing');
  const engine = await openTestEngine('wasm');
  const out = new Float32Array(BATCH * 32 * 32 * 3);
  const stream = new RandomStream(1, 'noise-speed');
  const batches = new BatchSource(data, data.rows('train'), objective, options, 1, 'noise-speed');
  const shapes = Object.entries(noisingShapes(BATCH, 32, 3)) as [NoisingInput, number[]][];
  const figures = {
    normals: time(() => stream.normals(out)),
    portableNormals: time(() => stream.portableNormals(out)),
    batch: time((run) => batches.batch(run)),
    batchAndNoised: time((run) => {
      const batch = batches.batch(RUNS + run);
      tf.tidy(() => {
        noised(Object.fromEntries(shapes.map(([name, shape]) => [name, tf.tensor(batch[name], shape)])) as Record<NoisingInput, tf.Tensor>);
      });
    }),
  };
  engine.close();
  return figures;
}

/** The difference between a longer and a shorter training, both replayed at the end. */
async function onDevice(): Promise<object> {
  const { engine, release } = await openNodeWebGpu();
  const net = netOf(options, imageShape(data.summary));
  const after = async (steps: number) => {
    const before = engine.counters();
    await trainDiffusion(testContext(engine, data, 1), {
      net, objective, options: { ...options, steps }, rows: data.rows('train'), stream: 'noise-speed',
    });
    const { uploadBytes, dispatches } = engine.counters();
    return { uploadBytes: uploadBytes - before.uploadBytes, dispatches: dispatches - before.dispatches };
  };
  const [short, long] = [await after(4), await after(8)];
  release();
  return { uploadBytes: (long.uploadBytes - short.uploadBytes) / 4, dispatches: (long.dispatches - short.dispatches) / 4 };
}

console.log(JSON.stringify(process.argv[2] === 'webgpu' ? await onDevice() : await onProcessor(), null, 1));
