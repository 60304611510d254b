import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../ops/shape';
import { directives, elements, factorOf, formatKey, readers, SINGLE, wordsOf, type Format } from './half';
import { declare } from './text';
import { refineKernel, type Attrs, type Inputs } from './registry';
import { BIASED_MATMUL } from '../../gradients/names';
import { accumulators, depthStep, innerLoop, slabs, store } from './product-wgsl';
import { follow, span, tileGrid, usualTile, type Side, type Tile } from './tile';
import type { Tiled } from './tiled';

/** A batched product C[b] = op(A[b]) op(B[b]); a batch of one serves every b. */
export interface Product {
  batch: number[]; batches: number; aBatches: number; bBatches: number;
  rows: number; depth: number; columns: number;
  transposeA: boolean; transposeB: boolean;
  /** Whether a third operand [columns] is added. */
  bias?: boolean;
}

/** Null when the batches are neither equal nor one, which is left to tfjs. */
function plan({ a, b, bias }: Inputs, attrs: Attrs): Product | null {
  const transposeA = Boolean(attrs.transposeA);
  const transposeB = Boolean(attrs.transposeB);
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [aBatches, bBatches] = [sizeOf(batchA), sizeOf(batchB)];
  if (batchA.join() !== batchB.join() && aBatches !== 1 && bBatches !== 1) return null;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  return {
    batch, batches: sizeOf(batch), aBatches, bBatches, transposeA, transposeB, bias: bias !== undefined,
    rows: transposeA ? aColumns : aRows, depth: transposeA ? aRows : aColumns, columns: transposeB ? bRows : bColumns,
  };
}

const whole = (size: number) => size % 4 === 0;

/** Both operands, as they lie in memory. */
function sides(p: Product, tile: Pick<Tile, 'rows' | 'columns'>, format: Format): [a: Side, b: Side] {
  const side = (name: 'a' | 'b', outerRuns: boolean, outer: number, size: number): Side => {
    const vector = whole(outerRuns ? outer : p.depth);
    return { name, along: outerRuns ? 'outer' : 'depth', vector, half: format[name] !== 'f32', size, stride: outer / (vector ? 4 : 1) };
  };
  return [side('a', p.transposeA, p.rows, tile.rows), side('b', !p.transposeB, p.columns, tile.columns)];
}

function productWgsl(p: Product, tile: Tile, head: string, format: Format): string {
  const [a, b] = sides(p, tile, format);
  const pointersOf = (side: Side, outer: number, start: string, batches: number) => {
    const units = side.vector ? 4 : 1;
    const base = batches === 1 ? '0u' : `layer * ${(outer * p.depth) / units}u`;
    return follow(side, tile, { outer, start, base, step: side.along === 'depth' ? p.depth / units : 1 });
  };
  return `${directives(format)}
${declare([
    { name: 'aBuffer', ...elements(p.aBatches * p.rows * p.depth, a.vector, format.a, format.native) },
    { name: 'bBuffer', ...elements(p.bBatches * p.depth * p.columns, b.vector, format.b, format.native) },
    ...(p.bias ? [{ name: 'bias', ...elements(p.columns, whole(p.columns)) }] : []),
    { name: 'out', ...elements(p.batches * p.rows * p.columns, whole(p.columns)), written: true },
  ])}
${readers(format)}
${slabs(a, b, tile)}
${head}
  let m0 = tileM * ${span(tile).rows}u;
  ${pointersOf(a, p.rows, 'm0', p.aBatches)}
  ${pointersOf(b, p.columns, 'nTile', p.bBatches)}
  ${accumulators(tile)}
  ${innerLoop(a, b, tile, `${p.depth / depthStep(a, b)}u`)}
  ${store(tile, p.columns, whole(p.columns), factorOf(format), (i) => `layer * ${p.rows}u + m0 + ownRow + ${i}u`, (i) => `m0 + ownRow + ${i}u < ${p.rows}u`, p.bias)}
}`;
}

const isVector = (p: Product) => sides(p, { rows: 4, columns: 4 }, SINGLE).every(({ vector }) => vector) && whole(p.columns);
const flopsOf = (p: Product) => 2 * p.batches * p.rows * p.depth * p.columns;

/** A product as something to be cut up. */
export function matMulKernel(p: Product, software: boolean, format: Format): Tiled {
  const vectors = isVector(p);
  return {
    key: `matMul ${p.aBatches}/${p.bBatches} ${p.rows}x${p.depth}x${p.columns} ${p.transposeA}/${p.transposeB}${p.bias ? ' bias' : ''}${formatKey(format)}`,
    flops: flopsOf(p),
    format,
    vectors,
    usual: usualTile(p.rows, p.columns, p.batches, vectors, software),
    sizes: [wordsOf(format.a, p.aBatches * p.rows * p.depth), wordsOf(format.b, p.bBatches * p.depth * p.columns), ...(p.bias ? [p.columns] : []), p.batches * p.rows * p.columns],
    program: (tile) => {
      const { grid, head } = tileGrid(Math.ceil(p.rows / span(tile).rows), p.columns, tile, p.batches);
      return { grid, wgsl: () => productWgsl(p, tile, head, format) };
    },
  };
}

/** Registers the matrix product for all four cases of transposition, and that of two matrices with a bias. */
export function installMatMulKernel(): void {
  for (const name of ['BatchMatMul', BIASED_MATMUL]) {
    refineKernel(name, (inputs, attrs, gpu) => {
      const p = plan(inputs, attrs);
      if (!p) return null;
      const out = gpu.output([...p.batch, p.rows, p.columns]);
      const { tensors, format } = gpu.operands(inputs.a, inputs.b, isVector(p), flopsOf(p));
      gpu.runTiled(matMulKernel(p, gpu.software, format), [...tensors, ...(p.bias ? [inputs.bias] : []), out]);
      return out;
    });
  }
}
