import * as tf from '@tensorflow/tfjs-core';
import { EXPAND, SCALE } from '../gradients/names';
import { normalizeAxes } from '../gradients/registry';
import { middle, spans } from '../spans';
import { address, sizeOfInfo } from './heap';
import { defineKernel, refineKernel, type Inputs } from './registry';
import { simd } from './simd/module';

/** Codes of the operations in assembly/elementwise.as. */
const OPERATIONS = { Add: 0, Sub: 1, Multiply: 2, RealDiv: 3 } as const;

/** Numbers of a unit where there is no other, as in assembly/elementwise.as. */
export const BLOCK = 16;
/** Nanoseconds for one number of a broadcast operation or a sum, about. */
const NUMBER_NS = 0.25;

/** One of the operations over spans, cut along the rows where there are enough of them and along the innermost span where not. */
function sweepOver(code: number, a: number, b: number, out: number, plan: number[]): void {
  const [n0, n1, n2] = plan;
  const along = n0 * n1 < n2;
  simd().spread(
    'binary', along ? Math.ceil(n2 / BLOCK) : n0 * n1, NUMBER_NS * (along ? BLOCK * n0 * n1 : n2), along ? 1 : 0, code, a, b, out, ...plan,
  );
}

/** Three spans with element strides, as the kernel wants them; null when broadcasting alternates more often than that. */
function sweep(a: readonly number[], b: readonly number[], out: readonly number[]): number[] | null {
  const merged = spans(a, b, out);
  if (merged.length > 3) return null;
  while (merged.length < 3) merged.unshift({ size: 1, a: false, b: false });
  const strides = (of: 'a' | 'b'): number[] => {
    let stride = 1;
    return merged.map((_, i) => merged[2 - i]).map((span) => {
      const own = span[of] ? stride : 0;
      if (span[of]) stride *= span.size;
      return own;
    }).reverse();
  };
  return [...merged.map(({ size }) => size), ...strides('a'), ...strides('b')];
}

const floats = (inputs: Inputs): boolean => Object.values(inputs).every(({ dtype }) => dtype === 'float32');

function installBinaryKernels(): void {
  for (const [name, code] of Object.entries(OPERATIONS)) {
    const plan = ({ a, b }: Inputs) => sweep(a.shape, b.shape, tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape));
    refineKernel(name, (inputs) => floats(inputs) && plan(inputs) !== null, (inputs, _attrs, backend) => {
      const { a, b } = inputs;
      const out = backend.makeOutput(tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape), 'float32');
      sweepOver(code, address(backend, a), address(backend, b), address(backend, out), plan(inputs)!);
      return out;
    });
  }
  const one = tf.getKernel(EXPAND, 'wasm')!;
  defineKernel(EXPAND, (inputs, attrs, backend) => {
    const shape = attrs.shape as number[];
    const plan = sweep(inputs.x.shape, [], shape);
    if (!plan) return one.kernelFunc({ inputs, attrs: attrs as tf.NamedAttrMap, backend }) as tf.TensorInfo;
    const out = backend.makeOutput(shape, 'float32');
    const unit = backend.makeOutput([], 'float32', undefined, Float32Array.of(1));
    sweepOver(OPERATIONS.Multiply, address(backend, inputs.x), address(backend, unit), address(backend, out), plan);
    backend.disposeData(unit.dataId);
    return out;
  });
  defineKernel(SCALE, ({ x }, attrs, backend) => {
    const out = backend.makeOutput(x.shape, 'float32');
    const size = sizeOfInfo(x);
    simd().spread(
      'affine', Math.ceil(size / BLOCK), BLOCK * NUMBER_NS, address(backend, x), address(backend, out), size, attrs.factor as number, attrs.offset as number,
    );
    return out;
  });
}

function installSumKernels(): void {
  for (const name of ['Sum', 'Mean']) {
    refineKernel(name, ({ x }, { axis }) => x.dtype === 'float32' && middle(x.shape, normalizeAxes(axis, x.shape.length)) !== null,
      ({ x }, { axis, keepDims }, backend) => {
        const axes = normalizeAxes(axis, x.shape.length);
        const { outer, rows, inner } = middle(x.shape, axes)!;
        const shape = x.shape.flatMap((size, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [size]));
        const out = backend.makeOutput(shape, 'float32');
        simd().spread(
          'sumMiddle', outer * Math.ceil(inner / BLOCK), NUMBER_NS * rows * Math.min(inner, BLOCK),
          address(backend, x), address(backend, out), rows, inner, name === 'Mean' ? 1 / rows : 1,
        );
        return out;
      });
  }
}

/** Broadcasting arithmetic, sums and means. */
export function installElementwiseKernels(): void {
  installBinaryKernels();
  installSumKernels();
}
