import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { RetortError } from '../failure';
import type { EngineVerdict } from '../protocol';
import { differentiate, handled } from './differentiate';
import { EagerStep } from './eager-step';
import { notFinite } from './failures';
import { defaultCap, Ledger } from './ledger';
import { HostOptimizer } from './optimizer/host';
import { ADAMW_DEFAULTS, type Initial } from './optimizer/options';
import { WebGpuOptimizer } from './optimizer/webgpu';
import type { AdamWOptions, CompiledStep, Engine, EngineCounters, Optimizer, Params, StepDefinition, StepResult } from './types';
import type { RecordingBackend } from './webgpu/backend';
import type { Tuner } from './webgpu/kernels/tune';
import { CapturedStep } from './webgpu/replay/step';

/** An opened and proven tfjs backend. */
export class TensorEngine implements Engine {
  private steps = 0;
  private readonly ledger: Ledger;
  private readonly device: RecordingBackend | null;

  /** Takes the current backend of tfjs. */
  constructor(readonly verdict: EngineVerdict, readonly lost: Promise<RetortError>, private readonly shut: () => void, private readonly tuner: Tuner | null = null) {
    const backend = tf.backend();
    this.device = verdict.kind === 'webgpu' ? (backend as unknown as RecordingBackend) : null;
    this.ledger = new Ledger(verdict.kind, backend, this.device);
    this.ledger.tuning = tuner?.figures ?? null;
  }

  optimizer(initial: Initial, options: Partial<AdamWOptions>): Optimizer {
    const all = { ...ADAMW_DEFAULTS, ...options };
    return this.device
      ? new WebGpuOptimizer(this.device as unknown as WebGPUBackend, initial, all)
      : new HostOptimizer(initial, all);
  }

  trainStep(optimizer: Optimizer, learningRate: number, loss: (params: Params) => tf.Tensor): StepResult {
    return this.ledger.step(() => this.eagerStep(optimizer, learningRate, loss));
  }

  private eagerStep(optimizer: Optimizer, learningRate: number, loss: (params: Params) => tf.Tensor): StepResult {
    const step = ++this.steps;
    this.ledger.steps.eager++;
    const { value, gradients } = differentiate(optimizer.params, loss);
    if (this.device) {
      optimizer.step(gradients, learningRate);
      return { loss: handled(readLoss(value, step, learningRate)) };
    }
    const [now] = value.dataSync();
    value.dispose();
    if (!Number.isFinite(now)) {
      tf.dispose(gradients);
      return { loss: handled(Promise.reject(notFinite(step, learningRate))) };
    }
    optimizer.step(gradients, learningRate);
    return { loss: Promise.resolve(now) };
  }

  compileStep<I extends string, S extends string = never>(optimizer: Optimizer, definition: StepDefinition<I, S>): CompiledStep<I, S> {
    return this.device
      ? new CapturedStep(this.device, optimizer as WebGpuOptimizer, definition, this.ledger)
      : new EagerStep(this, optimizer, definition);
  }

  counters(): EngineCounters {
    return this.ledger.counters();
  }

  limitMemory(bytes: number | null): void {
    this.ledger.cap = bytes ?? defaultCap(this.verdict.kind);
  }

  async settled(): Promise<void> {
    // Kernels are timed while nothing else is on the device.
    await this.tuner?.settled();
    await this.device?.pace.settle();
  }

  loseDevice(): boolean {
    this.device?.device.destroy();
    return this.device !== null;
  }

  bytes(): number {
    return tf.memory().numBytes;
  }

  close(): void {
    this.shut();
  }
}

async function readLoss(value: tf.Tensor, step: number, learningRate: number): Promise<number> {
  const [loss] = await value.data();
  value.dispose();
  if (!Number.isFinite(loss)) throw notFinite(step, learningRate);
  return loss;
}
