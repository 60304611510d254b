// Entry of the module: everything JavaScript may call. A function that starts with (begin, end, worker) makes the outputs of that range of its units and
// no others; calls for disjoint ranges may run at the same time under different worker numbers. How outputs are cut never changes a sum.
export { convolve, convolveScratch, filterGradient, pack } from './convolution';
export { affineGradient, groupNorm, groupNormGradient, groupNormScratch } from './normalization';
export {
  adamw, affine, average, binary, copyRows, exchange, pool2, reluGradient, silu, siluGradient, squares, sumMiddle, upsample2,
} from './elementwise';
