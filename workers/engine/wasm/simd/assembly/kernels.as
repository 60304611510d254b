// Entry of the module: everything JavaScript may call.
export { convolve, convolveScratch, filterGradient } from './convolution';
export { groupNorm, groupNormGradient, groupNormScratch } from './normalization';
export {
  adamw, affine, average, binary, copyRows, pool2, reluGradient, silu, siluGradient, squares, sumMiddle, upsample2,
} from './elementwise';
