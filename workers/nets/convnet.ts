import * as tf from '@tensorflow/tfjs-core';
import { averagePool2, batchNorm, conv2d, globalAveragePool, linear, relu, updateRunningStatistics } from '../engine/ops';
import { fromBytes, read } from '../engine/tensors';
import type { Params } from '../engine/types';
import { RetortError } from '../failure';
import { linearSpecs, normSpecs, sizeOf, type ParameterSpec } from './init';

/** One block: 3x3 convolution, batch normalisation, ReLU, and where it pools a 2x2 average. */
export interface Block {
  name: string;
  from: number;
  to: number;
  stride: 1 | 2;
  pool: boolean;
  /** Side of the convolution's output, before pooling. */
  side: number;
}

/** A plain convolutional classifier: blocks, then the pooled or flattened map, then one linear head. */
export interface ConvNet {
  /** Side in pixels and channels of its images. */
  size: number;
  channels: number;
  /** Outputs of the head. */
  classes: number;
  blocks: readonly Block[];
  /** What the head sees: the mean of the last map, or all of it. */
  pooling: 'average' | 'flatten';
}

/** Named flat weights; with normalisation folded into the convolutions. */
export type FoldedWeights = Record<string, Float32Array<ArrayBuffer>>;

export const EPSILON = 1e-5;
/** Weight of a new batch in the running statistics; the first ten batches count alike. */
const MOMENTUM = 0.1;
/** Bound of images per inference batch, by bytes of the widest activation. */
const INFERENCE_BYTES = 16 * 2 ** 20;

/** Blocks of given widths and strides on images of `size` and `channels`. A pooling block halves the side behind its convolution. */
export function blocksOf(size: number, channels: number, plan: readonly { to: number; stride: 1 | 2; pool: boolean }[]): Block[] {
  let from = channels;
  let side = size;
  return plan.map(({ to, stride, pool }, index) => {
    side = Math.ceil(side / stride);
    const block: Block = { name: `conv${index}`, from, to, stride, pool, side };
    from = to;
    if (pool) side /= 2;
    return block;
  });
}

/** Dimensions of the features, the head's input. */
export function featureSize({ blocks, pooling }: ConvNet): number {
  const { to, side, pool } = blocks[blocks.length - 1];
  return pooling === 'average' ? to : to * (pool ? side / 2 : side) ** 2;
}

/** Parameters in training, normalisations apart. */
export function convNetSpecs(net: ConvNet): ParameterSpec[] {
  return [
    ...net.blocks.flatMap(({ name, from, to, side }): ParameterSpec[] => [
      { name: `${name}/w`, shape: [3, 3, from, to], init: 'fan-in', sites: side * side },
      ...normSpecs(`${name}/norm`, to),
    ]),
    ...linearSpecs('head', featureSize(net), net.classes, 1),
  ];
}

/** Floating-point operations of one forward pass of one image, two per multiply and add. */
export function convNetForwardFlops(net: ConvNet): number {
  return 2 * convNetSpecs(net).reduce((sum, { shape, sites }) => sum + sizeOf(shape) * sites, 0);
}

function pooled({ pooling }: ConvNet, h: tf.Tensor): tf.Tensor {
  return pooling === 'average' ? globalAveragePool(h) : tf.reshape(h, [h.shape[0], sizeOf(h.shape.slice(1) as number[])]);
}

/**
 * Training forward pass with batch statistics: logits [N, classes], and each block's batch mean and biased variance [C], so
 * that one pass serves both the gradient and the running statistics.
 */
export function trainForward(net: ConvNet, params: Params, x: tf.Tensor): { logits: tf.Tensor; statistics: tf.Tensor[] } {
  const statistics: tf.Tensor[] = [];
  let h = x;
  for (const { name, stride, pool } of net.blocks) {
    const convolved = conv2d(h, params[`${name}/w`], { stride, pad: 'same' });
    const { y, mean, variance } = batchNorm(
      convolved, params[`${name}/norm/g`], params[`${name}/norm/b`], { mode: 'train', epsilon: EPSILON, activation: 'relu' },
    );
    statistics.push(mean, variance);
    h = pool ? averagePool2(y) : y;
  }
  return { logits: linear(pooled(net, h), params['head/w'], params['head/b']), statistics };
}

/** Running mean and variance of every normalisation, in the order of `trainForward`'s statistics, as states of a training step named 0, 1, ... */
export function runningStatistics(
  { blocks }: ConvNet, saved?: Readonly<Record<string, Float32Array>>,
): Record<string, { shape: [number]; values: Float32Array }> {
  const starts = blocks.flatMap(({ to }) => [new Float32Array(to), new Float32Array(to).fill(1)]);
  return Object.fromEntries(starts.map((start, i) => [String(i), { shape: [start.length], values: saved?.[String(i)] ?? start }]));
}

/** Weight of a new batch in the running statistics after training step `step`, from 0. */
export function statisticsShare(step: number): number {
  return Math.max(MOMENTUM, 1 / (step + 1));
}

