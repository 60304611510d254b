/**
 * The differentiable operations nets are made of. Everything here is right to first and second order on every engine, which
 * does not hold for tfjs' own operations; nets must not call those directly. Tensors are float32, images NHWC.
 */
import { installGradients } from './gradients';
import { installRandomKernels } from './ops/random';

installGradients();
installRandomKernels();

export { attention, multiHeadAttention } from './ops/attention';
export { gelu, relu, silu, softmax } from './ops/activation';
export { conv2d, type ConvolutionOptions } from './ops/convolution';
export { addChannelBias, embedding, linear, matMul, oneHot } from './ops/linear';
export { logSumExp, meanSquare, softmaxCrossEntropy } from './ops/loss';
export {
  batchNorm, groupNorm, layerNorm, type BatchNormOptions, type GroupNormOptions, type LayerNormOptions,
} from './ops/normalization';
export { normal, uniform } from './ops/random';
export { averagePool2, globalAveragePool, pixelShuffle, pixelUnshuffle, upsample2 } from './ops/resample';
export { expand, scale } from './ops/shape';
