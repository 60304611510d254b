import { getThreadsCount, setThreadsCount, setWasmPaths, type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { internals } from './heap';
import { installWasmKernels } from './kernels';
import { SimdModule, useSimd } from './simd/module';

/** How long threads may take to start before one thread is used instead. */
const THREAD_START_MS = 8000;

const BACKEND = 'wasm';

type Factory = () => tf.KernelBackend | Promise<tf.KernelBackend>;
let factory: Factory | null = null;

/** A worker of a worker that answers once; false when the browser or its policy does not let one start. */
async function canStartWorkers(): Promise<boolean> {
  if (typeof Worker === 'undefined' || typeof Blob === 'undefined') return false;
  const url = URL.createObjectURL(new Blob(['postMessage(0)'], { type: 'text/javascript' }));
  let worker: Worker | null = null;
  try {
    const probe = new Worker(url);
    worker = probe;
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), THREAD_START_MS);
      const answer = (started: boolean) => {
        clearTimeout(timer);
        resolve(started);
      };
      probe.onmessage = () => answer(true);
      probe.onerror = () => answer(false);
    });
  } catch {
    return false;
  } finally {
    worker?.terminate();
    URL.revokeObjectURL(url);
  }
}

/**
 * Runs `work` and returns the last wasm memory made meanwhile. The threaded build of tfjs makes its memory in JavaScript and keeps it to
 * itself; our functions must import the same one.
 */
async function watchMemory(work: () => Promise<void>): Promise<WebAssembly.Memory | null> {
  const original = WebAssembly.Memory;
  let made: WebAssembly.Memory | null = null;
  WebAssembly.Memory = new Proxy(original, {
    construct(target, [descriptor]: [WebAssembly.MemoryDescriptor]) {
      made = new target(descriptor);
      return made;
    },
  });
  try {
    await work();
  } finally {
    WebAssembly.Memory = original;
  }
  return made;
}

/** Starts the backend and puts our functions into its memory. */
async function start(threads: number): Promise<void> {
  const made = await watchMemory(() => startBackend(threads));
  const backend = tf.backend() as BackendWasm;
  const memory = internals(backend).wasm.asm.memory ?? made;
  if (!memory) throw new Error('The memory of the wasm backend cannot be reached.');
  useSimd(await SimdModule.create(backend, memory));
}

async function startBackend(threads: number): Promise<void> {
  const env = tf.env();
  env.set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1);
  setThreadsCount(threads);
  factory ??= tf.findBackendFactory(BACKEND) as Factory;
  tf.removeBackend(BACKEND);
  tf.registerBackend(BACKEND, factory, 2);
  const ready = tf.setBackend(BACKEND);
  const started = threads > 1 ? withinTime(ready, THREAD_START_MS) : ready;
  if (!(await started)) throw new Error('The wasm backend did not start.');
}

/** Rejects when `promise` takes longer than `milliseconds`. */
function withinTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The wasm threads did not start.')), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * Starts tfjs' wasm backend with our kernels. Threads need a cross-origin isolated page and workers that may start workers;
 * where either is missing, one SIMD thread is used.
 *
 * @param urls addresses of the three tfjs-backend-wasm*.wasm files by file name.
 * @param threads most threads wanted; 0 takes one a core, at most 8.
 * @returns the threads XNNPACK runs on.
 */
export async function openWasm(urls: Record<string, string>, threads: number): Promise<number> {
  setWasmPaths(urls);
  installWasmKernels();
  const isolated = globalThis.crossOriginIsolated === true;
  const cores = Math.min(8, globalThis.navigator?.hardwareConcurrency ?? 1);
  const wanted = isolated ? threads || cores : 1;
  if (wanted > 1 && (await canStartWorkers())) {
    try {
      await start(wanted);
      return getThreadsCount();
    } catch {
      // Threads are an extra: whatever kept them from starting, one thread still computes the same numbers.
    }
  }
  await start(1);
  return 1;
}
