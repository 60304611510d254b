import { setThreadsCount, setWasmPaths, type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { internals } from './heap';
import { installWasmKernels } from './kernels';
import { SimdModule, useSimd } from './simd/module';

const BACKEND = 'wasm';

type Factory = () => tf.KernelBackend | Promise<tf.KernelBackend>;
let factory: Factory | null = null;

/**
 * Starts tfjs' wasm backend on its single-threaded SIMD build and puts our functions into its memory. The threaded build is never taken: only tfjs'
 * own kernels could use its threads, ours take their place wherever time is spent, and its worker is made from the source text of a function,
 * which a bundler's renaming breaks.
 *
 * @param urls addresses of the three tfjs-backend-wasm*.wasm files by file name.
 */
export async function openWasm(urls: Record<string, string>): Promise<void> {
  setWasmPaths(urls);
  installWasmKernels();
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setThreadsCount(1);
  // Kept, since removing the backend forgets how to make one.
  factory ??= tf.findBackendFactory(BACKEND) as Factory;
  tf.removeBackend(BACKEND);
  tf.registerBackend(BACKEND, factory, 2);
  if (!(await tf.setBackend(BACKEND))) throw new Error('The wasm backend did not start.');
  const backend = tf.backend() as BackendWasm;
  useSimd(await SimdModule.create(backend, internals(backend).wasm.asm.memory));
}
