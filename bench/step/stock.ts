import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { Meter, type Traffic } from '../../workers/engine/webgpu/replay/meter';
import { measure, type Contestant } from './contestant';
import { factorsOf, type Problem, type Values } from './problem';
import { STOCK_OPS } from './stock-ops';
import { meterWasm, openStockWasm } from './wasm';

async function openStockWebGpu(): Promise<() => Traffic> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('There is no WebGPU adapter.');
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize },
  });
  const meter = new Meter(device);
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info), 5);
  await tf.setBackend('webgpu');
  return () => meter.traffic;
}

/** tfjs as it comes: its gradients, its kernels, its Adam, with decay and average added by its operations. */
export async function stock(problem: Problem): Promise<Contestant> {
  // Over ours, which came with the nets that the problem takes its weights from.
  await import('@tensorflow/tfjs-core/dist/register_all_gradients');
  let traffic: () => Traffic;
  if (problem.device === 'wasm') {
    await openStockWasm();
    traffic = meterWasm();
  } else {
    traffic = await openStockWebGpu();
  }

  const { optimization } = problem;
  const { rate, beta1, beta2, epsilon, weightDecay, ema } = optimization;
  const tensors = <T extends tf.Tensor>(values: Record<string, Values>, make: (tensor: tf.Tensor, name: string) => T) =>
    Object.fromEntries(Object.entries(values).map(([name, { shape, values: numbers }]) => [name, make(tf.tensor(numbers, shape), name)]));
  const constants = tensors(problem.constants, (tensor) => tensor);
  const variables = tensors(problem.initial, (tensor, name) => tf.variable(tensor, true, name));
  const averages = ema > 0 ? tensors(problem.initial, (tensor, name) => tf.variable(tensor, false, `ema/${name}`)) : {};
  const adam = tf.train.adam(rate, beta1, beta2, epsilon);

  function update(step: number, batch: Record<string, Float32Array>): Promise<number> {
    const loss = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => {
        const inputs = Object.entries(problem.inputs).map(([name, shape]) => [name, tf.tensor(batch[name], shape)]);
        return problem.loss<tf.Tensor>(STOCK_OPS, variables, Object.fromEntries(inputs), constants) as tf.Scalar;
      });
      if (weightDecay > 0) for (const variable of Object.values(variables)) variable.assign(tf.mul(variable, 1 - rate * weightDecay));
      adam.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
      const { decay } = factorsOf(optimization, step + 1);
      for (const [name, average] of Object.entries(averages)) average.assign(tf.add(tf.mul(average, decay), tf.mul(variables[name], 1 - decay)));
      return value;
    });
    return loss.data().then(([value]) => {
      loss.dispose();
      return value;
    });
  }
  return {
    async step(step) {
      const batch = problem.batch(step);
      return measure(traffic, () => update(step, batch));
    },
  };
}
