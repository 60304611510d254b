import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  FILM_GROUP_NORM, FILM_GROUP_NORM_GRADIENT, GROUP_NORM, GROUP_NORM_GRADIENT, RELU_GRADIENT, SILU, SILU_GRADIENT,
} from '../gradients/names';
import { address, sizeOfInfo } from './heap';
import { defineKernel, type Attrs, type Inputs } from './registry';
import { simd } from './simd/module';

/** Trailing arguments both normalisation functions share, and the address of their scratch. */
function normalization({ x }: Inputs, attrs: Attrs): { sizes: number[]; scratch: number } {
  const [images, pixels, channels] = x.shape;
  const activation = attrs.activation === 'silu' ? 1 : 0;
  return {
    sizes: [images, pixels, channels, attrs.groups as number, attrs.epsilon as number, activation],
    scratch: simd().scratch(simd().run.groupNormScratch(channels)),
  };
}

const optional = (backend: BackendWasm, info: Inputs[string] | undefined): number => (info ? address(backend, info) : 0);

/** Group normalisation with and without FiLM, and the activations, each with its gradient. */
export function installFusedKernels(): void {
  for (const name of [GROUP_NORM, FILM_GROUP_NORM]) {
    defineKernel(name, (inputs, attrs, backend) => {
      const { sizes, scratch } = normalization(inputs, attrs);
      const out = backend.makeOutput(inputs.x.shape, 'float32');
      simd().run.groupNorm(
        address(backend, inputs.x), address(backend, inputs.gamma), address(backend, inputs.beta),
        optional(backend, inputs.scale), optional(backend, inputs.shift), address(backend, out), scratch, ...sizes,
      );
      return out;
    });
  }
  for (const name of [GROUP_NORM_GRADIENT, FILM_GROUP_NORM_GRADIENT]) {
    defineKernel(name, (inputs, attrs, backend) => {
      const { sizes, scratch } = normalization(inputs, attrs);
      const { x, gamma, beta, scale, shift, dy } = inputs;
      const outs = [x, gamma, beta, ...(scale ? [scale, shift] : [])].map(({ shape }) => backend.makeOutput(shape, 'float32'));
      simd().run.groupNormGradient(
        address(backend, x), address(backend, gamma), address(backend, beta), optional(backend, scale), optional(backend, shift),
        address(backend, dy), address(backend, outs[0]), address(backend, outs[1]), address(backend, outs[2]),
        optional(backend, outs[3]), optional(backend, outs[4]), scratch, ...sizes,
      );
      return outs;
    });
  }
  defineKernel(SILU, ({ x }, _attrs, backend) => {
    const out = backend.makeOutput(x.shape, 'float32');
    simd().run.silu(address(backend, x), address(backend, out), sizeOfInfo(x));
    return out;
  });
  defineKernel(SILU_GRADIENT, ({ x, dy }, _attrs, backend) => {
    const out = backend.makeOutput(x.shape, 'float32');
    simd().run.siluGradient(address(backend, x), address(backend, dy), address(backend, out), sizeOfInfo(x));
    return out;
  });
  defineKernel(RELU_GRADIENT, ({ x, dy }, _attrs, backend) => {
    const out = backend.makeOutput(x.shape, 'float32');
    simd().run.reluGradient(address(backend, x), address(backend, dy), address(backend, out), sizeOfInfo(x));
    return out;
  });
}
