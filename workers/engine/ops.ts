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
export {
  klDivergence, logSumExp, meanSquare, softmaxCrossEntropy, type CrossEntropyOptions, type DivergenceOptions,
} from './ops/loss';
export {
  batchNorm, batchStatistics, updateRunningStatistics, type BatchNormOptions, type RunningOptions,
} from './ops/batch-norm';
export type { Statistics } from './ops/channels';
export { matchedNorm, statisticsDistance, type DistanceWeights, type MatchedNormOptions } from './ops/matched-norm';
export { groupNorm, instanceNorm, layerNorm, type GroupNormOptions, type InstanceNormOptions, type LayerNormOptions } from './ops/normalization';
export { normal, uniform } from './ops/random';
export { averagePool2, globalAveragePool, pixelShuffle, pixelUnshuffle, upsample2 } from './ops/resample';
export { expand, scale } from './ops/shape';
