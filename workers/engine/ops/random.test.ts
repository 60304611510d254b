import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../random';
import { openTestEngine } from '../engine.testing';
import { normal, uniform } from '../ops';
import type { Engine } from '../types';

describe.each(['cpu', 'wasm'] as const)('random numbers on %s', (kind) => {
  let engine: Engine;
  beforeAll(async () => { engine = await openTestEngine(kind); });
  afterAll(() => engine.close());

  it('are those of the stream at the place of the key', () => {
    const stream = new RandomStream(7, 'ops');
    stream.position = 2 ** 33 + 5;
    const key = tf.tensor1d(stream.key());
    const drawn = [normal([3, 5], key), uniform([4], key)];
    expect(drawn.map(({ shape }) => shape)).toEqual([[3, 5], [4]]);
    expect(drawn[0].dataSync()).toEqual(RandomStream.fromKey(stream.key()).portableNormals(new Float32Array(15)));
    expect(drawn[1].dataSync()).toEqual(RandomStream.fromKey(stream.key()).uniforms(new Float32Array(4)));
    tf.dispose([key, drawn]);
  });

  it('let no gradient through to the key, and all of it past', () => {
    const key = tf.tensor1d(new RandomStream(1, 'ops').key());
    const x = tf.tensor1d([1, 2, 3]);
    const loss = (at: tf.Tensor, from: tf.Tensor) => tf.sum(tf.mul(at, normal([3], from))) as tf.Scalar;
    const [ofX, ofKey] = tf.grads(loss)([x, key]);
    expect(ofX.dataSync()).toEqual(new RandomStream(1, 'ops').portableNormals(new Float32Array(3)));
    expect(ofKey.dataSync()).toEqual(new Float32Array(8));
    tf.dispose([key, x, ofX, ofKey]);
  });

  it('want a whole key and a shape with something in it', () => {
    const short = tf.tensor1d([1, 2, 3]);
    expect(() => normal([2], short)).toThrow(/8 numbers, not 3/);
    expect(() => uniform([2], short)).toThrow(RangeError);
    const key = tf.tensor1d(new RandomStream(1, 'ops').key());
    expect(() => normal([2, 0], key)).toThrow(/shape \[2,0\]/);
    tf.dispose([short, key]);
  });
});
