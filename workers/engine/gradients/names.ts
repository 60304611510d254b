/**
 * Names of the kernels Retort adds to tfjs' registry. Each has a kernel on every backend and a gradient that is made of
 * kernels with gradients, so that derivatives of any order exist.
 */
export const EXPAND = 'Expand';
export const SCALE = 'Scale';
export const LOG_SUM_EXP = 'LogSumExp';
export const UPSAMPLE2 = 'Upsample2';
export const AVERAGE_POOL2 = 'AveragePool2';
export const RELU_GRADIENT = 'ReluGrad';
export const SILU = 'Silu';
export const SILU_GRADIENT = 'SiluGrad';
/** A product of two matrices and a convolution, each with a bias [columns] added. */
export const BIASED_MATMUL = 'BiasedMatMul';
export const BIASED_CONV2D = 'BiasedConv2D';
/** Group normalisation of [images, ..., channels]; the second form with scale and shift a channel and image. */
export const GROUP_NORM = 'GroupNorm';
export const GROUP_NORM_GRADIENT = 'GroupNormGrad';
export const FILM_GROUP_NORM = 'FilmGroupNorm';
export const FILM_GROUP_NORM_GRADIENT = 'FilmGroupNormGrad';
export const GELU = 'Gelu';
export const GELU_GRADIENT = 'GeluGrad';
/** Multi-head attention of q, k, v [images, tokens, heads * width]. */
export const ATTENTION = 'Attention';
export const ATTENTION_GRADIENT = 'AttentionGrad';
/** Cross-entropy and divergence of rows of logits, labels included in the gradients. */
export const SOFTMAX_CROSS_ENTROPY = 'SoftmaxCrossEntropy';
export const SOFTMAX_CROSS_ENTROPY_GRADIENT = 'SoftmaxCrossEntropyGrad';
export const SOFTMAX_CROSS_ENTROPY_SECOND = 'SoftmaxCrossEntropyGradGrad';
export const KL_DIVERGENCE = 'KlDivergence';
export const KL_DIVERGENCE_GRADIENT = 'KlDivergenceGrad';
/** Normalisation of [images, pixels, channels] for each image and channel, with its mean and variance given, and those apart. */
export const CHANNEL_MOMENTS = 'ChannelMoments';
export const CHANNEL_NORM = 'ChannelNorm';
export const CHANNEL_NORM_GRADIENT = 'ChannelNormGrad';
export const CHANNEL_NORM_SECOND = 'ChannelNormGradGrad';
/** Mean and variance as functions of the values; the kernel passes on what `ChannelMoments` found. */
export const BATCH_STATISTICS = 'BatchStatistics';
export const BATCH_STATISTICS_GRADIENT = 'BatchStatisticsGrad';
/** Normalisation by statistics that are not those of the batch. */
export const FIXED_NORM = 'FixedNorm';
export const FIXED_NORM_INPUT_GRADIENT = 'FixedNormInputGrad';
export const FIXED_NORM_AFFINE_GRADIENT = 'FixedNormAffineGrad';
/** Normalisation by running statistics with the distance of the input's own from them, and what both need a channel. */
export const MATCHED_ROWS = 'MatchedRows';
export const MATCHED_NORM = 'MatchedNorm';
export const MATCHED_NORM_GRADIENT = 'MatchedNormGrad';
export const RUNNING_STATISTICS = 'RunningStatistics';
/** Layer normalisation of [images, tokens, width]; the second form with scale and shift [images, width]. */
export const LAYER_NORM = 'LayerNorm';
export const LAYER_NORM_GRADIENT = 'LayerNormGrad';
export const FILM_LAYER_NORM = 'FilmLayerNorm';
export const FILM_LAYER_NORM_GRADIENT = 'FilmLayerNormGrad';
