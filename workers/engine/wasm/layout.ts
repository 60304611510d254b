import * as tf from '@tensorflow/tfjs-core';
import { AVERAGE_POOL2, UPSAMPLE2 } from '../gradients/names';
import { normalizeAxes } from '../gradients/registry';
import { sizeOf } from '../ops/shape';
import { address } from './heap';
import { defineKernel, refineKernel } from './registry';
import { simd } from './simd/module';

/** Nanoseconds for one byte copied, about. */
const BYTE_NS = 0.1;

/** Copies `rows` rows of `bytes` each between places with their own row strides. */
function copyRows(from: number, to: number, rows: number, bytes: number, fromStride: number, toStride: number): void {
  simd().spread('copyRows', rows, bytes * BYTE_NS, from, to, bytes, fromStride, toStride);
}

/** The one axis along which a slice is not whole; -1 for none, null for several. */
function cutAxis(shape: readonly number[], size: readonly number[]): number | null {
  const cut = shape.flatMap((length, axis) => (size[axis] === length ? [] : [axis]));
  return cut.length > 1 ? null : (cut[0] ?? -1);
}

function sliceOf(x: tf.TensorInfo, attrs: Record<string, unknown>): { begin: number[]; size: number[] } {
  const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, attrs.begin as number[], attrs.size as number[]);
  return { begin, size };
}

/** Joining and cutting along one axis, and 2 x 2 resampling: tfjs does the former row by row in JavaScript. */
export function installLayoutKernels(): void {
  // tfjs copies the numbers, once for every tensor that the tape saves. Its other backends share them, as this does.
  refineKernel('Identity', ({ x }) => x.dtype !== 'string', ({ x }, _attrs, backend) => {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  });
  const joinable = (inputs: Record<string, tf.TensorInfo>) => Object.values(inputs).every(({ dtype }) => dtype === 'float32');
  refineKernel('Concat', joinable, (inputs, attrs, backend) => {
    const parts = Object.values(inputs);
    const [axis] = normalizeAxes(attrs.axis, parts[0].shape.length);
    const shape = parts[0].shape.slice();
    shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis], 0);
    const out = backend.makeOutput(shape, 'float32');
    const rows = sizeOf(shape.slice(0, axis));
    const stride = 4 * sizeOf(shape.slice(axis));
    let to = address(backend, out);
    for (const part of parts) {
      const bytes = 4 * sizeOf(part.shape.slice(axis));
      copyRows(address(backend, part), to, rows, bytes, bytes, stride);
      to += bytes;
    }
    return out;
  });
  refineKernel('Slice', ({ x }, attrs) => x.dtype === 'float32' && cutAxis(x.shape, sliceOf(x, attrs).size) !== null,
    ({ x }, attrs, backend) => {
      const { begin, size } = sliceOf(x, attrs);
      const axis = Math.max(0, cutAxis(x.shape, size)!);
      const out = backend.makeOutput(size, 'float32');
      const inner = 4 * sizeOf(x.shape.slice(axis + 1));
      copyRows(
        address(backend, x) + (begin[axis] ?? 0) * inner, address(backend, out), sizeOf(size.slice(0, axis)),
        (size[axis] ?? 1) * inner, (x.shape[axis] ?? 1) * inner, (size[axis] ?? 1) * inner,
      );
      return out;
    });
  refineKernel('SplitV', ({ x }) => x.dtype === 'float32', ({ x }, attrs, backend) => {
    const [axis] = normalizeAxes(attrs.axis, x.shape.length);
    const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits as number[] | number, axis);
    const inner = 4 * sizeOf(x.shape.slice(axis + 1));
    let start = 0;
    return sizes.map((length) => {
      const out = backend.makeOutput(x.shape.map((size, i) => (i === axis ? length : size)), 'float32');
      copyRows(
        address(backend, x) + start * inner, address(backend, out), sizeOf(x.shape.slice(0, axis)), length * inner,
        x.shape[axis] * inner, length * inner,
      );
      start += length;
      return out;
    });
  });
  // The exchange of two middle axes, as pixel shuffles and attention heads need it.
  refineKernel('Transpose', ({ x }, { perm }) => x.dtype === 'float32' && (perm as number[]).join() === '0,2,1,3', ({ x }, _attrs, backend) => {
    const [n, a, b, c] = x.shape;
    const out = backend.makeOutput([n, b, a, c], 'float32');
    simd().spread('exchange', n * b, a * c * 4 * BYTE_NS, address(backend, x), address(backend, out), a, b, c * 4);
    return out;
  });
  defineKernel(UPSAMPLE2, ({ x }, _attrs, backend) => {
    const [n, h, w, c] = x.shape;
    const out = backend.makeOutput([n, 2 * h, 2 * w, c], 'float32');
    simd().spread('upsample2', n * h, 4 * w * c * 4 * BYTE_NS, address(backend, x), address(backend, out), w, c, 1);
    return out;
  });
  defineKernel(AVERAGE_POOL2, ({ x }, _attrs, backend) => {
    const [n, h, w, c] = x.shape;
    const out = backend.makeOutput([n, h / 2, w / 2, c], 'float32');
    simd().spread('pool2', (n * h) / 2, 2 * w * c * 4 * BYTE_NS, address(backend, x), address(backend, out), w / 2, c, 0.25);
    return out;
  });
}
