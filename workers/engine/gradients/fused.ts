import * as tf from '@tensorflow/tfjs-core';
import { replaceGradient, replaceGradientOfMany } from './registry';

type Attrs = Record<string, unknown>;
type Composition = (inputs: tf.Tensor[], attrs: Attrs) => tf.Tensor;

/** Whether the current backend has its own kernel of that name. */
export function hasKernel(kernelName: string): boolean {
  return tf.getKernel(kernelName, tf.getBackend()) !== undefined;
}

/** Runs a kernel with any number of outputs on the current backend, recording it on the tape. */
function runMany(kernelName: string, inputs: Record<string, tf.Tensor>, attrs: Attrs): tf.Tensor[] {
  const outputs = tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[];
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** Gradients of `f` at `inputs`, zeros where f does not depend on one. */
export function gradientsOrZeros(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[], dy?: tf.Tensor): tf.Tensor[] {
  const { grads } = tf.engine().gradients(() => f(...inputs), inputs, dy, true);
  return grads.map((gradient, i) => gradient ?? tf.zerosLike(inputs[i]));
}

/**
 * Keeps the tape of the gradient that is being computed. tfjs counts itself out before it walks the tape, so a gradient taken inside the walk
 * would think itself the outermost and throw the tape away.
 */
function whileTaping<T>(work: () => T): T {
  const { state } = tf.engine();
  state.gradientDepth++;
  try {
    return work();
  } finally {
    state.gradientDepth--;
  }
}

/** Runs kernels whose results the tape takes for constants. */
export function offTape<T>(work: () => T): T {
  const { state } = tf.engine();
  state.kernelDepth++;
  try {
    return work();
  } finally {
    state.kernelDepth--;
  }
}

/** Gives a kernel the derivatives of `composition`, the same function made of primitive kernels. `constants` are inputs it does not take. */
export function differentiateComposed(kernelName: string, inputNames: string[], composition: Composition, constants: string[] = []): void {
  replaceGradient(kernelName, [...inputNames, ...constants], (dy, saved, attrs) => {
    const gradients = whileTaping(() => gradientsOrZeros((...x) => composition(x, attrs), saved.slice(0, inputNames.length), dy));
    return Object.fromEntries(inputNames.map((name, i) => [name, () => gradients[i]]));
  });
}

/**
 * Gives a fused kernel its derivatives. To first order a second fused kernel is used, whose outputs are the gradients of the inputs in order.
 * When that one is differentiated in turn, both give way to `composition`, the same function made of primitive kernels, so that the second
 * and every higher derivative is right whatever the fused pair looks like inside. `constants` are further inputs of both kernels that follow from the others:
 * computed off the tape, and no business of the composition.
 */
export function differentiateFused(
  kernelName: string, gradientName: string, inputNames: string[], composition: Composition, constants: string[] = [],
): void {
  replaceGradient(kernelName, [...inputNames, ...constants], (dy, saved, attrs) => {
    const named = Object.fromEntries([...inputNames, ...constants].map((name, i) => [name, saved[i]]));
    // Not inside the thunks: the tape tidies each of them, which would free the outputs the others return.
    const gradients = runMany(gradientName, { ...named, dy }, attrs);
    return Object.fromEntries(inputNames.map((name, i) => [name, () => gradients[i]]));
  });
  replaceGradientOfMany(gradientName, [...inputNames, 'dy'], (dds, saved, attrs) => {
    const projected = (...all: tf.Tensor[]): tf.Tensor => {
      const inputs = all.slice(0, -1);
      const first = gradientsOrZeros((...x) => composition(x, attrs), inputs, all[all.length - 1]);
      return tf.addN(first.map((gradient, i) => tf.sum(tf.mul(gradient, dds[i]))));
    };
    const second = whileTaping(() => gradientsOrZeros(projected, saved));
    return Object.fromEntries([...inputNames, 'dy'].map((name, i) => [name, () => second[i]]));
  });
}
