import * as tf from '@tensorflow/tfjs-core';
import { meanSquare } from '../../workers/engine/ops';
import type { InitialParams } from '../../workers/nets/init';
import { conditionInputs, conditionShapes, type DiffusionNet } from '../../workers/nets/net';
import { RandomStream } from '../../workers/random';
import type { Ops } from './ops';
import { BATCH, SHAPE, type Optimization, type Problem } from './problem';

const OPTIMIZATION: Optimization = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, ema: 0.999 };

/** A diffusion net from another library's operations; see `diffusionProblem`. */
export type Apply = <T>(ops: Ops<T>, p: Record<string, T>, x: T, condition: T, constants: Record<string, T>) => T;

function initialOf(net: DiffusionNet): InitialParams {
  const initial = net.init(new RandomStream(1, 'bench/step/init'));
  // What starts at zero in training would leave most of the gradient zero in the first steps, and nothing to compare.
  const stream = new RandomStream(1, 'bench/step/zeros');
  for (const { name, shape, init } of net.specs) {
    if (init === 'zero' && shape.length > 1) initial[name].values.forEach((_, i, all) => { all[i] = 0.02 * stream.normal(); });
  }
  return initial;
}

/** The vector that every block is modulated with, as `conditioning` of the nets makes it. */
function conditioning<T>(ops: Ops<T>, p: Record<string, T>, time: T, labels: T): T {
  const hidden = ops.silu(ops.dense(time, p['time/0/w'], p['time/0/b']));
  return ops.silu(ops.add(ops.dense(hidden, p['time/1/w'], p['time/1/b']), ops.rows(labels, p.class)));
}

/**
 * One training step of a diffusion net under AdamW with an average. Noisy images and targets come from outside for all, so that what
 * is measured is the step; a target that the net can learn makes the loss fall, and a wrong gradient show.
 */
export function diffusionProblem(net: DiffusionNet, apply: Apply, constants: Problem['constants'] = {}): Problem {
  const images = [BATCH, SHAPE.size, SHAPE.size, SHAPE.channels];
  return {
    device: 'webgpu',
    initial: initialOf(net),
    constants,
    inputs: { noisy: images, target: images, ...conditionShapes(net, BATCH) },
    images: ['noisy', 'target'],
    optimization: OPTIMIZATION,
    batch(step) {
      const stream = new RandomStream(step, 'bench/step/batch');
      const time = Float32Array.from({ length: BATCH }, () => stream.uniform());
      const labels = Int32Array.from({ length: BATCH }, () => stream.integer(SHAPE.classes));
      const noisy = stream.normals(new Float32Array(images.reduce((product, side) => product * side, 1))) as Float32Array<ArrayBuffer>;
      return { noisy, target: noisy.map((value) => 0.5 * value), ...conditionInputs(net, time, labels) };
    },
    loss: (ops, p, { noisy, target, time, labels }, given) =>
      ops.meanSquare(apply(ops, p, noisy, conditioning(ops, p, time, labels), given), target),
    ours: (p, { noisy, target, time, labels }) => tf.mean(meanSquare(net.apply(p, noisy, time, labels), target)),
  };
}
