import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../ops/shape';
import { address } from './heap';
import { refineKernel, type Attrs, type Inputs } from './registry';
import { outerProducts, product } from './convolution';
import { simd } from './simd/module';

interface Product {
  batch: number[];
  /** Bytes from one matrix of an operand to the next, 0 when it has only one. */
  stepA: number;
  stepB: number;
  rows: number;
  depth: number;
  columns: number;
}

/** Sizes of a batched product; null when the batches are neither equal nor one. */
function plan({ a, b }: Inputs, { transposeA, transposeB }: Attrs): Product | null {
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const single = (batch: number[]) => sizeOf(batch) === 1;
  if (batchA.join() !== batchB.join() && !single(batchA) && !single(batchB)) return null;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  return {
    batch,
    stepA: single(batchA) ? 0 : aRows * aColumns * 4, stepB: single(batchB) ? 0 : bRows * bColumns * 4,
    rows: transposeA ? aColumns : aRows, depth: transposeA ? aRows : aColumns, columns: transposeB ? bRows : bColumns,
  };
}

/** A gather table for rows that lie one after the other. */
const inOrder = () => Int32Array.of(0);

/**
 * Matrix products as convolutions with one tap: A B and A B' gather the rows of A, A' B adds up outer products. tfjs multiplies transposed
 * operands with three plain loops.
 */
export function installMatMulKernel(): void {
  const applies = (inputs: Inputs, attrs: Attrs) => inputs.a.dtype === 'float32' && inputs.b.dtype === 'float32'
    && !(attrs.transposeA && attrs.transposeB) && plan(inputs, attrs) !== null;
  refineKernel('BatchMatMul', applies, (inputs, attrs, backend) => {
    const { batch, stepA, stepB, rows, depth, columns } = plan(inputs, attrs)!;
    const out = backend.makeOutput([...batch, rows, columns], 'float32');
    const table = simd().table('in order', inOrder);
    const [a, b, c] = [inputs.a, inputs.b, out].map((info) => address(backend, info));
    for (let i = 0; i < sizeOf(batch); i++) {
      const to = c + i * rows * columns * 4;
      const sizes = { pixels: 1, taps: 1, filters: columns };
      if (attrs.transposeA) outerProducts(a + i * stepA, table, b + i * stepB, to, { ...sizes, images: depth, imageBytes: rows * 4, depth: rows });
      else product(a + i * stepA, table, b + i * stepB, to, { ...sizes, images: rows, imageBytes: depth * 4, depth }, Boolean(attrs.transposeB));
    }
    return out;
  });
}
