import type * as tf from '@tensorflow/tfjs-core';
import { FILM_LAYER_NORM, FILM_LAYER_NORM_GRADIENT, LAYER_NORM, LAYER_NORM_GRADIENT } from '../../gradients/names';
import { modulationGradientProgram, rowGradientProgram, rowNormProgram, type RowShape } from './normalization-rows-wgsl';
import type { Gpu } from './program';
import { refineKernel, type Attrs, type Inputs } from './registry';

function shapeOf({ x, scale }: Inputs, attrs: Attrs): RowShape {
  const [images, tokens, width] = x.shape;
  return { images, tokens, width, epsilon: attrs.epsilon as number, film: scale !== undefined };
}

/** Threads that share a row: one on a software adapter, where barriers are dear; else as many as read it at once, within bounds. */
function lanesOf({ width }: RowShape, { software }: Gpu): number {
  if (software) return 1;
  return width > 1024 ? 256 : width > 128 ? 64 : 32;
}

function forward(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo {
  const s = shapeOf(inputs, attrs);
  const out = gpu.output(inputs.x.shape);
  gpu.run(rowNormProgram(s, lanesOf(s, gpu)), [inputs.x, ...(s.film ? [inputs.scale, inputs.shift] : []), out]);
  return out;
}

/** Gradients of x and, with FiLM, of scale and shift; the rows leave their statistics for those. */
function backward(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo[] {
  const s = shapeOf(inputs, attrs);
  const { x, scale, dy } = inputs;
  const dx = gpu.output(x.shape);
  if (!s.film) {
    gpu.run(rowGradientProgram(s, lanesOf(s, gpu)), [x, dy, dx]);
    return [dx];
  }
  const statistics = gpu.output([s.images, s.tokens, 2]);
  gpu.run(rowGradientProgram(s, lanesOf(s, gpu)), [x, dy, scale, statistics, dx]);
  const outs = [gpu.output(scale.shape), gpu.output(scale.shape)];
  gpu.run(modulationGradientProgram(s), [x, dy, statistics, ...outs]);
  gpu.free(statistics);
  return [dx, ...outs];
}

/** Registers layer normalisation with and without FiLM: one dispatch forward, and backward one for the rows and one for scale and shift. */
export function installRowKernels(): void {
  for (const name of [LAYER_NORM, FILM_LAYER_NORM]) refineKernel(name, forward);
  for (const name of [LAYER_NORM_GRADIENT, FILM_LAYER_NORM_GRADIENT]) refineKernel(name, backward);
}
