import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../ops/shape';
import { declare, range } from './program';
import { refineKernel, type Attrs, type Inputs } from './registry';
import { accumulators, chooseTile, depthStep, innerLoop, pointers, store, tileGrid, type Side, type Tile } from './tile';

/** A batched product C[b] = op(A[b]) op(B[b]); a batch of one serves every b. */
interface Product {
  batch: number[]; batches: number; aBatches: number; bBatches: number;
  rows: number; depth: number; columns: number;
  transposeA: boolean; transposeB: boolean;
}

/** Null when the batches are neither equal nor one, which is left to tfjs. */
function plan({ a, b }: Inputs, attrs: Attrs): Product | null {
  const transposeA = Boolean(attrs.transposeA);
  const transposeB = Boolean(attrs.transposeB);
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [aBatches, bBatches] = [sizeOf(batchA), sizeOf(batchB)];
  if (batchA.join() !== batchB.join() && aBatches !== 1 && bBatches !== 1) return null;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  return {
    batch, batches: sizeOf(batch), aBatches, bBatches, transposeA, transposeB,
    rows: transposeA ? aColumns : aRows, depth: transposeA ? aRows : aColumns, columns: transposeB ? bRows : bColumns,
  };
}

/** Pointers of one operand, `outer` long and `depth` deep, whose tile starts at `start`; edges repeat the last row or column. */
function operandPointers(side: Side, outer: number, depth: number, start: string, batches: number): string {
  const units = side.vector ? 4 : 1;
  const base = batches === 1 ? '0u' : `layer * ${(outer * depth) / units}u`;
  return range(pointers(side)).map((i) => {
    const at = `let ${side.name}At${i} = ${base} + `;
    if (side.along === 'depth') return `${at}min(${start} + ${i}u, ${outer - 1}u) * ${depth / units}u;`;
    return `${at}min(${start} / ${units}u + ${i}u, ${outer / units - 1}u);`;
  }).join('\n');
}

function productWgsl(p: Product, tile: Tile, head: string): string {
  const whole = (size: number) => size % 4 === 0;
  const side = (name: 'a' | 'b', transposed: boolean, outer: number, size: number): Side => {
    const along = transposed ? 'outer' : 'depth';
    const vector = whole(transposed ? outer : p.depth);
    return { name, along, vector, size, stride: `${outer / (vector ? 4 : 1)}u` };
  };
  const a = side('a', p.transposeA, p.rows, tile.rows);
  const b = side('b', !p.transposeB, p.columns, tile.columns);
  const buffer = (name: string, count: number, vector: boolean) => ({ name, type: vector ? 'vec4f' : 'f32', length: vector ? count / 4 : count } as const);
  return `
${declare([
    buffer('aBuffer', p.aBatches * p.rows * p.depth, a.vector), buffer('bBuffer', p.bBatches * p.depth * p.columns, b.vector),
    { ...buffer('out', p.batches * p.rows * p.columns, whole(p.columns)), written: true },
  ])}
${head}
  let m0 = tileM * ${tile.rows}u;
  ${operandPointers(a, p.rows, p.depth, 'm0', p.aBatches)}
  ${operandPointers(b, p.columns, p.depth, 'n0', p.bBatches)}
  ${accumulators(tile.rows, tile.columns)}
  ${innerLoop(a, b, `${p.depth / depthStep(a, b)}u`)}
  ${store(tile, p.columns, whole(p.columns), (i) => `layer * ${p.rows}u + m0 + ${i}u`, (i) => `m0 + ${i}u < ${p.rows}u`)}
}`;
}

/** Registers the matrix product for all four cases of transposition. */
export function installMatMulKernel(): void {
  refineKernel('BatchMatMul', (inputs, attrs, gpu) => {
    const p = plan(inputs, attrs);
    if (!p) return null;
    const tile = chooseTile(p.rows, p.columns, p.batches, gpu.software);
    const { grid, head } = tileGrid(Math.ceil(p.rows / tile.rows), p.columns, tile, p.batches);
    const out = gpu.output([...p.batch, p.rows, p.columns]);
    const key = `matMul ${p.aBatches}/${p.bBatches} ${p.rows}x${p.depth}x${p.columns} ${p.transposeA}/${p.transposeB} ${tile.rows}x${tile.columns}`;
    gpu.run({ key, grid, wgsl: () => productWgsl(p, tile, head) }, [inputs.a, inputs.b, out]);
    return out;
  });
}
