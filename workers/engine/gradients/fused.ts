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
export function whileTaping<T>(work: () => T): T {
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

/** Sum of the products of tensors one by one. */
function inner(a: tf.Tensor[], b: tf.Tensor[]): tf.Tensor {
  return tf.addN(a.map((own, i) => tf.sum(tf.mul(own, b[i]))));
}

interface FusedOptions {
  /** Further inputs of all kernels that follow from the others: computed off the tape, and no business of the composition. */
  constants?: string[];
  /** A kernel for the gradient of the gradient kernel, which takes the upstream gradients of that one's outputs as dd0, dd1, ... */
  secondName?: string;
}

/**
 * Gives a fused kernel its derivatives. To first order a second fused kernel is used, whose outputs are the gradients of the inputs in order.
 * When that one is differentiated in turn, all give way to `composition`, the same function made of primitive kernels, so that the second
 * and every higher derivative is right whatever the fused pair looks like inside; or a third kernel is used, and the composition from the third derivative on.
 */
export function differentiateFused(
  kernelName: string, gradientName: string, inputNames: string[], composition: Composition, { constants = [], secondName }: FusedOptions = {},
): void {
  const count = inputNames.length;
  const names = [...inputNames, 'dy'];
  /** First-order gradients at [...inputs, dy] against given directions, from primitive kernels. */
  const projected = (attrs: Attrs, directions: tf.Tensor[]) => (...all: tf.Tensor[]): tf.Tensor =>
    inner(gradientsOrZeros((...x) => composition(x, attrs), all.slice(0, count), all[count]), directions);

  replaceGradient(kernelName, [...inputNames, ...constants], (dy, saved, attrs) => {
    const named = Object.fromEntries([...inputNames, ...constants].map((name, i) => [name, saved[i]]));
    // Not inside the thunks: the tape tidies each of them, which would free the outputs the others return.
    const gradients = runMany(gradientName, { ...named, dy }, attrs);
    return Object.fromEntries(inputNames.map((name, i) => [name, () => gradients[i]]));
  });
  replaceGradientOfMany(gradientName, [...names, ...constants], (dds, saved, attrs) => {
    const fused = (name: string) => runMany(name, {
      ...Object.fromEntries([...names, ...constants].map((input, i) => [input, saved[i]])), ...Object.fromEntries(dds.map((dd, i) => [`dd${i}`, dd])),
    }, attrs);
    const second = secondName && hasKernel(secondName)
      ? fused(secondName)
      : whileTaping(() => gradientsOrZeros(projected(attrs, dds), saved.slice(0, names.length)));
    return Object.fromEntries(names.map((name, i) => [name, () => second[i]]));
  });
  if (!secondName) return;
  const all = [...names, ...inputNames.map((_, i) => `dd${i}`)];
  replaceGradientOfMany(secondName, all, (ddds, saved, attrs) => {
    const third = whileTaping(() => gradientsOrZeros(
      (...values) => inner(gradientsOrZeros(projected(attrs, values.slice(names.length)), values.slice(0, names.length)), ddds), saved));
    return Object.fromEntries(all.map((name, i) => [name, () => third[i]]));
  });
}
