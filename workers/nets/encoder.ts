import * as tf from '@tensorflow/tfjs-core';
import { addChannelBias, batchNorm, conv2d, globalAveragePool, linear, relu } from '../engine/ops';
import { fromBytes, read } from '../engine/tensors';
import type { Engine, Params } from '../engine/types';
import { RetortError } from '../failure';
import type { Bundle } from '../runs/types';
import { linearSpecs, normSpecs, sizeOf, type ParameterSpec } from './init';

/** Shape of a domain encoder: 3x3 convolutions with batch normalisation and ReLU, global average pooling, one linear head. */
export interface EncoderConfig {
  /** Side in pixels and channels of its images. */
  size: number;
  channels: number;
  /** Outputs of the head. */
  classes: number;
  /** Channels of the first layer; features have twice as many dimensions. */
  width: number;
}

/** Named flat weights; with normalisation folded into the convolutions. */
export type EncoderWeights = Record<string, Float32Array<ArrayBuffer>>;

interface Layer {
  name: string;
  from: number;
  to: number;
  stride: 1 | 2;
  /** Side of its output. */
  side: number;
}

/** Prefix of folded weights among the parts of an artifact. */
export const WEIGHTS = 'w/';

const EPSILON = 1e-5;
/** Weight of a new batch in the running statistics; the first ten batches count alike. */
const MOMENTUM = 0.1;
/** Bound of images per inference batch, by bytes of the widest activation. */
const INFERENCE_BYTES = 16 * 2 ** 20;

/**
 * 32 - 64/2 - 64 - 96/2 - 64 channels ("/2" halves the side), which takes 16 px to a 4x4 map. Each further doubling of the side
 * puts one more halving layer behind the first, so that the last map stays at about 4x4.
 */
export function encoderLayers({ size, channels, width }: EncoderConfig): Layer[] {
  const extra = Math.max(0, Math.round(Math.log2(size / 4)) - 2);
  const plan: [channels: number, stride: 1 | 2][] = [
    [width, 1], ...Array.from({ length: extra }, (): [number, 2] => [width, 2]),
    [2 * width, 2], [2 * width, 1], [3 * width, 2], [2 * width, 1],
  ];
  let from = channels;
  let side = size;
  return plan.map(([to, stride], index) => {
    side = Math.ceil(side / stride);
    const layer: Layer = { name: `conv${index}`, from, to, stride, side };
    from = to;
    return layer;
  });
}

/** Dimensions of the features. */
export function featureSize({ width }: EncoderConfig): number {
  return 2 * width;
}

export function encoderSpecs(config: EncoderConfig): ParameterSpec[] {
  return [
    ...encoderLayers(config).flatMap(({ name, from, to, side }): ParameterSpec[] => [
      { name: `${name}/w`, shape: [3, 3, from, to], init: 'fan-in', sites: side * side },
      ...normSpecs(`${name}/norm`, to),
    ]),
    ...linearSpecs('head', featureSize(config), config.classes, 1),
  ];
}

/** Floating-point operations of one forward pass of one image, two per multiply and add. */
export function encoderForwardFlops(config: EncoderConfig): number {
  return 2 * encoderSpecs(config).reduce((sum, { shape, sites }) => sum + sizeOf(shape) * sites, 0);
}

/**
 * Training forward pass with batch statistics: logits [N, classes], and each layer's batch mean and biased variance [C], so
 * that one pass serves both the gradient and the running statistics.
 */
export function trainForward(config: EncoderConfig, params: Params, x: tf.Tensor): { logits: tf.Tensor; statistics: tf.Tensor[] } {
  const statistics: tf.Tensor[] = [];
  let h = x;
  for (const { name, stride } of encoderLayers(config)) {
    const convolved = conv2d(h, params[`${name}/w`], { stride, pad: 'same' });
    const { y, mean, variance } = batchNorm(convolved, params[`${name}/norm/g`], params[`${name}/norm/b`], { mode: 'train', epsilon: EPSILON });
    statistics.push(mean, variance);
    h = relu(y);
  }
  return { logits: linear(globalAveragePool(h), params['head/w'], params['head/b']), statistics };
}

/** Running mean and variance of every normalisation, in the order of `trainForward`'s statistics, as states of a training step named 0, 1, ... */
export function runningStatistics(
  config: EncoderConfig, saved?: Readonly<Record<string, Float32Array>>,
): Record<string, { shape: [number]; values: Float32Array }> {
  const starts = encoderLayers(config).flatMap(({ to }) => [new Float32Array(to), new Float32Array(to).fill(1)]);
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
  return Object.fromEntries(batch.map((fresh, i) => [String(i), tf.add(tf.mul(running[String(i)], rest), tf.mul(fresh, share))]));
}

