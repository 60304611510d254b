import { installArithmeticGradients } from './gradients/arithmetic';
import { installConvolutionGradients, installResampleGradients } from './gradients/convolution';
import { installComposedKernels } from './gradients/kernels';
import { installPointwiseGradients } from './gradients/pointwise';
import { installReductionGradients } from './gradients/reductions';
import { installStructureGradients } from './gradients/structure';
import { installActivationGradients } from './ops/activation';
import { installAttentionGradients } from './ops/attention';
import { installLossGradients } from './ops/loss';
import { installMatchedNormGradients } from './ops/matched-norm';
import { installNormalizationGradients } from './ops/normalization';

let installed = false;

/**
 * Registers our gradients in place of those of tfjs, many of which are wrong or missing to second order or upload constants, and
 * adds our own kernels. A kernel that is not listed has no gradient at all and fails loudly, rather than being silently wrong. Works
 * on the global registry, for all backends; calling it again does nothing.
 */
export function installGradients(): void {
  if (installed) return;
  installed = true;
  installComposedKernels();
  installArithmeticGradients();
  installStructureGradients();
  installPointwiseGradients();
  installReductionGradients();
  installConvolutionGradients();
  installResampleGradients();
  installActivationGradients();
  installLossGradients();
  installNormalizationGradients();
  installMatchedNormGradients();
  installAttentionGradients();
}
