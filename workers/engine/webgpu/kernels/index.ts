import type { KernelBackend } from '@tensorflow/tfjs-core';
import { installAttentionKernels } from './attention';
import { installConvolutionKernels } from './convolution';
import { installElementwiseKernels } from './elementwise';
import { installLossKernels } from './loss';
import { installMatchedNormKernels } from './matched-norm';
import { installMatMulKernel } from './matmul';
import { installNormalizationKernels } from './normalization';
import type { Gpu } from './program';
import { installRandomKernels } from './random';
import { installReductionKernels } from './reduction';
import { attach } from './registry';
import { installResampleKernels } from './resample';
import { installSoftmaxKernel } from './softmax';
import { installStructureKernels } from './structure';

let installed = false;

/** Registers our WebGPU kernels over tfjs' own and makes them run on `backend`. `software` picks the variants. */
export function installWebGpuKernels(backend: KernelBackend, software: boolean): Gpu {
  const gpu = attach(backend, software);
  if (installed) return gpu;
  installed = true;
  installConvolutionKernels();
  installMatMulKernel();
  installReductionKernels();
  installElementwiseKernels();
  installLossKernels();
  installNormalizationKernels();
  installMatchedNormKernels();
  installRandomKernels();
  installAttentionKernels();
  installStructureKernels();
  installResampleKernels();
  installSoftmaxKernel();
  return gpu;
}
