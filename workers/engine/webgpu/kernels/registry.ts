import * as tf from '@tensorflow/tfjs-core';
import { Gpu } from './program';

export type Inputs = Record<string, tf.TensorInfo>;
export type Attrs = Record<string, unknown>;
/** Null leaves the call to the kernel that was there before: integers, unusual layouts. */
type Kernel = (inputs: Inputs, attrs: Attrs, gpu: Gpu) => tf.TensorInfo | tf.TensorInfo[] | null;

const BACKEND = 'webgpu';
const devices = new WeakMap<object, Gpu>();

/** Makes the kernels work on a backend. */
export function attach(backend: tf.KernelBackend, software: boolean): Gpu {
  const gpu = new Gpu(backend, software);
  devices.set(backend, gpu);
  return gpu;
}

/** Leaves a backend to the kernels that were there before, for comparison. */
export function detach(backend: tf.KernelBackend): void {
  devices.delete(backend);
}

/** Whether a backend's adapter is rendered by the processor. */
export function isSoftware(backend: tf.KernelBackend): boolean {
  return devices.get(backend)?.software ?? false;
}

/** Runs one training step's loss and gradients on the current backend, which may keep tensors for as long. */
export function inStep<T>(work: () => T): T {
  const gpu = devices.get(tf.backend());
  return gpu ? gpu.step(work) : work();
}

/** Puts a kernel before the one of that name; inputs that are not float32, or empty, never reach it. */
export function refineKernel(kernelName: string, kernel: Kernel): void {
  const former = tf.getKernel(kernelName, BACKEND);
  if (former) tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    setupFunc: former?.setupFunc,
    kernelFunc: (call) => {
      const inputs = call.inputs as Inputs;
      const gpu = devices.get(call.backend as object);
      const usual = Object.values(inputs).every(({ dtype, shape }) => dtype === 'float32' && !shape.includes(0));
      const out = gpu && usual ? kernel(inputs, (call.attrs ?? {}) as Attrs, gpu) : null;
      if (out) return out;
      if (!former) throw new Error(`${kernelName} cannot take tensors of shapes ${Object.values(inputs).map(({ shape }) => `[${shape.join()}]`).join(', ')}.`);
      return former.kernelFunc(call);
    },
  });
}
