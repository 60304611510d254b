import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  FILM_GROUP_NORM, FILM_GROUP_NORM_GRADIENT, GROUP_NORM, GROUP_NORM_GRADIENT, RELU_GRADIENT, SILU, SILU_GRADIENT,
} from '../gradients/names';
import { planesOf } from '../ops/shape';
import { BLOCK } from './elementwise';
import { address, sizeOfInfo } from './heap';
import { defineKernel, type Attrs, type Inputs } from './registry';
import { simd } from './simd/module';

/** Nanoseconds of a normalised number forward and of one backward, and of a number through an activation, about. */
const FORWARD_NS = 1;
const BACKWARD_NS = 2;
const ACTIVATION_NS = 0.5;

/** Channels a unit gets at least, so that two threads seldom write to one cache line. */
const LEAST_CHANNELS = 16;

/**
 * How both normalisation functions are cut, the arguments they end with, and the address of their scratch. A unit is an image, or where there are few
 * images (batch normalisation has one) a run of channels of whole groups.
 */
function normalization({ x, dy }: Inputs, attrs: Attrs): { units: number; numbers: number; sizes: number[]; scratch: number } {
  const [images, pixels, channels] = planesOf(x.shape);
  const module = simd();
  const width = channels / (attrs.groups as number);
  const step = width % 4 === 0 ? width : width % 2 === 0 ? 2 * width : 4 * width;
  const few = images < 4 * module.workers;
  const span = few ? Math.min(channels, step * Math.ceil(LEAST_CHANNELS / step)) : channels;
  return {
    units: images * Math.ceil(channels / span),
    numbers: pixels * span,
    sizes: [pixels, channels, attrs.groups as number, attrs.epsilon as number, attrs.activation === 'silu' ? 1 : 0, span],
    scratch: module.scratch(module.run.groupNormScratch(dy ? images : 0, channels, module.workers)),
  };
}

function pointwise(kernel: 'silu' | 'siluGradient' | 'reluGradient', size: number, ...addresses: number[]): void {
  simd().spread(kernel, Math.ceil(size / BLOCK), BLOCK * ACTIVATION_NS, ...addresses, size);
}

const optional = (backend: BackendWasm, info: Inputs[string] | undefined): number => (info ? address(backend, info) : 0);

/** Group normalisation with and without FiLM, and the activations, each with its gradient. */
export function installFusedKernels(): void {
  for (const name of [GROUP_NORM, FILM_GROUP_NORM]) {
    defineKernel(name, (inputs, attrs, backend) => {
      const { units, numbers, sizes, scratch } = normalization(inputs, attrs);
      const out = backend.makeOutput(inputs.x.shape, 'float32');
      simd().spread(
        'groupNorm', units, numbers * FORWARD_NS, address(backend, inputs.x), address(backend, inputs.gamma), address(backend, inputs.beta),
        optional(backend, inputs.scale), optional(backend, inputs.shift), address(backend, out), scratch, ...sizes,
      );
      return out;
    });
  }
  for (const name of [GROUP_NORM_GRADIENT, FILM_GROUP_NORM_GRADIENT]) {
    defineKernel(name, (inputs, attrs, backend) => {
      const { units, numbers, sizes, scratch } = normalization(inputs, attrs);
      const { x, gamma, beta, scale, shift, dy } = inputs;
      const outs = [x, gamma, beta, ...(scale ? [scale, shift] : [])].map(({ shape }) => backend.makeOutput(shape, 'float32'));
      const { run, workers } = simd();
      simd().spread(
        'groupNormGradient', units, numbers * BACKWARD_NS,
        address(backend, x), address(backend, gamma), address(backend, beta), optional(backend, scale), optional(backend, shift),
        address(backend, dy), address(backend, outs[0]), optional(backend, outs[3]), optional(backend, outs[4]), scratch, workers, ...sizes,
      );
      run.affineGradient(
        optional(backend, scale), address(backend, outs[1]), address(backend, outs[2]), scratch, workers, x.shape[0], x.shape[x.shape.length - 1],
      );
      return outs;
    });
  }
  defineKernel(SILU, ({ x }, _attrs, backend) => {
    const out = backend.makeOutput(x.shape, 'float32');
    pointwise('silu', sizeOfInfo(x), address(backend, x), address(backend, out));
    return out;
  });
  defineKernel(SILU_GRADIENT, ({ x, dy }, _attrs, backend) => {
    const out = backend.makeOutput(x.shape, 'float32');
    pointwise('siluGradient', sizeOfInfo(x), address(backend, x), address(backend, dy), address(backend, out));
    return out;
  });
  defineKernel(RELU_GRADIENT, ({ x, dy }, _attrs, backend) => {
    const out = backend.makeOutput(x.shape, 'float32');
    pointwise('reluGradient', sizeOfInfo(x), address(backend, x), address(backend, dy), address(backend, out));
    return out;
  });
}
