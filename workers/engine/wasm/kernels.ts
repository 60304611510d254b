import { installComposedKernels } from '../gradients/kernels';
import { installConvolutionKernels } from './convolution';
import { installElementwiseKernels } from './elementwise';
import { installFusedKernels } from './fused';
import { installLayoutKernels } from './layout';
import { installMatMulKernel } from './matmul';

let installed = false;

/** Registers our wasm kernels over tfjs' slow ones and in place of its missing ones. Idempotent; must precede the backend's start. */
export function installWasmKernels(): void {
  if (installed) return;
  installed = true;
  installComposedKernels();
  installConvolutionKernels();
  installElementwiseKernels();
  installLayoutKernels();
  installFusedKernels();
  installMatMulKernel();
}
