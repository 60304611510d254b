import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

export type Inputs = Record<string, tf.TensorInfo>;
export type Attrs = Record<string, unknown>;
type Kernel = (inputs: Inputs, attrs: Attrs, backend: BackendWasm) => tf.TensorInfo | tf.TensorInfo[];

/** Registers a wasm kernel, in place of tfjs' own of that name. */
export function defineKernel(kernelName: string, kernel: Kernel): void {
  if (tf.getKernel(kernelName, 'wasm')) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => kernel(inputs as Inputs, (attrs ?? {}) as Attrs, backend as BackendWasm),
  });
}

/**
 * As `defineKernel` for cases `applies` accepts; the rest stays with the kernel that was there, so that integers and unusual layouts keep
 * working.
 */
export function refineKernel(kernelName: string, applies: (inputs: Inputs, attrs: Attrs) => boolean, kernel: Kernel): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  if (!stock) throw new Error(`The wasm backend has no kernel ${kernelName} to refine.`);
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    setupFunc: stock.setupFunc,
    kernelFunc: (call) => {
      const inputs = call.inputs as Inputs;
      const attrs = (call.attrs ?? {}) as Attrs;
      return applies(inputs, attrs) ? kernel(inputs, attrs, call.backend as BackendWasm) : stock.kernelFunc(call);
    },
  });
}
