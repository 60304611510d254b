import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '../random';
import {
  averagePool2, conv2d, addChannelBias, groupNorm, linear, meanSquare, pixelShuffle, pixelUnshuffle, silu, upsample2,
} from './ops';
import { normals } from './tensors';
import type { Params } from './types';

const EMBEDDING = 128;
const CHANNELS = [32, 64];

/** The net speed is tuned with: a two-level U-Net on pixel-unshuffled 16x16x1 images, as the small studio presets train. */
export class ReferenceNet {
  readonly initial: Record<string, { shape: number[]; values: Float32Array<ArrayBuffer> }> = {};
  private readonly stream = new RandomStream(3, 'reference-net');

  constructor() {
    const [low, high] = CHANNELS;
    this.dense('time', EMBEDDING, EMBEDDING);
    this.convolution('in', 3, 4, low);
    this.block('down0', low, low);
    this.block('down1', low, high);
    this.block('mid', high, high);
    this.block('up1', high + high, high);
    this.block('up0', high + low, low);
    this.norm('out.norm', low);
    this.convolution('out', 3, low, 4);
  }

  private put(name: string, shape: number[], scale: number, offset = 0): void {
    const values = this.stream.normals(new Float32Array(shape.reduce((a, b) => a * b, 1))) as Float32Array<ArrayBuffer>;
    this.initial[name] = { shape, values: values.map((value) => offset + scale * value) };
  }

  private convolution(name: string, side: number, from: number, to: number): void {
    this.put(`${name}.w`, [side, side, from, to], 1 / Math.sqrt(side * side * from));
    this.put(`${name}.b`, [to], 0.01);
  }

  private dense(name: string, from: number, to: number): void {
    this.put(`${name}.w`, [from, to], 1 / Math.sqrt(from));
    this.put(`${name}.b`, [to], 0.01);
  }

  private norm(name: string, channels: number): void {
    this.put(`${name}.gamma`, [channels], 0.02, 1);
    this.put(`${name}.beta`, [channels], 0.02);
  }

  private block(name: string, from: number, to: number): void {
    this.norm(`${name}.norm1`, from);
    this.convolution(`${name}.conv1`, 3, from, to);
    this.dense(`${name}.film`, EMBEDDING, 2 * to);
    this.norm(`${name}.norm2`, to);
    this.convolution(`${name}.conv2`, 3, to, to);
    if (from !== to) this.convolution(`${name}.skip`, 1, from, to);
  }

  /** Noise prediction for x [N,16,16,1] under the embedding e [N,128]. */
  forward(p: Params, x: tf.Tensor, e: tf.Tensor): tf.Tensor {
    const convolve = (name: string, input: tf.Tensor) => addChannelBias(conv2d(input, p[`${name}.w`], { stride: 1, pad: 'same' }), p[`${name}.b`]);
    const time = silu(linear(e, p['time.w'], p['time.b']));
    const block = (name: string, input: tf.Tensor): tf.Tensor => {
      const first = groupNorm(input, p[`${name}.norm1.gamma`], p[`${name}.norm1.beta`], { groups: 8, activation: 'silu' });
      const hidden = convolve(`${name}.conv1`, first);
      const [scale, shift] = tf.split(linear(time, p[`${name}.film.w`], p[`${name}.film.b`]), 2, 1);
      const second = groupNorm(hidden, p[`${name}.norm2.gamma`], p[`${name}.norm2.beta`], { groups: 8, activation: 'silu', scale, shift });
      const skip = p[`${name}.skip.w`] ? convolve(`${name}.skip`, input) : input;
      return tf.add(skip, convolve(`${name}.conv2`, second));
    };
    const d0 = block('down0', convolve('in', pixelUnshuffle(x, 2)));
    const d1 = block('down1', averagePool2(d0));
    const middle = block('mid', d1);
    const u1 = block('up1', tf.concat([middle, d1], 3));
    const u0 = block('up0', tf.concat([upsample2(u1), d0], 3));
    return pixelShuffle(convolve('out', groupNorm(u0, p['out.norm.gamma'], p['out.norm.beta'], { groups: 8, activation: 'silu' })), 2);
  }

  /** One batch: images, embedding and the noise to predict. */
  batch(size: number, seed: number): { x: tf.Tensor; e: tf.Tensor; target: tf.Tensor } {
    const stream = new RandomStream(seed, 'reference-net/batch');
    return { x: normals(stream, [size, 16, 16, 1]), e: normals(stream, [size, EMBEDDING]), target: normals(stream, [size, 16, 16, 1]) };
  }

  loss(p: Params, { x, e, target }: { x: tf.Tensor; e: tf.Tensor; target: tf.Tensor }): tf.Tensor {
    return tf.mean(meanSquare(this.forward(p, x, e), target));
  }
}
