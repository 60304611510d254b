import type * as tf from '@tensorflow/tfjs-core';
import { FILM_GROUP_NORM, FILM_GROUP_NORM_GRADIENT, GROUP_NORM, GROUP_NORM_GRADIENT } from '../../gradients/names';
import { planesOf } from '../../ops/shape';
import type { Activation } from '../../ops/standardize';
import { installChannelKernels } from './normalization-channels';
import { installRowKernels } from './normalization-rows';
import {
  applyProgram, gradientSumsProgram, inputGradientProgram, PACK_ROWS, parameterGradientProgram, statisticsProgram, type Shape,
} from './normalization-wgsl';
import type { Gpu } from './program';
import { addParts } from './reduction';
import { refineKernel, type Attrs, type Inputs } from './registry';

/** Images above which parameter gradients are first added up in two passes: one thread a channel would be slow. */
const MANY_IMAGES = 64;

function shapeOf({ x, scale }: Inputs, attrs: Attrs): Shape {
  const [images, pixels, channels] = planesOf(x.shape);
  return {
    images, pixels, channels, groups: attrs.groups as number, epsilon: attrs.epsilon as number, activation: attrs.activation as Activation, film: scale !== undefined,
  };
}

/** Threads that share a group: one on a software adapter, where barriers are dear; else more the larger the group is. */
function lanesOf({ pixels, channels, groups }: Shape, { software }: Gpu): number {
  if (software) return 1;
  return (pixels * channels) / groups > 1024 ? 256 : 64;
}

const affineInputs = ({ gamma, beta, scale, shift }: Inputs): tf.TensorInfo[] => (scale ? [gamma, beta, scale, shift] : [gamma, beta]);

function forward(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo {
  const s = shapeOf(inputs, attrs);
  const statistics = gpu.output([s.images, 2, s.channels]);
  gpu.run(statisticsProgram(s, lanesOf(s, gpu)), [inputs.x, statistics]);
  const out = gpu.output(inputs.x.shape);
  gpu.run(applyProgram(s), [inputs.x, ...affineInputs(inputs), statistics, out]);
  gpu.free(statistics);
  return out;
}

/** Gradients of x, gamma, beta and, with FiLM, scale and shift; the statistics are computed again from x. */
function backward(inputs: Inputs, attrs: Attrs, gpu: Gpu): tf.TensorInfo[] {
  const s = shapeOf(inputs, attrs);
  const { x, gamma, beta, scale, dy } = inputs;
  const packed = gpu.output([s.images, PACK_ROWS, s.channels]);
  gpu.run(gradientSumsProgram(s, lanesOf(s, gpu)), [x, ...affineInputs(inputs), dy, packed]);
  const dx = gpu.output(x.shape);
  gpu.run(inputGradientProgram(s), [x, ...affineInputs(inputs), dy, packed, dx]);
  const outs = [gamma, beta, ...(scale ? [scale, scale] : [])].map(({ shape }) => gpu.output(shape));
  const added = s.images > MANY_IMAGES && !s.film ? addParts(gpu, packed, [1, PACK_ROWS, s.channels]) : packed;
  gpu.run(parameterGradientProgram(s, added.shape[0]), [added, ...(scale ? [gamma, beta, scale] : []), ...outs]);
  if (added !== packed) gpu.free(added);
  gpu.free(packed);
  return [dx, ...outs];
}

/**
 * Registers the normalisations. Those of groups with affine part, FiLM and activation are here: two dispatches forward and three backward.
 */
export function installNormalizationKernels(): void {
  for (const name of [GROUP_NORM, FILM_GROUP_NORM]) refineKernel(name, forward);
  for (const name of [GROUP_NORM_GRADIENT, FILM_GROUP_NORM_GRADIENT]) refineKernel(name, backward);
  installChannelKernels();
  installRowKernels();
}
