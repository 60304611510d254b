import * as tf from '@tensorflow/tfjs-core';
import { MATCHED_NORM, MATCHED_NORM_GRADIENT, MATCHED_ROWS } from '../../gradients/names';
import { sizeOf } from '../../ops/shape';
import type { Activation } from '../../ops/standardize';
import { MATCHED_ROW_COUNT, matchedApplyProgram, matchedGradientProgram, matchProgram, type MatchedShape } from './matched-norm-wgsl';
import { threadsOf } from './normalization-channels';
import { momentsProgram, partsOf } from './normalization-channels-wgsl';
import { refineKernel, type Attrs, type Inputs } from './registry';

function shapeOf({ x }: Inputs, attrs: Attrs): MatchedShape {
  const [images, lines, columns, channels] = x.shape;
  return { lines: images * lines, columns, channels, activation: attrs.activation as Activation, pool: attrs.pool as boolean };
}

/**
 * Registers normalisation by running statistics that also tells how far those of its input are from them: two dispatches for what both need, one for y with activation and
 * pooling in it, one for the gradient of x.
 */
export function installMatchedNormKernels(): void {
  refineKernel(MATCHED_ROWS, ({ x, gamma, beta, mean, variance }, attrs, gpu) => {
    const channels = mean.shape[0];
    const s = { images: 1, pixels: sizeOf(x.shape) / channels, channels, epsilon: attrs.epsilon as number, activation: 'none' as const };
    const parts = partsOf(s, threadsOf(gpu));
    const partial = gpu.output([parts.parts, 2, channels]);
    gpu.run(momentsProgram(s, parts, true), [x, partial]);
    const outs = [gpu.output([MATCHED_ROW_COUNT, channels]), gpu.output([])];
    gpu.run(matchProgram(s, parts, attrs.meanWeight as number, attrs.varianceWeight as number), [partial, gamma, beta, mean, variance, ...outs]);
    gpu.free(partial);
    return outs;
  });
  refineKernel(MATCHED_NORM, (inputs, attrs, gpu) => {
    const { x, rows, value } = inputs;
    const [n, height, width, channels] = x.shape;
    const y = gpu.output(attrs.pool ? [n, height / 2, width / 2, channels] : x.shape);
    gpu.run(matchedApplyProgram(shapeOf(inputs, attrs)), [x, rows, y]);
    return [y, tf.clone(value as tf.Tensor)];
  });
  refineKernel(MATCHED_NORM_GRADIENT, (inputs, attrs, gpu) => {
    const { x, rows, dy, dd } = inputs;
    const dx = gpu.output(x.shape);
    gpu.run(matchedGradientProgram(shapeOf(inputs, attrs)), [x, rows, dy, dd, dx]);
    return dx;
  });
}
