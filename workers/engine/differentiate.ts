import * as tf from '@tensorflow/tfjs-core';
import type { Params } from './types';
import { inStep } from './webgpu/kernels/registry';

/** The scalar loss and its gradients in the order of `params`; everything else made on the way is freed. */
export function differentiate(params: Params, loss: (params: Params) => tf.Tensor): { value: tf.Tensor; gradients: tf.Tensor[] } {
  const names = Object.keys(params);
  const { value, grads } = inStep(() => tf.engine().gradients(() => {
    const result = loss(params);
    if (result.size !== 1) throw new RangeError(`A loss must be one number, not shape [${result.shape.join()}].`);
    return result.rank === 0 ? result : tf.reshape(result, []);
  }, names.map((name) => params[name]), undefined, true));
  const unused = names.filter((_, index) => !grads[index]);
  if (unused.length > 0) throw new RangeError(`The loss does not depend on ${unused.join(', ')}.`);
  return { value, gradients: grads };
}

/** Keeps a rejection that nobody awaits from ending the worker; whoever awaits it still gets it. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
