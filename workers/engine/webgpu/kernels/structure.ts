import * as tf from '@tensorflow/tfjs-core';
import { normalizeAxes } from '../../gradients/registry';
import { sizeOf } from '../../ops/shape';
import type { Gpu } from './program';
import { refineKernel } from './registry';
import { padProgram, partsProgram, simplify, simplifyPadding, viewProgram, type Dimension } from './structure-wgsl';

/** Parts one dispatch binds beside the tensor they belong to: every adapter has eight storage buffers. */
const MOST_PARTS = 7;

/** Steps of each axis through a tensor of `shape`. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** A tensor of `shape` whose axes walk through x with the given strides from `offset` on. */
function view(gpu: Gpu, x: tf.TensorInfo, shape: number[], strides: readonly number[], offset: number): tf.TensorInfo {
  const out = gpu.output(shape);
  const dimensions: Dimension[] = simplify(shape.map((size, axis) => ({ size, stride: strides[axis] })));
  gpu.run(viewProgram(dimensions, offset, sizeOf(x.shape)), [x, out], [Math.floor(offset / 65536), offset % 65536]);
  return out;
}

/** Copies between a tensor and its parts along an axis, as many at once as can be bound. */
function copyParts(gpu: Gpu, whole: tf.TensorInfo, parts: tf.TensorInfo[], axis: number, join: boolean): void {
  const outer = sizeOf(whole.shape.slice(0, axis));
  const row = sizeOf(whole.shape.slice(axis));
  const widths = parts.map(({ shape }) => sizeOf(shape.slice(axis)));
  for (let from = 0, first = 0; from < parts.length; from += MOST_PARTS) {
    const some = parts.slice(from, from + MOST_PARTS);
    const wide = widths.slice(from, from + MOST_PARTS);
    gpu.run(partsProgram(outer, row, first, wide, join), join ? [...some, whole] : [whole, ...some]);
    first += wide.reduce((sum, width) => sum + width, 0);
  }
}

/** Registers what moves, cuts or joins values: one dispatch each, and nothing uploaded. */
export function installStructureKernels(): void {
  refineKernel('Transpose', ({ x }, attrs, gpu) => {
    const perm = attrs.perm as number[];
    const strides = stridesOf(x.shape);
    return view(gpu, x, perm.map((axis) => x.shape[axis]), perm.map((axis) => strides[axis]), 0);
  });
  refineKernel('Slice', ({ x }, attrs, gpu) => {
    const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, attrs.begin as number[], attrs.size as number[]);
    if (size.includes(0)) return null;
    const strides = stridesOf(x.shape);
    return view(gpu, x, size, strides, begin.reduce((sum, start, axis) => sum + start * strides[axis], 0));
  });
  refineKernel('PadV2', ({ x }, attrs, gpu) => {
    const value = attrs.constantValue as number;
    const paddings = attrs.paddings as [number, number][];
    if (!Number.isFinite(value) || paddings.length === 0) return null;
    const axes = paddings.map(([before, after], axis) => ({ size: before + x.shape[axis] + after, own: x.shape[axis], before }));
    const out = gpu.output(axes.map(({ size }) => size));
    gpu.run(padProgram(simplifyPadding(axes), value), [x, out]);
    return out;
  });
  refineKernel('Concat', (inputs, attrs, gpu) => {
    const parts = Object.values(inputs);
    const [axis] = normalizeAxes(attrs.axis, parts[0].shape.length);
    const shape = parts[0].shape.slice();
    shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis], 0);
    const out = gpu.output(shape);
    copyParts(gpu, out, parts, axis, true);
    return out;
  });
  refineKernel('SplitV', ({ x }, attrs, gpu) => {
    const [axis] = normalizeAxes(attrs.axis, x.shape.length);
    const sizes = tf.backend_util.prepareSplitSize(x, attrs.numOrSizeSplits as number | number[], axis);
    if (sizes.includes(0)) return null;
    const parts = sizes.map((size) => gpu.output(x.shape.map((side, at) => (at === axis ? size : side))));
    copyParts(gpu, x, parts, axis, false);
    return parts;
  });
}
