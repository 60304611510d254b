/**
 * Names of the kernels Retort adds to tfjs' registry. Each has a kernel on every backend and a gradient that is made of
 * kernels with gradients, so that derivatives of any order exist.
 */
export const EXPAND = 'Expand';
export const SCALE = 'Scale';
export const LOG_SUM_EXP = 'LogSumExp';
export const UPSAMPLE2 = 'Upsample2';
export const AVERAGE_POOL2 = 'AveragePool2';
