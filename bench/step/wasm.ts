/// <reference types="vite/client" />
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import type { Traffic } from '../../workers/engine/webgpu/replay/meter';
import { composedFilterGradient, type FilterGradientAttrs } from './filter-gradient';

export const WASM_URLS: Record<string, string> = Object.fromEntries(
  Object.entries({
    'tfjs-backend-wasm.wasm': plainUrl, 'tfjs-backend-wasm-simd.wasm': simdUrl, 'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl,
  }).map(([name, url]) => [name, new URL(url, import.meta.url).href]),
);

/** tfjs' wasm backend as it comes, on one thread, with the one kernel of a training step it lacks. */
export async function openStockWasm(): Promise<void> {
  setWasmPaths(WASM_URLS);
  setThreadsCount(1);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => tf.tidy(() =>
      composedFilterGradient(inputs.x as tf.Tensor, inputs.dy as tf.Tensor, attrs as unknown as FilterGradientAttrs)),
  });
  if (!(await tf.setBackend('wasm'))) throw new Error('The wasm backend did not start.');
}

/**
 * Counts the kernels of the wasm backend as dispatches, and the bytes of its tensors. Reads of the rest are zero: there is no device to send to.
 * Must come after all kernels are registered.
 */
export function meterWasm(): () => Traffic {
  const traffic: Traffic = {
    dispatches: 0, passes: 0, submits: 0, copies: 0, buffersCreated: 0, bindGroups: 0, pipelines: 0, uploadBytes: 0, liveBytes: 0, peakBytes: 0,
  };
  for (const kernel of tf.getKernelsForBackend('wasm')) {
    const { kernelFunc } = kernel;
    tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel({
      ...kernel,
      kernelFunc: (call) => {
        traffic.dispatches++;
        traffic.peakBytes = Math.max(traffic.peakBytes, tf.memory().numBytes);
        return kernelFunc(call);
      },
    });
  }
  return () => ({ ...traffic, liveBytes: tf.memory().numBytes });
}
