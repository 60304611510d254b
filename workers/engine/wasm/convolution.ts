import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { address } from './heap';
import { defineKernel } from './registry';
import { simd } from './simd/module';

/** Rows of a unit of `convolve`, and depths of one of `filterGradient`. */
const TILE = 4;
/** Nanoseconds of one multiplication and addition, about. */
const MULTIPLY_NS = 0.15;

/** Geometry of one 2-D convolution. */
interface Geometry {
  batch: number; height: number; width: number; channels: number;
  kernelHeight: number; kernelWidth: number; filters: number;
  outHeight: number; outWidth: number;
  stride: number; top: number; left: number;
}

/** Geometry from the attributes tfjs gives its convolution kernels. */
function geometry(xShape: number[], filterShape: number[], attrs: Record<string, unknown>): Geometry {
  const info = tf.backend_util.computeConv2DInfo(
    xShape as [number, number, number, number], filterShape as [number, number, number, number],
    attrs.strides as number | [number, number], (attrs.dilations ?? 1) as number | [number, number], attrs.pad as 'same' | 'valid',
    attrs.dimRoundingMode as 'floor' | undefined,
  );
  if (info.strideHeight !== info.strideWidth || info.dilationHeight !== 1 || info.dilationWidth !== 1) {
    throw new RangeError('Convolutions with dilation or unequal strides are not supported.');
  }
  return {
    batch: info.batchSize, height: info.inHeight, width: info.inWidth, channels: info.inChannels,
    kernelHeight: info.filterHeight, kernelWidth: info.filterWidth, filters: info.outChannels,
    outHeight: info.outHeight, outWidth: info.outWidth, stride: info.strideHeight, top: info.padInfo.top, left: info.padInfo.left,
  };
}

/** For each tap and output pixel the byte offset of the input pixel under it, -1 on padding. */
function forwardTable(g: Geometry): Int32Array {
  const table = new Int32Array(g.kernelHeight * g.kernelWidth * g.outHeight * g.outWidth);
  let at = 0;
  for (let a = 0; a < g.kernelHeight; a++) for (let b = 0; b < g.kernelWidth; b++) {
    for (let i = 0; i < g.outHeight; i++) for (let j = 0; j < g.outWidth; j++) {
      const row = i * g.stride + a - g.top;
      const column = j * g.stride + b - g.left;
      const inside = row >= 0 && row < g.height && column >= 0 && column < g.width;
      table[at++] = inside ? (row * g.width + column) * g.channels * 4 : -1;
    }
  }
  return table;
}

/** For each tap and input pixel the byte offset of the output pixel it feeds through that tap, -1 where there is none. */
function backwardTable(g: Geometry): Int32Array {
  const table = new Int32Array(g.kernelHeight * g.kernelWidth * g.height * g.width);
  let at = 0;
  for (let a = 0; a < g.kernelHeight; a++) for (let b = 0; b < g.kernelWidth; b++) {
    for (let i = 0; i < g.height; i++) for (let j = 0; j < g.width; j++) {
      const row = (i + g.top - a) / g.stride;
      const column = (j + g.left - b) / g.stride;
      const whole = Number.isInteger(row) && Number.isInteger(column);
      const inside = whole && row >= 0 && row < g.outHeight && column >= 0 && column < g.outWidth;
      table[at++] = inside ? (row * g.outWidth + column) * g.filters * 4 : -1;
    }
  }
  return table;
}

function tableOf(g: Geometry, direction: 'forward' | 'backward'): number {
  const { batch: _, ...rest } = g;
  return simd().table(`${direction}:${Object.values(rest).join()}`, () => (direction === 'forward' ? forwardTable(g) : backwardTable(g)));
}

/** Sizes of a product of gathered rows with a filter. */
interface Gather {
  images: number; pixels: number; imageBytes: number; taps: number; depth: number; filters: number;
}

/** Rows gathered from `x` through `table` times the filter, by address. */
export function product(x: number, table: number, filter: number, out: number, g: Gather, transposed: boolean): void {
  const module = simd();
  const scratch = module.scratch(module.run.convolveScratch(g.taps, g.depth, g.filters, module.workers));
  module.run.pack(filter, scratch, g.taps, g.depth, g.filters, transposed ? 1 : 0);
  module.spread(
    'convolve', Math.ceil((g.images * g.pixels) / TILE), TILE * g.taps * g.depth * g.filters * MULTIPLY_NS,
    x, table, out, scratch, g.images, g.pixels, g.imageBytes, g.taps, g.depth, g.filters,
  );
}

/** Outer products of gathered rows with rows of `dy`, added up, by address. */
export function outerProducts(x: number, table: number, dy: number, out: number, g: Gather): void {
  simd().spread(
    'filterGradient', g.taps * Math.ceil(g.depth / TILE), TILE * g.images * g.pixels * g.filters * MULTIPLY_NS,
    x, table, dy, out, g.images, g.pixels, g.imageBytes, g.taps, g.depth, g.filters,
  );
}

/** Gathers rows of `from` through `table` and multiplies them with the filter. */
function gather(
  backend: BackendWasm, from: tf.TensorInfo, filter: tf.TensorInfo, out: tf.TensorInfo, table: number,
  g: Gather, transposed: boolean,
): tf.TensorInfo {
  product(address(backend, from), table, address(backend, filter), address(backend, out), g, transposed);
  return out;
}

/** Registers the three convolution kernels over tfjs' own: there the input gradient is naive and the filter gradient missing. */
export function installConvolutionKernels(): void {
  defineKernel('Conv2D', ({ x, filter }, attrs, backend) => {
    const g = geometry(x.shape, filter.shape, attrs);
    const out = backend.makeOutput([g.batch, g.outHeight, g.outWidth, g.filters], 'float32');
    return gather(backend, x, filter, out, tableOf(g, 'forward'), {
      images: g.batch, pixels: g.outHeight * g.outWidth, imageBytes: g.height * g.width * g.channels * 4,
      taps: g.kernelHeight * g.kernelWidth, depth: g.channels, filters: g.filters,
    }, false);
  });
  defineKernel('Conv2DBackpropInput', ({ dy, filter }, attrs, backend) => {
    const inputShape = attrs.inputShape as number[];
    const g = geometry(inputShape, filter.shape, attrs);
    const out = backend.makeOutput(inputShape, 'float32');
    return gather(backend, dy, filter, out, tableOf(g, 'backward'), {
      images: g.batch, pixels: g.height * g.width, imageBytes: g.outHeight * g.outWidth * g.filters * 4,
      taps: g.kernelHeight * g.kernelWidth, depth: g.filters, filters: g.channels,
    }, true);
  });
  defineKernel('Conv2DBackpropFilter', ({ x, dy }, attrs, backend) => {
    const filterShape = attrs.filterShape as number[];
    const g = geometry(x.shape, filterShape, attrs);
    const out = backend.makeOutput(filterShape, 'float32');
    outerProducts(address(backend, x), tableOf(g, 'forward'), address(backend, dy), address(backend, out), {
      images: g.batch, pixels: g.outHeight * g.outWidth, imageBytes: g.height * g.width * g.channels * 4,
      taps: g.kernelHeight * g.kernelWidth, depth: g.channels, filters: g.filters,
    });
    return out;
  });
}
