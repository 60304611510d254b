import { createDiT } from '../../workers/nets/dit';
import { conditionInputs, type DiffusionNet } from '../../workers/nets/net';
import { createUNet } from '../../workers/nets/unet';
import { RandomStream } from '../../workers/random';

export type ProblemName = 'unet' | 'dit';

/** What every contestant trains: the same net, the same initial weights, the same batches. */
export const BATCH = 8;
export const SHAPE = { size: 32, channels: 3, classes: 10 };
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, ema: 0.999 };
export const RATE = 1e-3;

/** The reference U-Net, and a transformer of 64 tokens, width 128 and depth 6. */
export function netOf(problem: ProblemName): DiffusionNet {
  return problem === 'unet'
    ? createUNet({ kind: 'unet', ...SHAPE, width: 32, multipliers: [1, 2, 2], embedding: 128, attention: false })
    : createDiT({ kind: 'dit', ...SHAPE, patch: 4, width: 128, depth: 6, heads: 4, featureDepth: 3 });
}

export function initialOf(net: DiffusionNet): ReturnType<DiffusionNet['init']> {
  const initial = net.init(new RandomStream(1, 'bench/step/init'));
  // What starts at zero in training would leave most of the gradient zero in the first steps, and nothing to compare.
  const stream = new RandomStream(1, 'bench/step/zeros');
  for (const { name, shape, init } of net.specs) {
    if (init === 'zero' && shape.length > 1) initial[name].values.forEach((_, i, all) => { all[i] = 0.02 * stream.normal(); });
  }
  return initial;
}

export interface Batch {
  noisy: Float32Array<ArrayBuffer>;
  target: Float32Array<ArrayBuffer>;
  time: Float32Array<ArrayBuffer>;
  labels: Float32Array<ArrayBuffer>;
}

/** The batch of step `step`, with times and labels as the nets take them in. */
export function batchOf(net: DiffusionNet, step: number): Batch {
  const stream = new RandomStream(step, 'bench/step/batch');
  const size = BATCH * SHAPE.size ** 2 * SHAPE.channels;
  const time = Float32Array.from({ length: BATCH }, () => stream.uniform());
  const labels = Int32Array.from({ length: BATCH }, () => stream.integer(SHAPE.classes));
  const noisy = stream.normals(new Float32Array(size)) as Float32Array<ArrayBuffer>;
  // A target the net can learn, so that the loss falls and a wrong gradient shows.
  return { noisy, target: noisy.map((value) => 0.5 * value), ...conditionInputs(net, time, labels) };
}

/** Step-dependent factors of AdamW and the average, `step` from 1. */
export function factorsOf(step: number): { correction1: number; correction2: number; decay: number } {
  return { correction1: 1 - ADAM.beta1 ** step, correction2: 1 - ADAM.beta2 ** step, decay: Math.min(ADAM.ema, (1 + step) / (10 + step)) };
}
