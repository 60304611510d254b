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
/** Group normalisation of [images, pixels, channels]; the second form with scale and shift a channel and image. */
export const GROUP_NORM = 'GroupNorm';
export const GROUP_NORM_GRADIENT = 'GroupNormGrad';
export const FILM_GROUP_NORM = 'FilmGroupNorm';
export const FILM_GROUP_NORM_GRADIENT = 'FilmGroupNormGrad';
export const GELU = 'Gelu';
export const GELU_GRADIENT = 'GeluGrad';
/** Multi-head attention of q, k, v [images, tokens, heads * width]. */
export const ATTENTION = 'Attention';
export const ATTENTION_GRADIENT = 'AttentionGrad';
