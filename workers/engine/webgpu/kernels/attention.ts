import type * as tf from '@tensorflow/tfjs-core';
import { ATTENTION, ATTENTION_GRADIENT } from '../../gradients/names';
import { groupForwardProgram, groupQueryGradientProgram } from './attention-group-wgsl';
import { forwardProgram, keyGradientProgram, queryGradientProgram, weightShape, type AttentionShape } from './attention-wgsl';
import type { Gpu } from './program';
import { refineKernel, type Attrs, type Inputs } from './registry';

function shapeOf({ q }: Inputs, attrs: Attrs): AttentionShape {
  const [images, tokens, depth] = q.shape;
  const heads = attrs.heads as number;
  return { images, tokens, heads, width: depth / heads };
}

function forward(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo {
  const s = shapeOf(inputs, attrs);
  const { q, k, v } = inputs;
  const out = gpu.output(q.shape);
  if (!gpu.software) {
    gpu.run(groupForwardProgram(s), [q, k, v, out]);
    return out;
  }
  const weights = gpu.output(weightShape(s));
  gpu.run(forwardProgram(s), [q, k, v, weights, out]);
  gpu.free(weights);
  return out;
}

/** Gradients of q, k and v; the weights are computed again from q and k. */
function backward(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo[] {
  const s = shapeOf(inputs, attrs);
  const { q, k, v, dy } = inputs;
  const [weights, slopes] = [gpu.output(weightShape(s)), gpu.output(weightShape(s))];
  const [dq, dk, dv] = [q, k, v].map(({ shape }) => gpu.output(shape));
  gpu.run(gpu.software ? queryGradientProgram(s) : groupQueryGradientProgram(s), [q, k, v, dy, weights, slopes, dq]);
  gpu.run(keyGradientProgram(s), [q, dy, weights, slopes, dk, dv]);
  gpu.free(weights);
  gpu.free(slopes);
  return [dq, dk, dv];
}

/**
 * Registers attention, one dispatch forward and two backward. Software adapters take four queries a thread and keep the weights in a buffer of their own;
 * graphics cards share a block of queries in a workgroup. The ops layer only calls it with q, k and v of one shape.
 */
export function installAttentionKernels(): void {
  refineKernel(ATTENTION, forward);
  refineKernel(ATTENTION_GRADIENT, backward);
}
