import * as tf from '@tensorflow/tfjs-core';
import { notFinite } from '../failures';
import type { AdamWOptions, Optimizer, Params } from '../types';
import { hostMemory } from './memory';
import { clipFactor, part, stepFactors, type Initial, type State } from './options';

interface Slot {
  key: string;
  param: tf.Tensor;
  ema: tf.Tensor | null;
  first: tf.Tensor;
  second: tf.Tensor;
}

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2, decay scaled by the learning rate as in PyTorch) with clipping by the global norm and an EMA,
 * in place in memory that JavaScript can reach: the wasm heap, or the arrays of the cpu oracle.
 *
 * g <- g min(1, clip / (|g| + 1e-6)); m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g^2;
 * p <- (1 - lr wd) p - lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + eps); e <- d e + (1 - d) p
 */
export class HostOptimizer implements Optimizer {
  readonly params: Params = {};
  private readonly memory = hostMemory();
  private readonly slots: Slot[] = [];
  private steps = 0;

  constructor(initial: Initial, private readonly options: AdamWOptions) {
    // Copies, since the cpu backend keeps the very array it is given.
    const keep = (values: Float32Array, shape: number[]) => tf.keep(tf.tensor(values.slice(), shape, 'float32'));
    for (const [key, { shape, values }] of Object.entries(initial)) {
      const zeros = new Float32Array(values.length);
      const param = keep(values, shape);
      const ema = options.ema > 0 ? keep(values, shape) : null;
      this.slots.push({ key, param, ema, first: keep(zeros, shape), second: keep(zeros, shape) });
      this.params[key] = param;
    }
  }

  ema(): Params {
    return Object.fromEntries(this.slots.map(({ key, param, ema }) => [key, ema ?? param]));
  }

  /** @throws RetortError `nan-loss` when a gradient is not finite; parameters and state are then as before. */
  step(gradients: tf.Tensor[], learningRate: number): void {
    const { memory, options } = this;
    const step = this.steps + 1;
    const squares = gradients.reduce((sum, gradient) => sum + memory.sumOfSquares(gradient), 0);
    if (!Number.isFinite(squares)) {
      tf.dispose(gradients);
      throw notFinite(step);
    }
    this.steps = step;
    const { correction1, correction2, emaDecay } = stepFactors(options, step);
    const factors = {
      scale: clipFactor(Math.sqrt(squares), options.clip),
      beta1: options.beta1, beta2: options.beta2, epsilon: options.epsilon,
      rate: learningRate / correction1, shrink: 1 - learningRate * options.weightDecay, secondScale: 1 / correction2,
    };
    this.slots.forEach(({ param, ema, first, second }, index) => {
      memory.update({ param, gradient: gradients[index], first, second }, factors);
      memory.changed(param);
      if (ema) {
        memory.average(ema, param, 1 - emaDecay);
        memory.changed(ema);
      }
    });
    tf.dispose(gradients);
  }

  async save(): Promise<State> {
    const arrays: State['arrays'] = {};
    const copy = (tensor: tf.Tensor) => this.memory.values(tensor).slice() as Float32Array<ArrayBuffer>;
    for (const { key, param, ema, first, second } of this.slots) {
      arrays[`p/${key}`] = copy(param);
      arrays[`m/${key}`] = copy(first);
      arrays[`v/${key}`] = copy(second);
      arrays[`e/${key}`] = copy(ema ?? param);
    }
    return { step: this.steps, arrays };
  }

  load(state: State): void {
    for (const { key, param, ema, first, second } of this.slots) {
      const fill = (tensor: tf.Tensor, name: string) => {
        this.memory.values(tensor).set(part(state, name, tensor.size));
        this.memory.changed(tensor);
      };
      fill(param, `p/${key}`);
      fill(first, `m/${key}`);
      fill(second, `v/${key}`);
      if (ema) fill(ema, `e/${key}`);
    }
    this.steps = state.step;
  }

  dispose(): void {
    for (const { param, ema, first, second } of this.slots) tf.dispose(ema ? [param, ema, first, second] : [param, first, second]);
    this.slots.length = 0;
  }
}
