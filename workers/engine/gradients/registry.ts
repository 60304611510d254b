import * as tf from '@tensorflow/tfjs-core';

type Thunks = Record<string, () => tf.Tensor>;
/** Input gradients as thunks, so that only those asked for are computed. */
export type SingleGradient = (dy: tf.Tensor, saved: tf.Tensor[], attrs: Record<string, unknown>) => Thunks;
export type ManyGradient = (dys: tf.Tensor[], saved: tf.Tensor[], attrs: Record<string, unknown>) => Thunks;

/** Replaces whatever gradient `kernelName` has. Only inputs may be saved: a saved output is a constant to second order. */
export function replaceGradient(kernelName: string, inputsToSave: string[], gradient: SingleGradient): void {
  if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave,
    gradFunc: (dy, saved, attrs) => gradient(dy as tf.Tensor, saved, attrs as Record<string, unknown>),
  });
}

/** As `replaceGradient` for a kernel with several outputs; outputs without an upstream gradient have zeros. */
export function replaceGradientOfMany(kernelName: string, inputsToSave: string[], gradient: ManyGradient): void {
  if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave,
    gradFunc: (dys, saved, attrs) => gradient(Array.isArray(dys) ? dys : [dys], saved, attrs as Record<string, unknown>),
  });
}

/** For a kernel whose inputs are a list; the gradients come in the order of the list. */
export function replaceGradientOfList(
  kernelName: string, gradient: (dys: tf.Tensor[], saved: tf.Tensor[], attrs: Record<string, unknown>) => tf.Tensor[],
): void {
  if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
  tf.registerGradient({
    kernelName,
    saveAllInputs: true,
    gradFunc: (dy, saved, attrs) => {
      const parts = gradient(Array.isArray(dy) ? dy : [dy], saved, attrs as Record<string, unknown>);
      return Object.fromEntries(parts.map((part, index) => [String(index), () => part]));
    },
  });
}

/** Runs a kernel by name on the current backend, recording it on the tape. */
export function run(kernelName: string, inputs: Record<string, tf.Tensor>, attrs: Record<string, unknown> = {}): tf.Tensor {
  return tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap) as tf.Tensor;
}

/** `axes` as a sorted list of non-negative axes; undefined means all. */
export function normalizeAxes(axes: unknown, rank: number): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, axis) => axis);
  const list = Array.isArray(axes) ? (axes as number[]) : [axes as number];
  return list.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}
