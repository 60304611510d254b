import * as tf from '@tensorflow/tfjs-core';
import { BIASED_MATMUL } from '../gradients/names';
import { run } from '../gradients/registry';
import { sizeOf } from './shape';

/** Matrix product over the last two axes; the leading axes are a batch and must agree. */
export function matMul(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
  return tf.matMul(a, b, transposeA, transposeB);
}

/** Adds `bias` [C] to the last axis of x [..., C]. */
export function addChannelBias<R extends tf.Tensor>(x: R, bias: tf.Tensor): R {
  return tf.add(x, bias);
}

/** x [..., D] times w [D, O] plus bias [O], giving [..., O]. */
export function linear(x: tf.Tensor, w: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  // A reshape costs wasm five calls of kernels on the way there and back, though it moves nothing.
  const flat = x.rank === 2 ? x : tf.reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]]);
  const product = bias ? run(BIASED_MATMUL, { a: flat, b: w, bias }) : tf.matMul(flat as tf.Tensor2D, w as tf.Tensor2D);
  return x.rank === 2 ? product : tf.reshape(product, [...(x.shape as number[]).slice(0, -1), w.shape[1]!]);
}

/** A one for each id in a row of zeros, [n, rows] flat. @throws RangeError for an id outside 0..rows-1. */
export function oneHot(ids: Int32Array | readonly number[], rows: number): Float32Array<ArrayBuffer> {
  const ones = new Float32Array(ids.length * rows);
  for (let i = 0; i < ids.length; i++) {
    if (!(ids[i] >= 0 && ids[i] < rows)) throw new RangeError(`embedding id ${ids[i]} is outside 0..${rows - 1}`);
    ones[i * rows + ids[i]] = 1;
  }
  return ones;
}

/**
 * Rows of `table` [V, D] by id, or by a tensor of `oneHot` [n, V], giving [n, D]. A one-hot product: the gradient of a gather needs a scatter that
 * wasm lacks, and tables here have at most a few thousand rows.
 */
export function embedding(table: tf.Tensor, ids: Int32Array | readonly number[] | tf.Tensor): tf.Tensor2D {
  const rows = table.shape[0];
  const selection = ids instanceof tf.Tensor ? ids : tf.tensor2d(oneHot(ids, rows), [ids.length, rows]);
  return tf.matMul(selection as tf.Tensor2D, table as tf.Tensor2D);
}
