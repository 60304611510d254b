import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineVerdict } from '../protocol';
import { notFinite } from './failures';
import { HostOptimizer } from './optimizer/host';
import { ADAMW_DEFAULTS, type Initial } from './optimizer/options';
import { WebGpuOptimizer } from './optimizer/webgpu';
import type { AdamWOptions, Engine, Optimizer, Params, StepResult } from './types';

/** An opened and proven tfjs backend. */
export class TensorEngine implements Engine {
  private steps = 0;

  constructor(readonly verdict: EngineVerdict, readonly lost: Promise<string>, private readonly shut: () => void) {}

  optimizer(initial: Initial, options: Partial<AdamWOptions>): Optimizer {
    const all = { ...ADAMW_DEFAULTS, ...options };
    return this.verdict.kind === 'webgpu'
      ? new WebGpuOptimizer(tf.backend() as WebGPUBackend, initial, all)
      : new HostOptimizer(initial, all);
  }

  trainStep(optimizer: Optimizer, learningRate: number, loss: (params: Params) => tf.Tensor): StepResult {
    const step = ++this.steps;
    const { value, gradients } = differentiate(optimizer.params, loss);
    if (this.verdict.kind === 'webgpu') {
      optimizer.step(gradients, learningRate);
      return { loss: handled(readLoss(value, step)) };
    }
    const [now] = value.dataSync();
    value.dispose();
    if (!Number.isFinite(now)) {
      tf.dispose(gradients);
      return { loss: handled(Promise.reject(notFinite(step))) };
    }
    optimizer.step(gradients, learningRate);
    return { loss: Promise.resolve(now) };
  }

  bytes(): number {
    return tf.memory().numBytes;
  }

  close(): void {
    this.shut();
  }
}

/** The scalar loss and its gradients in the order of `params`; everything else made on the way is freed. */
function differentiate(params: Params, loss: (params: Params) => tf.Tensor): { value: tf.Tensor; gradients: tf.Tensor[] } {
  const names = Object.keys(params);
  const { value, grads } = tf.engine().gradients(() => {
    const result = loss(params);
    if (result.size !== 1) throw new RangeError(`A loss must be one number, not shape [${result.shape.join()}].`);
    return result.rank === 0 ? result : tf.reshape(result, []);
  }, names.map((name) => params[name]), undefined, true);
  const unused = names.filter((_, index) => !grads[index]);
  if (unused.length > 0) throw new RangeError(`The loss does not depend on ${unused.join(', ')}.`);
  return { value, gradients: grads };
}

async function readLoss(value: tf.Tensor, step: number): Promise<number> {
  const [loss] = await value.data();
  value.dispose();
  if (!Number.isFinite(loss)) throw notFinite(step);
  return loss;
}

/** Keeps a rejection that nobody awaits from ending the worker; whoever awaits it still gets it. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
