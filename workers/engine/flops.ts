import * as tf from '@tensorflow/tfjs-core';
import {
  ATTENTION, ATTENTION_GRADIENT, BIASED_CONV2D, BIASED_MATMUL, CHANNEL_NORM, CHANNEL_NORM_GRADIENT, FILM_GROUP_NORM, FILM_GROUP_NORM_GRADIENT, FILM_LAYER_NORM, FILM_LAYER_NORM_GRADIENT,
  GROUP_NORM, GROUP_NORM_GRADIENT, LAYER_NORM, LAYER_NORM_GRADIENT,
} from './gradients/names';
import { sizeOf } from './ops/shape';

type Inputs = Record<string, tf.TensorInfo>;
type Attrs = Record<string, unknown>;
type Count = (inputs: Inputs, attrs: Attrs) => number;

/** Kernels that move or make numbers and compute none. */
const MOVES = new Set([
  'Cast', 'Concat', 'DepthToSpace', 'Expand', 'ExpandDims', 'Fill', 'GatherV2', 'Identity', 'OneHot', 'Pack', 'PadV2', 'Range', 'Reshape', 'ResizeNearestNeighbor',
  'Reverse', 'Slice', 'SpaceToBatchND', 'BatchToSpaceND', 'SpaceToDepth', 'SplitV', 'StridedSlice', 'Tile', 'Transpose', 'Unpack', 'ZerosLike', 'OnesLike',
]);

/** Output pixels times taps times channels, a multiplication and an addition each. */
function convolution(output: number, filter: readonly number[]): number {
  return 2 * output * filter[0] * filter[1] * filter[2];
}

function forward({ x, filter }: Inputs, { strides, pad, dilations, dimRoundingMode }: Attrs): number {
  const { outShape } = tf.backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number], filter.shape as [number, number, number, number], strides as [number, number],
    (dilations ?? 1) as number, pad as 'same', dimRoundingMode as 'floor' | undefined,
  );
  return convolution(sizeOf(outShape), filter.shape);
}

function product({ a, b }: Inputs, { transposeA, transposeB }: Attrs): number {
  const [rows, inner] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const columns = b.shape[b.shape.length - (transposeB ? 2 : 1)];
  const batches = Math.max(sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2)));
  return 2 * batches * rows * inner * columns;
}

/** Products of tokens x tokens x width, all heads together: two forward, five backward. */
function attention(products: number): Count {
  return ({ q: { shape: [n, tokens, width] } }) => 2 * products * n * tokens * tokens * width;
}

function largest(inputs: Inputs): number {
  return Math.max(0, ...Object.values(inputs).flat().map((input) => (input ? sizeOf(input.shape) : 0)));
}

function perElement(operations: number): Count {
  return (inputs) => operations * largest(inputs);
}

const COUNTS: Record<string, Count> = {
  Conv2D: forward,
  FusedConv2D: forward,
  Conv2DBackpropInput: ({ dy, filter }) => convolution(sizeOf(dy.shape), filter.shape),
  Conv2DBackpropFilter: ({ dy }, { filterShape }) => convolution(sizeOf(dy.shape), filterShape as number[]),
  BatchMatMul: product,
  [BIASED_CONV2D]: forward,
  [BIASED_MATMUL]: product,
  _FusedMatMul: product,
  [ATTENTION]: attention(2),
  [ATTENTION_GRADIENT]: attention(5),
  // Statistics take three operations an element, normalising and the affine part four, SiLU and its derivative a few more.
  [GROUP_NORM]: perElement(10),
  [FILM_GROUP_NORM]: perElement(12),
  [GROUP_NORM_GRADIENT]: perElement(22),
  [FILM_GROUP_NORM_GRADIENT]: perElement(26),
  [LAYER_NORM]: perElement(8),
  [LAYER_NORM_GRADIENT]: perElement(14),
  [FILM_LAYER_NORM]: perElement(10),
  [FILM_LAYER_NORM_GRADIENT]: perElement(18),
  [CHANNEL_NORM]: perElement(8),
  [CHANNEL_NORM_GRADIENT]: perElement(14),
};

/**
 * Floating-point operations of one call of a kernel. Exact for convolutions, products and those inside attention, padding counted as if it were data; one an element of the
 * largest operand for all that works element by element or adds up, transcendental functions included; none for what only moves numbers.
 */
export function flopsOf(kernelName: string, inputs: Inputs, attrs: Attrs): number {
  if (MOVES.has(kernelName)) return 0;
  return COUNTS[kernelName]?.(inputs, attrs) ?? largest(inputs);
}

/** Hears of every kernel of a backend before it runs, with the floating-point operations it will take. */
export type WorkListener = (flops: number) => void;

const listeners = new WeakMap<object, WorkListener>();
const watched = new WeakSet<tf.KernelConfig>();
/** Inside a kernel that was counted as a whole, those it calls are not counted again. */
let counted = false;

/** Tells `listener` of the work of every kernel that runs on this backend from now on. */
export function watchKernels(backend: tf.KernelBackend, backendName: string, listener: WorkListener): void {
  listeners.set(backend, listener);
  for (const config of tf.getKernelsForBackend(backendName)) {
    if (watched.has(config)) continue;
    watched.add(config);
    const { kernelName, kernelFunc } = config;
    config.kernelFunc = (call) => {
      const heard = listeners.get(call.backend as object);
      if (!heard || counted) return kernelFunc(call);
      heard(flopsOf(kernelName, call.inputs as Inputs, (call.attrs ?? {}) as Attrs));
      counted = kernelName in COUNTS;
      try {
        return kernelFunc(call);
      } finally {
        counted = false;
      }
    };
  }
}
