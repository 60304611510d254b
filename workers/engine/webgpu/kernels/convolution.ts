import * as tf from '@tensorflow/tfjs-core';
import { BIASED_CONV2D } from '../../gradients/names';
import { filterGradientProgram, filterSize, forwardProgram, inputGradientProgram, inputSize, outputSize, type Geometry } from './convolution-wgsl';
import { formatKey, wordsOf, type Format } from './half';
import type { Gpu } from './program';
import { addParts } from './reduction';
import { refineKernel, type Attrs } from './registry';
import { SHARED_DEPTH, usualTile, type Tile } from './tile';
import type { Tiled } from './tiled';

/** Geometry from the attributes of tfjs' convolution kernels; null for layouts, dilations and strides that are left to its own. */
function geometry(xShape: number[], filterShape: number[], attrs: Attrs): Geometry | null {
  if ((attrs.dataFormat ?? 'NHWC') !== 'NHWC') return null;
  const info = tf.backend_util.computeConv2DInfo(
    xShape as [number, number, number, number], filterShape as [number, number, number, number],
    attrs.strides as number | [number, number], (attrs.dilations ?? 1) as number | [number, number], attrs.pad as 'same' | 'valid',
    attrs.dimRoundingMode as 'floor' | undefined,
  );
  if (info.strideHeight !== info.strideWidth || info.dilationHeight !== 1 || info.dilationWidth !== 1) return null;
  return {
    batch: info.batchSize, height: info.inHeight, width: info.inWidth, channels: info.inChannels,
    kernelHeight: info.filterHeight, kernelWidth: info.filterWidth, filters: info.outChannels,
    outHeight: info.outHeight, outWidth: info.outWidth, stride: info.strideHeight, top: info.padInfo.top, left: info.padInfo.left,
  };
}

const isVector = (g: Geometry) => g.channels % 4 === 0 && g.filters % 4 === 0;

/** Most numbers the parts of a filter gradient may take together, and the most parts there are. */
const PARTS_ROOM = 1 << 22;
const MOST_PARTS = 256;
/** Parts a filter gradient is expected to be split into when its tile is chosen. */
const USUAL_PARTS = 32;

/** Over how many parts the sum over rows of pixels is split, `wanted` where there is room: enough threads to fill the device, without filling its memory. */
function partsOf(g: Geometry, wanted: number): number {
  const lines = g.batch * g.outHeight;
  const parts = Math.max(1, Math.min(wanted, lines, MOST_PARTS, Math.floor(PARTS_ROOM / filterSize(g))));
  // Equal shares, so that no part is left without lines.
  return Math.ceil(lines / Math.ceil(lines / parts));
}

const flopsOf = (g: Geometry) => 2 * (outputSize(g) / g.filters) * filterSize(g);

function forwardKernel(g: Geometry, software: boolean, format: Format, bias: boolean): Tiled {
  return {
    key: `convolution ${Object.values(g).join()}${bias ? ' bias' : ''}${formatKey(format)}`,
    format,
    flops: flopsOf(g), vectors: isVector(g),
    usual: usualTile(g.batch * g.outHeight * g.outWidth, g.filters, 1, isVector(g), software),
    sizes: [wordsOf(format.a, inputSize(g)), wordsOf(format.b, filterSize(g)), ...(bias ? [g.filters] : []), outputSize(g)],
    program: (tile) => forwardProgram(g, tile, format, bias),
  };
}

function inputGradientKernel(g: Geometry, software: boolean, format: Format): Tiled {
  return {
    key: `inputGradient ${Object.values(g).join()}${formatKey(format)}`,
    format,
    flops: flopsOf(g), vectors: isVector(g),
    usual: usualTile(Math.ceil((g.batch * g.height * g.width) / g.stride ** 2), g.channels, g.stride ** 2, isVector(g), software),
    sizes: [wordsOf(format.a, outputSize(g)), wordsOf(format.b, filterSize(g)), inputSize(g)],
    program: (tile) => inputGradientProgram(g, tile, format),
  };
}

/** The first pass of a filter gradient; its split goes by the usual tile, whichever computes it, since it decides on the order of the sum. */
function filterGradientKernel(g: Geometry, { software, parts: forced }: Pick<Gpu, 'software' | 'parts'>, format: Format): { kernel: Tiled; parts: number } {
  const taps = g.kernelHeight * g.kernelWidth;
  const usual = usualTile(g.channels, g.filters, taps * USUAL_PARTS, isVector(g) && g.outWidth >= SHARED_DEPTH, software);
  const threads = ({ rows, columns }: Tile) => taps * Math.ceil(g.channels / rows) * Math.ceil(g.filters / columns);
  const parts = partsOf(g, forced ?? Math.ceil((software ? 256 : 16384) / threads(usual)));
  return {
    parts,
    kernel: {
      key: `filterGradient ${Object.values(g).join()} ${parts}${formatKey(format)}`,
      format,
      flops: flopsOf(g), vectors: isVector(g), usual,
      sizes: [wordsOf(format.a, inputSize(g)), wordsOf(format.b, outputSize(g)), parts * filterSize(g)],
      program: (tile) => filterGradientProgram(g, tile, parts, format),
    },
  };
}

function filterGradient(g: Geometry, x: tf.TensorInfo, dy: tf.TensorInfo, filterShape: number[], gpu: Gpu): tf.TensorInfo {
  const { tensors, format } = gpu.operands(x, dy, isVector(g), flopsOf(g));
  const { kernel, parts } = filterGradientKernel(g, gpu, format);
  if (parts === 1) {
    const out = gpu.output(filterShape);
    gpu.runTiled(kernel, [...tensors, out]);
    return out;
  }
  const partial = gpu.output([parts, ...filterShape]);
  gpu.runTiled(kernel, [...tensors, partial]);
  const out = addParts(gpu, partial, filterShape);
  gpu.free(partial);
  return out;
}

/** Registers the three convolution kernels, which are one another's derivatives, and the one with a bias. */
export function installConvolutionKernels(): void {
  for (const name of ['Conv2D', BIASED_CONV2D]) {
    refineKernel(name, ({ x, filter, bias }, attrs, gpu) => {
      const g = geometry(x.shape, filter.shape, attrs);
      if (!g) return null;
      const out = gpu.output([g.batch, g.outHeight, g.outWidth, g.filters]);
      const { tensors, format } = gpu.operands(x, filter, isVector(g), flopsOf(g));
      gpu.runTiled(forwardKernel(g, gpu.software, format, bias !== undefined), [...tensors, ...(bias ? [bias] : []), out]);
      return out;
    });
  }
  refineKernel('Conv2DBackpropInput', ({ dy, filter }, attrs, gpu) => {
    const inputShape = attrs.inputShape as number[];
    const g = geometry(inputShape, filter.shape, attrs);
    if (!g) return null;
    const out = gpu.output(inputShape);
    const { tensors, format } = gpu.operands(dy, filter, isVector(g), flopsOf(g));
    gpu.runTiled(inputGradientKernel(g, gpu.software, format), [...tensors, out]);
    return out;
  });
  refineKernel('Conv2DBackpropFilter', ({ x, dy }, attrs, gpu) => {
    const filterShape = attrs.filterShape as number[];
    const g = geometry(x.shape, filterShape, attrs);
    return g && filterGradient(g, x, dy, filterShape, gpu);
  });
}
