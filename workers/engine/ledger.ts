import type { KernelBackend } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineKind } from '../protocol';
import { overCap } from './failures';
import { watchKernels } from './flops';
import type { EngineCounters, StepCost } from './types';
import type { RecordingBackend } from './webgpu/backend';
import type { Traffic } from './webgpu/replay/meter';

/** What an engine without a device sends to one. */
const NO_TRAFFIC: Omit<Traffic, 'liveBytes' | 'peakBytes'> = {
  dispatches: 0, passes: 0, submits: 0, copies: 0, buffersCreated: 0, bindGroups: 0, pipelines: 0, uploadBytes: 0,
};

/** Tensor bytes an engine may hold at once unless told otherwise. Of a graphics card's memory a browser tells nothing; wasm memory ends at 4 GiB, and the tape needs air. */
const CAPS: Record<EngineKind, number> = { webgpu: 4 * 2 ** 30, wasm: 2.5 * 2 ** 30, cpu: 2 * 2 ** 30 };
/** Share of the computer's memory, where the browser tells it. */
const SHARE = 0.5;

/** The cap of an engine: its default, or half of what the browser says the computer has, whichever is less. */
export function defaultCap(kind: EngineKind, gibibytes = (globalThis.navigator as { deviceMemory?: number } | undefined)?.deviceMemory): number {
  return gibibytes === undefined ? CAPS[kind] : Math.min(CAPS[kind], SHARE * gibibytes * 2 ** 30);
}

/** Keeps count of an engine: operations, memory against its cap, training steps and what the last one cost. */
export class Ledger {
  flops = 0;
  readonly steps: EngineCounters['steps'] = { recorded: 0, replayed: 0, eager: 0, fallbacks: {} };
  /** How kernels were chosen; null where they are not. */
  tuning: EngineCounters['tuning'] = null;
  private last: StepCost | null = null;
  private peak = 0;
  private limit: number;

  /** @param device the backend of a device; null where tensors live in the page's memory. */
  constructor(kind: EngineKind, backend: KernelBackend, private readonly device: RecordingBackend | null) {
    this.limit = defaultCap(kind);
    this.cap = this.limit;
    watchKernels(backend, kind, (flops) => {
      this.flops += flops;
      if (device) device.expect(flops);
      else this.observe(tf.engine().state.numBytes);
    });
  }

  /** Bytes that may be alive at once. */
  get cap(): number {
    return this.limit;
  }

  set cap(bytes: number) {
    this.limit = bytes;
    if (this.device) this.device.meter.cap = bytes;
  }

  /** Counts one training step, given by what it does before it returns. Steps inside steps belong to the outer one. */
  step<T>(run: () => T): T {
    const before = this.sums();
    const start = performance.now();
    const result = run();
    const milliseconds = performance.now() - start;
    const after = this.sums();
    const grown = Object.fromEntries(Object.entries(after).map(([key, sum]) => [key, sum - before[key as keyof typeof before]])) as typeof after;
    this.last = { ...grown, milliseconds };
    return result;
  }

  counters(): EngineCounters {
    const steps = { ...this.steps, fallbacks: { ...this.steps.fallbacks } };
    const memory = this.device
      ? { liveBytes: this.device.meter.traffic.liveBytes, peakBytes: this.device.meter.traffic.peakBytes }
      : { liveBytes: tf.memory().numBytes, peakBytes: Math.max(this.peak, tf.memory().numBytes) };
    return { ...this.sums(), ...memory, capBytes: this.limit, steps, lastStep: this.last, tuning: this.tuning && { ...this.tuning } };
  }

  private sums(): Omit<StepCost, 'milliseconds'> {
    const { liveBytes: _live, peakBytes: _peak, ...sent } = this.device?.meter.traffic ?? { ...NO_TRAFFIC, liveBytes: 0, peakBytes: 0 };
    return { ...sent, flops: this.flops };
  }

  private observe(bytes: number): void {
    if (bytes > this.peak) this.peak = bytes;
    if (bytes > this.limit) throw overCap(bytes, this.limit);
  }
}
