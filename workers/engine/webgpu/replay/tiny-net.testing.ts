import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '../../../random';
import { addChannelBias, averagePool2, batchNorm, conv2d, groupNorm, linear, scale, softmaxCrossEntropy } from '../../ops';
import type { Initial } from '../../optimizer/options';
import type { CompiledStep, Engine, Optimizer, Params, StepDefinition } from '../../types';

export const BATCH = 3;
const SIDE = 6;
const CLASSES = 3;
const OPTIONS = { clip: 0.5, ema: 0.99, weightDecay: 0.01 };

export type TinyInput = 'images' | 'targets' | 'share';
export type TinyState = 'mean';

/** A classifier with a convolution, both normalisations, pooling, a linear layer, and a running mean as its state. */
export class TinyNet {
  readonly initial: Initial;
  readonly definition: StepDefinition<TinyInput, TinyState>;

  constructor(seed: number, readonly width = 8) {
    const stream = new RandomStream(seed, 'tiny-net');
    const draw = (shape: number[], offset = 0) => ({
      shape,
      values: stream.normals(new Float32Array(shape.reduce((a, b) => a * b, 1))).map((value) => offset + 0.3 * value) as Float32Array<ArrayBuffer>,
    });
    this.initial = {
      w: draw([3, 3, 2, width]), b: draw([width]), g: draw([width], 1), s: draw([width]),
      g2: draw([width], 1), s2: draw([width]), head: draw([width * (SIDE / 2) ** 2, CLASSES]), bias: draw([CLASSES]),
    };
    this.definition = {
      inputs: { images: [BATCH, SIDE, SIDE, 2], targets: [BATCH, CLASSES], share: [1] },
      state: { mean: { shape: [width], values: new Float32Array(width) } },
      loss: (params, inputs, state) => this.loss(params, inputs, state),
    };
  }

  private loss(p: Params, { images, targets, share }: Record<TinyInput, tf.Tensor>, { mean }: Record<TinyState, tf.Tensor>) {
    const hidden = groupNorm(addChannelBias(conv2d(images, p.w, { stride: 1, pad: 'same' }), p.b), p.g, p.s, { groups: 2, activation: 'silu' });
    const batch = batchNorm(averagePool2(hidden), p.g2, p.s2, { mode: 'train' });
    const logits = linear(tf.reshape(batch.y, [BATCH, -1]), p.head, p.bias);
    const next = tf.add(tf.mul(mean, scale(share, -1, 1)), tf.mul(batch.mean, share));
    return { loss: tf.mean(softmaxCrossEntropy(logits, targets)), state: { mean: next } };
  }

  /** Inputs of step `step`. */
  inputs(step: number): Record<TinyInput, Float32Array> {
    const stream = new RandomStream(step, 'tiny-net/batch');
    const targets = new Float32Array(BATCH * CLASSES);
    for (let i = 0; i < BATCH; i++) targets[i * CLASSES + stream.integer(CLASSES)] = 1;
    return { images: stream.normals(new Float32Array(BATCH * SIDE * SIDE * 2)), targets, share: Float32Array.of(Math.max(0.1, 1 / (step + 1))) };
  }

  open(engine: Engine): { optimizer: Optimizer; step: CompiledStep<TinyInput, TinyState> } {
    const optimizer = engine.optimizer(this.initial, OPTIONS);
    return { optimizer, step: engine.compileStep(optimizer, this.definition) };
  }
}

export const rateOf = (step: number): number => 0.02 / (1 + 0.05 * step);

/** Everything a training leaves behind. */
export interface Trained {
  losses: number[];
  weights: Record<string, Float32Array>;
  mean: Float32Array;
}

export async function finish(optimizer: Optimizer, step: CompiledStep<TinyInput, TinyState>, losses: Promise<number>[]): Promise<Trained> {
  const trained = {
    losses: await Promise.all(losses),
    weights: (await optimizer.save()).arrays,
    mean: Float32Array.from(await step.state.mean.data()),
  };
  step.dispose();
  optimizer.dispose();
  return trained;
}

/** The same training by `trainStep` alone, with the state carried by hand. */
export async function trainEagerly(engine: Engine, net: TinyNet, steps: number): Promise<Trained> {
  const optimizer = engine.optimizer(net.initial, OPTIONS);
  const losses: Promise<number>[] = [];
  let mean: tf.Tensor = tf.zeros([net.width]);
  for (let k = 0; k < steps; k++) {
    const given = net.inputs(k);
    let next = mean;
    losses.push(engine.trainStep(optimizer, rateOf(k), (params) => {
      const tensors = Object.fromEntries(Object.entries(net.definition.inputs).map(([name, shape]) =>
        [name, tf.tensor(given[name as TinyInput], shape as number[])])) as Record<TinyInput, tf.Tensor>;
      const result = net.definition.loss(params, tensors, { mean }) as { loss: tf.Tensor; state: { mean: tf.Tensor } };
      next = tf.keep(result.state.mean);
      return result.loss;
    }).loss);
    mean.dispose();
    mean = next;
  }
  const trained = {
    losses: await Promise.all(losses), weights: (await optimizer.save()).arrays, mean: Float32Array.from(await mean.data()),
  };
  mean.dispose();
  optimizer.dispose();
  return trained;
}