/** The numbers of running statistics. */
export async function readStatistics(running: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, Float32Array<ArrayBuffer>>> {
  const entries = Object.entries(running).map(async ([name, tensor]) => [name, Float32Array.from(await read(tensor))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Weights with the normalisation folded in: w g / s and b - m g / s with s = sqrt(v + epsilon). */
export function foldStatistics(
  config: EncoderConfig, params: Record<string, Float32Array>, statistics: Readonly<Record<string, Float32Array>>,
): EncoderWeights {
  const folded: EncoderWeights = { 'head/w': Float32Array.from(params['head/w']), 'head/b': Float32Array.from(params['head/b']) };
  encoderLayers(config).forEach(({ name, to }, index) => {
    const [mean, variance] = [statistics[String(2 * index)], statistics[String(2 * index + 1)]];
    const gain = Float64Array.from(params[`${name}/norm/g`], (g, c) => g / Math.sqrt(variance[c] + EPSILON));
    folded[`${name}/w`] = Float32Array.from(params[`${name}/w`], (w, at) => w * gain[at % to]);
    folded[`${name}/b`] = Float32Array.from(params[`${name}/norm/b`], (b, c) => b - mean[c] * gain[c]);
  });
  return folded;
}

/** A trained encoder on the device. */
export interface Encoder {
  readonly dim: number;
  readonly config: EncoderConfig;
  /**
   * Features of `count` images (uint8 NHWC of the encoder's size and channels), row-major [count, dim]. An image's
   * features do not depend on which others it is given with.
   */
  features(pixels: Uint8Array, count: number): Promise<Float32Array<ArrayBuffer>>;
  /** As `features`, with the head's logits [count, classes]. */
  predict(pixels: Uint8Array, count: number): Promise<{ features: Float32Array<ArrayBuffer>; logits: Float32Array<ArrayBuffer> }>;
  dispose(): void;
}

/** Puts folded weights on the device. */
export function encoderFromWeights(config: EncoderConfig, weights: EncoderWeights): Encoder {
  const layers = encoderLayers(config);
  const dim = featureSize(config);
  const pixelsEach = config.size * config.size * config.channels;
  const widest = Math.max(...layers.map(({ side, to }) => side * side * to));
  const batch = Math.max(8, Math.min(256, Math.floor(INFERENCE_BYTES / 4 / widest)));
  const params: Params = {};
  const place = (name: string, shape: number[]): void => {
    params[name] = tf.keep(tf.tensor(weights[name], shape));
  };
  for (const { name, from, to } of layers) {
    place(`${name}/w`, [3, 3, from, to]);
    place(`${name}/b`, [to]);
  }
  place('head/w', [dim, config.classes]);
  place('head/b', [config.classes]);

  const predict: Encoder['predict'] = async (pixels, count) => {
    if (pixels.length !== count * pixelsEach) {
      throw new RetortError('encoder-shape', `The encoder was trained on images of ${config.size} px with ${config.channels} channels. Take its images from the same data set.`, { size: config.size, channels: config.channels });
    }
    const features = new Float32Array(count * dim);
    const logits = new Float32Array(count * config.classes);
    for (let from = 0; from < count; from += batch) {
      const n = Math.min(batch, count - from);
      const [pooled, scores] = tf.tidy(() => {
        let h: tf.Tensor = fromBytes(pixels.subarray(from * pixelsEach, (from + n) * pixelsEach), [n, config.size, config.size, config.channels]);
        for (const { name, stride } of layers) h = relu(addChannelBias(conv2d(h, params[`${name}/w`], { stride, pad: 'same' }), params[`${name}/b`]));
        const pool = globalAveragePool(h);
        return [pool, linear(pool, params['head/w'], params['head/b'])];
      });
      features.set(await read(pooled), from * dim);
      logits.set(await read(scores), from * config.classes);
      tf.dispose([pooled, scores]);
    }
    return { features, logits };
  };
  return {
    dim,
    config,
    predict,
    features: async (pixels, count) => (await predict(pixels, count)).features,
    dispose: () => tf.dispose(params),
  };
}

/** The parts with `prefix` put before their names. */
export function prefixed(prefix: string, arrays: Record<string, Float32Array<ArrayBuffer>>): Bundle['parts'] {
  return Object.fromEntries(Object.entries(arrays).map(([name, values]) => [prefix + name, values]));
}

/** The float parts whose names start with `prefix`, without it. */
export function unprefixed(prefix: string, parts: Bundle['parts']): Record<string, Float32Array<ArrayBuffer>> {
  const found: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const [name, values] of Object.entries(parts)) {
    if (name.startsWith(prefix) && values instanceof Float32Array) found[name.slice(prefix.length)] = values;
  }
  return found;
}

/**
 * The encoder of a stored artifact on `engine`, which must be the open one; the caller disposes it before closing the engine.
 * @throws RetortError `artifact-incomplete` when weights are missing.
 */
export function loadEncoder(_engine: Engine, bundle: Bundle): Encoder {
  const config = bundle.head.config as EncoderConfig;
  const weights = unprefixed(WEIGHTS, bundle.parts);
  for (const name of ['head/w', 'head/b', ...encoderLayers(config).flatMap((layer) => [`${layer.name}/w`, `${layer.name}/b`])]) {
    if (!(name in weights)) {
      throw new RetortError('artifact-incomplete', `A stored result lacks its part "${name}". Delete the run and start it again.`, { part: name });
    }
  }
  return encoderFromWeights(config, weights);
}
