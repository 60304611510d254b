import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { address, renew, view } from '../wasm/heap';
import { simd } from '../wasm/simd/module';

/** Numbers of one AdamW update; see `HostOptimizer`. */
export interface UpdateFactors {
  /** Clipping factor of the gradient. */
  scale: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Learning rate over the first bias correction. */
  rate: number;
  /** 1 - learning rate * weight decay. */
  shrink: number;
  /** 1 / the second bias correction. */
  secondScale: number;
}

export interface UpdateTensors {
  param: tf.Tensor; gradient: tf.Tensor; first: tf.Tensor; second: tf.Tensor;
}

/** Arithmetic in place on tensors whose memory JavaScript can reach. */
export interface Memory {
  values(tensor: tf.Tensor): Float32Array;
  /** Must be called after the numbers of a tensor changed that kernels read. */
  changed(tensor: tf.Tensor): void;
  sumOfSquares(tensor: tf.Tensor): number;
  update(tensors: UpdateTensors, factors: UpdateFactors): void;
  /** ema += share (param - ema). */
  average(ema: tf.Tensor, param: tf.Tensor, share: number): void;
}

/** The memory of the current backend, wasm or cpu. */
export function hostMemory(): Memory {
  return tf.getBackend() === 'wasm' ? heapMemory(tf.backend() as BackendWasm) : arrayMemory();
}

function heapMemory(backend: BackendWasm): Memory {
  const at = (tensor: tf.Tensor) => address(backend, tensor);
  return {
    values: (tensor) => view(backend, tensor),
    changed: (tensor) => renew(backend, tensor),
    sumOfSquares: (tensor) => simd().run.squares(at(tensor), tensor.size),
    update: ({ param, gradient, first, second }, f) => simd().run.adamw(
      at(param), at(gradient), at(first), at(second), param.size, f.scale, f.beta1, f.beta2, f.epsilon, f.rate, f.shrink, f.secondScale,
    ),
    average: (ema, param, share) => simd().run.average(at(ema), at(param), ema.size, share),
  };
}

/** The cpu oracle: the same in plain loops. */
function arrayMemory(): Memory {
  const cpu = tf.backend() as unknown as { data: { get(dataId: tf.DataId): { values: Float32Array } } };
  const values = (tensor: tf.Tensor) => cpu.data.get(tensor.dataId).values;
  return {
    values,
    changed: () => {},
    sumOfSquares: (tensor) => values(tensor).reduce((sum, value) => sum + value * value, 0),
    update(tensors, { scale, beta1, beta2, epsilon, rate, shrink, secondScale }) {
      const [param, gradient, first, second] = [tensors.param, tensors.gradient, tensors.first, tensors.second].map(values);
      for (let i = 0; i < param.length; i++) {
        const g = gradient[i] * scale;
        first[i] = beta1 * first[i] + (1 - beta1) * g;
        second[i] = beta2 * second[i] + (1 - beta2) * g * g;
        param[i] = shrink * param[i] - (rate * first[i]) / (Math.sqrt(second[i] * secondScale) + epsilon);
      }
    },
    average(ema, param, share) {
      const [to, from] = [values(ema), values(param)];
      for (let i = 0; i < to.length; i++) to[i] += share * (from[i] - to[i]);
    },
  };
}