/** The running statistics once a batch's are taken in: share [1] of the new, and `rest` [1] of the old. */
export function updateStatistics(
  running: Readonly<Record<string, tf.Tensor>>, batch: readonly tf.Tensor[], share: tf.Tensor, rest: tf.Tensor,
): Record<string, tf.Tensor> {
  const next: Record<string, tf.Tensor> = {};
  for (let i = 0; i < batch.length; i += 2) {
    const old = { mean: running[String(i)], variance: running[String(i + 1)] };
    const { mean, variance } = updateRunningStatistics(old, { mean: batch[i], variance: batch[i + 1] }, { momentum: { share, rest } });
    next[String(i)] = mean;
    next[String(i + 1)] = variance;
  }
  return next;
}

/** The numbers of running statistics. */
export async function readStatistics(running: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, Float32Array<ArrayBuffer>>> {
  const entries = Object.entries(running).map(async ([name, tensor]) => [name, Float32Array.from(await read(tensor))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Weights with the normalisation folded in: w g / s and b - m g / s with s = sqrt(v + epsilon). */
export function foldStatistics(
  net: ConvNet, params: Record<string, Float32Array>, statistics: Readonly<Record<string, Float32Array>>,
): FoldedWeights {
  const folded: FoldedWeights = { 'head/w': Float32Array.from(params['head/w']), 'head/b': Float32Array.from(params['head/b']) };
  net.blocks.forEach(({ name, to }, index) => {
    const [mean, variance] = [statistics[String(2 * index)], statistics[String(2 * index + 1)]];
    const gain = Float64Array.from(params[`${name}/norm/g`], (g, c) => g / Math.sqrt(variance[c] + EPSILON));
    folded[`${name}/w`] = Float32Array.from(params[`${name}/w`], (w, at) => w * gain[at % to]);
    folded[`${name}/b`] = Float32Array.from(params[`${name}/norm/b`], (b, c) => b - mean[c] * gain[c]);
  });
  return folded;
}

/** Names of the weights a stored net must bring. */
export function foldedNames({ blocks }: ConvNet): string[] {
  return ['head/w', 'head/b', ...blocks.flatMap(({ name }) => [`${name}/w`, `${name}/b`])];
}

/** Folded weights as tensors that outlive a tidy; the caller disposes them. */
export function placeFolded(net: ConvNet, weights: FoldedWeights): Params {
  const params: Params = {};
  const place = (name: string, shape: number[]): void => {
    params[name] = tf.keep(tf.tensor(weights[name], shape));
  };
  for (const { name, from, to } of net.blocks) {
    place(`${name}/w`, [3, 3, from, to]);
    place(`${name}/b`, [to]);
  }
  place('head/w', [featureSize(net), net.classes]);
  place('head/b', [net.classes]);
  return params;
}

/** Inference pass with folded weights of x [N, size, size, channels] in [-1, 1]: features [N, D] and logits [N, classes]. */
export function foldedForward(net: ConvNet, params: Params, x: tf.Tensor): { features: tf.Tensor; logits: tf.Tensor } {
  let h = x;
  for (const { name, stride, pool } of net.blocks) {
    h = relu(conv2d(h, params[`${name}/w`], { stride, pad: 'same', bias: params[`${name}/b`] }));
    if (pool) h = averagePool2(h);
  }
  const features = pooled(net, h);
  return { features, logits: linear(features, params['head/w'], params['head/b']) };
}

/** A trained net on the device. */
export interface Classifier {
  /** Dimensions of its features. */
  readonly dim: number;
  /**
   * Features of `count` images (uint8 NHWC of the net's size and channels), row-major [count, dim]. An image's
   * features do not depend on which others it is given with.
   */
  features(pixels: Uint8Array, count: number): Promise<Float32Array<ArrayBuffer>>;
  /** As `features`, with the head's logits [count, classes]. */
  predict(pixels: Uint8Array, count: number): Promise<{ features: Float32Array<ArrayBuffer>; logits: Float32Array<ArrayBuffer> }>;
  dispose(): void;
}

/** Puts folded weights on the device. */
export function classifierFromWeights(net: ConvNet, weights: FoldedWeights): Classifier {
  const { size, channels, classes, blocks } = net;
  const dim = featureSize(net);
  const pixelsEach = size * size * channels;
  const widest = Math.max(...blocks.map(({ side, to }) => side * side * to));
  const batch = Math.max(8, Math.min(256, Math.floor(INFERENCE_BYTES / 4 / widest)));
  const params = placeFolded(net, weights);

  const predict: Classifier['predict'] = async (pixels, count) => {
    if (pixels.length !== count * pixelsEach) {
      throw new RetortError('encoder-shape', `The encoder was trained on images of ${size} px with ${channels} channels. Take its images from the same data set.`, { size, channels });
    }
    const features = new Float32Array(count * dim);
    const logits = new Float32Array(count * classes);
    for (let from = 0; from < count; from += batch) {
      const n = Math.min(batch, count - from);
      const pass = tf.tidy(() => foldedForward(net, params, fromBytes(pixels.subarray(from * pixelsEach, (from + n) * pixelsEach), [n, size, size, channels])));
      features.set(await read(pass.features), from * dim);
      logits.set(await read(pass.logits), from * classes);
      tf.dispose([pass.features, pass.logits]);
    }
    return { features, logits };
  };
  return { dim, predict, features: async (pixels, count) => (await predict(pixels, count)).features, dispose: () => tf.dispose(params) };
}
