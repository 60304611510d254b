import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineVerdict } from '../protocol';
import { differentiate, handled } from './differentiate';
import { EagerStep } from './eager-step';
import { notFinite } from './failures';
import { HostOptimizer } from './optimizer/host';
import { ADAMW_DEFAULTS, type Initial } from './optimizer/options';
import { WebGpuOptimizer } from './optimizer/webgpu';
import type { AdamWOptions, CompiledStep, Engine, EngineCounters, Optimizer, Params, StepDefinition, StepResult } from './types';
import type { RecordingBackend } from './webgpu/backend';
import { CapturedStep, type StepLog } from './webgpu/replay/step';

/** An engine without a device sends nothing to one. */
const NO_TRAFFIC = { dispatches: 0, passes: 0, submits: 0, copies: 0, buffersCreated: 0, bindGroups: 0, pipelines: 0, uploadBytes: 0 };

/** An opened and proven tfjs backend. */
export class TensorEngine implements Engine {
  private steps = 0;
  private readonly log: StepLog = { recorded: 0, replayed: 0, eager: 0, fallbacks: {} };

  constructor(readonly verdict: EngineVerdict, readonly lost: Promise<string>, private readonly shut: () => void) {}

  optimizer(initial: Initial, options: Partial<AdamWOptions>): Optimizer {
    const all = { ...ADAMW_DEFAULTS, ...options };
    return this.verdict.kind === 'webgpu'
      ? new WebGpuOptimizer(tf.backend() as WebGPUBackend, initial, all)
      : new HostOptimizer(initial, all);
  }

  trainStep(optimizer: Optimizer, learningRate: number, loss: (params: Params) => tf.Tensor): StepResult {
    const step = ++this.steps;
    this.log.eager++;
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

  compileStep<I extends string, S extends string = never>(optimizer: Optimizer, definition: StepDefinition<I, S>): CompiledStep<I, S> {
    return this.verdict.kind === 'webgpu'
      ? new CapturedStep(tf.backend() as unknown as RecordingBackend, optimizer as WebGpuOptimizer, definition, this.log)
      : new EagerStep(this, optimizer, definition);
  }

  counters(): EngineCounters {
    const steps = { ...this.log, fallbacks: { ...this.log.fallbacks } };
    if (this.verdict.kind === 'webgpu') return { ...(tf.backend() as unknown as RecordingBackend).meter.traffic, steps };
    const bytes = tf.memory().numBytes;
    return { ...NO_TRAFFIC, liveBytes: bytes, peakBytes: bytes, steps };
  }

  bytes(): number {
    return tf.memory().numBytes;
  }

  close(): void {
    this.shut();
  }
}

async function readLoss(value: tf.Tensor, step: number): Promise<number> {
  const [loss] = await value.data();
  value.dispose();
  if (!Number.isFinite(loss)) throw notFinite(step);
  return loss;
}
