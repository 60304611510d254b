import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { notFinite } from '../failures';
import type { AdamWOptions, Optimizer, Params } from '../types';
import { renew, view } from '../wasm/heap';
import { clipFactor, part, stepFactors, type Initial, type State } from './options';

/** Access to the numbers behind tensors whose memory JavaScript can write. */
interface Memory {
  values(tensor: tf.Tensor): Float32Array;
  /** Must be called after the numbers changed. */
  changed(tensor: tf.Tensor): void;
}

/** The memory of the current backend, wasm or cpu. */
function hostMemory(): Memory {
  const backend = tf.backend();
  if (tf.getBackend() === 'wasm') {
    const wasm = backend as BackendWasm;
    return { values: (tensor) => view(wasm, tensor), changed: (tensor) => renew(wasm, tensor) };
  }
  const cpu = backend as unknown as { data: { get(dataId: tf.DataId): { values: Float32Array } } };
  return { values: (tensor) => cpu.data.get(tensor.dataId).values, changed: () => {} };
}

interface Slot {
  key: string;
  param: tf.Tensor;
  ema: tf.Tensor | null;
  first: Float32Array<ArrayBuffer>;
  second: Float32Array<ArrayBuffer>;
}

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2, decay scaled by the learning rate as in PyTorch) with clipping by the global
 * norm and an EMA, in one pass over memory that JavaScript can write: the wasm heap, or the arrays of the cpu oracle.
 */
export class HostOptimizer implements Optimizer {
  readonly params: Params = {};
  private readonly memory = hostMemory();
  private readonly slots: Slot[] = [];
  private steps = 0;

  constructor(initial: Initial, private readonly options: AdamWOptions) {
    for (const [key, { shape, values }] of Object.entries(initial)) {
      const param = tf.keep(tf.tensor(values.slice(), shape, 'float32'));
      const ema = options.ema > 0 ? tf.keep(tf.tensor(values.slice(), shape, 'float32')) : null;
      this.params[key] = param;
      this.slots.push({ key, param, ema, first: new Float32Array(values.length), second: new Float32Array(values.length) });
    }
  }

  ema(): Params {
    return Object.fromEntries(this.slots.map(({ key, param, ema }) => [key, ema ?? param]));
  }

  step(gradients: tf.Tensor[], learningRate: number): void {
    const { memory, options } = this;
    const step = this.steps + 1;
    let squares = 0;
    for (const gradient of gradients) squares += sumOfSquares(memory.values(gradient));
    if (!Number.isFinite(squares)) {
      tf.dispose(gradients);
      throw notFinite(step);
    }
    this.steps = step;
    const factors = stepFactors(options, step);
    const scale = clipFactor(Math.sqrt(squares), options.clip);
    this.slots.forEach(({ param, ema, first, second }, index) => {
      update({
        param: memory.values(param), gradient: memory.values(gradients[index]), first, second, scale,
        beta1: options.beta1, beta2: options.beta2, epsilon: options.epsilon,
        rate: learningRate / factors.correction1, shrink: 1 - learningRate * options.weightDecay,
        secondScale: 1 / factors.correction2,
      });
      memory.changed(param);
      if (ema) {
        average(memory.values(ema), memory.values(param), factors.emaDecay);
        memory.changed(ema);
      }
    });
    tf.dispose(gradients);
  }

  async save(): Promise<State> {
    const arrays: State['arrays'] = {};
    for (const { key, param, ema, first, second } of this.slots) {
      arrays[`p/${key}`] = this.memory.values(param).slice() as Float32Array<ArrayBuffer>;
      arrays[`m/${key}`] = first.slice();
      arrays[`v/${key}`] = second.slice();
      arrays[`e/${key}`] = this.memory.values(ema ?? param).slice() as Float32Array<ArrayBuffer>;
    }
    return { step: this.steps, arrays };
  }

  load(state: State): void {
    for (const { key, param, ema, first, second } of this.slots) {
      this.memory.values(param).set(part(state, `p/${key}`, first.length));
      this.memory.changed(param);
      first.set(part(state, `m/${key}`, first.length));
      second.set(part(state, `v/${key}`, first.length));
      if (ema) {
        this.memory.values(ema).set(part(state, `e/${key}`, first.length));
        this.memory.changed(ema);
      }
    }
    this.steps = state.step;
  }

  dispose(): void {
    for (const { param, ema } of this.slots) tf.dispose(ema ? [param, ema] : [param]);
    this.slots.length = 0;
  }
}

/** Several sums side by side: a single one would wait for each addition, and four lose less to rounding. */
function sumOfSquares(values: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = values.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    a += values[i] * values[i];
    b += values[i + 1] * values[i + 1];
    c += values[i + 2] * values[i + 2];
    d += values[i + 3] * values[i + 3];
  }
  for (let i = whole; i < values.length; i++) a += values[i] * values[i];
  return a + b + (c + d);
}

interface Update {
  param: Float32Array; gradient: Float32Array; first: Float32Array; second: Float32Array;
  scale: number; beta1: number; beta2: number; epsilon: number; rate: number; shrink: number; secondScale: number;
}

function update({ param, gradient, first, second, scale, beta1, beta2, epsilon, rate, shrink, secondScale }: Update): void {
  const keep1 = 1 - beta1;
  const keep2 = 1 - beta2;
  for (let i = 0; i < param.length; i++) {
    const g = gradient[i] * scale;
    const m = beta1 * first[i] + keep1 * g;
    const v = beta2 * second[i] + keep2 * g * g;
    first[i] = m;
    second[i] = v;
    param[i] = shrink * param[i] - (rate * m) / (Math.sqrt(v * secondScale) + epsilon);
  }
}

function average(ema: Float32Array, param: Float32Array, decay: number): void {
  for (let i = 0; i < ema.length; i++) ema[i] += (1 - decay) * (param[i] - ema[i]);
}
