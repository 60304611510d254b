import type * as tf from '@tensorflow/tfjs-core';
import {
  KL_DIVERGENCE, KL_DIVERGENCE_GRADIENT, SOFTMAX_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY_GRADIENT, SOFTMAX_CROSS_ENTROPY_SECOND,
} from '../../gradients/names';
import { crossEntropySecondProgram, lossGradientProgram, lossProgram, type LossShape, type Target } from './loss-wgsl';
import type { Gpu } from './program';
import { refineKernel, type Attrs, type Inputs } from './registry';

/** Classes up to which a row is left to one thread. */
const NARROW = 16;

function shapeOf({ logits }: Inputs, attrs: Attrs): LossShape {
  const [rows, classes] = logits.shape;
  return {
    rows, classes, target: (attrs.target as Target | undefined) ?? 'labels', temperature: attrs.temperature as number, factor: (attrs.factor as number | undefined) ?? 1,
  };
}

/** Threads that share a row; barriers are dear on a software adapter. */
const lanesOf = ({ classes }: LossShape, { software }: Gpu): number => (software || classes <= NARROW ? 1 : 64);

function forward(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo {
  const s = shapeOf(inputs, attrs);
  const out = gpu.output([s.rows]);
  gpu.run(lossProgram(s, lanesOf(s, gpu)), [inputs.logits, inputs.targets, out]);
  return out;
}

function backward(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo[] {
  const s = shapeOf(inputs, attrs);
  const outs = [gpu.output(inputs.logits.shape), gpu.output(inputs.targets.shape)];
  gpu.run(lossGradientProgram(s, lanesOf(s, gpu)), [inputs.logits, inputs.targets, inputs.dy, ...outs]);
  return outs;
}

/** Gradients of logits, targets and dy of both gradients. */
function second(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo[] {
  const s = shapeOf(inputs, attrs);
  const { logits, targets, dy, dd0, dd1 } = inputs;
  const outs = [logits, targets, dy].map(({ shape }) => gpu.output(shape));
  gpu.run(crossEntropySecondProgram(s, lanesOf(s, gpu)), [logits, targets, dy, dd0, dd1, ...outs]);
  return outs;
}

/** Registers cross-entropy and Kullback-Leibler divergence of rows, one dispatch forward and one backward for both gradients. */
export function installLossKernels(): void {
  for (const name of [SOFTMAX_CROSS_ENTROPY, KL_DIVERGENCE]) refineKernel(name, forward);
  for (const name of [SOFTMAX_CROSS_ENTROPY_GRADIENT, KL_DIVERGENCE_GRADIENT]) refineKernel(name, backward);
  refineKernel(SOFTMAX_CROSS_ENTROPY_SECOND, second);
}
