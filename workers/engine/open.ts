import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineKind, EngineVerdict, SelfTestCheck } from '../protocol';
import { TensorEngine } from './engine';
import { noEngine } from './failures';
import { installGradients } from './gradients';
import { passes, selfTest } from './self-test';
import type { Engine } from './types';
import { openWasm, type OpenedWasm, type WasmThreadOptions } from './wasm/backend';
import { findAdapter, identityOf, openDevice, type AdapterFound } from './webgpu/device';
import { installWebGpuKernels } from './webgpu/kernels';
import { readsHalves } from './webgpu/kernels/native-halves';
import { MemoryTuningStore, Tuner, type TuningStore } from './webgpu/kernels/tune';

export interface OpenOptions extends WasmThreadOptions {
  engine: 'auto' | EngineKind;
  /** Addresses of the tfjs-backend-wasm*.wasm files by file name. */
  wasmUrls: Record<string, string>;
  /**
   * Whether WebGPU kernels are chosen by timing: on graphics cards, nowhere, or on software adapters too. No choice changes a result. Measurements go to
   * `store` and count again in the next session; without one they are made anew.
   */
  tuning?: { when: 'auto' | 'off' | 'force'; store?: TuningStore };
  /**
   * What training steps on WebGPU keep the operands of convolutions and products in: `f16` halves what is read of them and rounds each to eleven bits; sums,
   * parameters and everything outside a training step stay in single precision. Other engines compute in f32 whatever is asked for.
   */
  storage?: 'f32' | 'f16';
}

type Tuning = NonNullable<OpenOptions['tuning']>;

interface Reason {
  reason: string;
  reasonCode: string;
}

const REASONS = {
  hardware: { reasonCode: 'hardware', reason: 'WebGPU runs on this computer’s graphics card.' },
  insisted: { reasonCode: 'insisted', reason: 'This engine was asked for.' },
  noAdapter: { reasonCode: 'no-adapter', reason: 'This browser offers no WebGPU adapter, so WebAssembly computes on the processor.' },
  software: {
    reasonCode: 'software-adapter',
    reason: 'The only WebGPU adapter here is a software one, which is slower than WebAssembly, so WebAssembly computes on the processor.',
  },
  failed: {
    reasonCode: 'webgpu-failed',
    reason: 'WebGPU did not pass the self-test on this computer, so WebAssembly computes on the processor.',
  },
} satisfies Record<string, Reason>;

const FOREVER = new Promise<never>(() => {});

/**
 * Opens the best engine and proves it: WebGPU on a hardware adapter, else wasm. Naming an engine insists on it; `cpu` is the slow
 * oracle of tests. An engine that fails the self-test is never used.
 *
 * @throws RetortError `no-engine` when nothing passes.
 */
export async function openEngine({ engine, wasmUrls, tuning = { when: 'auto' }, storage = 'f32', ...threads }: OpenOptions): Promise<Engine> {
  installGradients();
  if (engine === 'cpu') return openCpu();
  if (engine === 'wasm') return openWasmEngine(wasmUrls, threads, REASONS.insisted);
  const found = await findAdapter().catch(() => null);
  const chosen = found && (engine === 'webgpu' || !found.software);
  if (!chosen) return openWasmEngine(wasmUrls, threads, found ? REASONS.software : REASONS.noAdapter);
  try {
    return await openWebGpu(found, engine === 'webgpu' ? REASONS.insisted : REASONS.hardware, tuning, storage);
  } catch {
    return openWasmEngine(wasmUrls, threads, REASONS.failed);
  }
}

function verdict(kind: EngineKind, adapter: string, threads: number, reason: Reason, checks: SelfTestCheck[]): EngineVerdict {
  return { kind, adapter, threads, ...reason, selfTest: checks };
}

function failedChecks(checks: SelfTestCheck[]): string {
  return checks.filter((check) => !passes(check)).map(({ name, error }) => `${name} is off by ${error.toExponential(1)}`).join('; ');
}

/** A tuner where kernels are to be tuned. A store that cannot be read is as good as an empty one. */
async function openTuner(found: AdapterFound, device: GPUDevice, { when, store = new MemoryTuningStore() }: Tuning): Promise<Tuner | null> {
  if (when === 'off' || (when === 'auto' && found.software)) return null;
  const adapter = identityOf(found);
  return new Tuner(device, { adapter, store, remembered: await store.load(adapter).catch(() => ({})) });
}

async function openWebGpu(found: AdapterFound, reason: Reason, tuning: Tuning, storage: 'f32' | 'f16'): Promise<Engine> {
  const { backend, device, lost } = await openDevice(found);
  const gpu = installWebGpuKernels(backend, found.software);
  const checks = await selfTest();
  if (!checks.every(passes)) {
    device.destroy();
    throw noEngine(`WebGPU on ${found.name}: ${failedChecks(checks)}`);
  }
  const tuner = await openTuner(found, device, tuning);
  gpu.chooser = tuner;
  gpu.storage = storage;
  gpu.nativeHalves = storage === 'f16' && (await readsHalves(device));
  const shut = (): void => {
    backend.dispose();
    device.destroy();
  };
  return new TensorEngine(verdict('webgpu', found.name, 1, reason, checks), lost, shut, tuner);
}

async function openWasmEngine(urls: Record<string, string>, options: WasmThreadOptions, reason: Reason): Promise<Engine> {
  let opened: OpenedWasm;
  let checks: SelfTestCheck[];
  try {
    opened = await openWasm(urls, options);
    checks = await selfTest();
  } catch (cause) {
    throw noEngine(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!checks.every(passes)) throw noEngine(`WebAssembly: ${failedChecks(checks)}`);
  const { lost, close, threads, threadsReason, threadsReasonCode } = opened;
  return new TensorEngine({ ...verdict('wasm', 'WebAssembly SIMD', threads, reason, checks), threadsReason, threadsReasonCode }, lost, close);
}

async function openCpu(): Promise<Engine> {
  await tf.setBackend('cpu');
  return new TensorEngine(verdict('cpu', 'JavaScript', 1, REASONS.insisted, await selfTest()), FOREVER, () => {});
}
