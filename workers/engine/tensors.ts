import * as tf from '@tensorflow/tfjs-core';
import type { RandomStream } from '../random';

/** Bytes as float32 in [-1, 1]: b / 127.5 - 1. */
export function toUnit(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = bytes[i] / 127.5 - 1;
  return values;
}

/** `toUnit` of bytes [N,H,W,C] on the device. */
export function fromBytes(bytes: Uint8Array, shape: [number, number, number, number]): tf.Tensor4D {
  return tf.tensor4d(toUnit(bytes), shape);
}

/** Values in [-1, 1] as bytes, rounded and clamped: the inverse of `fromBytes`. */
export function toBytes(values: Float32Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Uint8ClampedArray.from(values, (value) => (value + 1) * 127.5));
}

/** Standard normals drawn from `stream`. */
export function normals(stream: RandomStream, shape: number[]): tf.Tensor {
  return tf.tensor(stream.normals(new Float32Array(shape.reduce((product, size) => product * size, 1))), shape, 'float32');
}

/** The numbers of a tensor, without ever blocking on the device. */
export async function read(tensor: tf.Tensor): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}
