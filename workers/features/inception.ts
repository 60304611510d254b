import * as tf from '@tensorflow/tfjs-core';
import { addChannelBias, conv2d, globalAveragePool, relu } from '../engine/ops';
import { averagePool3, maxPool3 } from '../engine/ops/pooling';
import { read } from '../engine/tensors';
import { RetortError } from '../failure';
import type { WeightTensor } from '../formats/torch-file';
import {
  INCEPTION, INCEPTION_DIM, INCEPTION_LOGITS, INCEPTION_SIZE, inceptionConvolutions, type Layer,
} from './inception.graph';
import { inceptionNormalisation, prepare } from './preprocess';
import { distanceName, type FeatureNet, type ImageShape, type Preprocessing } from './types';

/** SHA-256 of pt_inception-2015-12-05-6726825d.pth, the weights that published FIDs are measured with. */
export const FID_SHA256 = '6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2';

const EPSILON = 1e-3;
/** Images a pass: a few seconds on one wasm thread, in which the worker hears and says nothing. */
const BATCH = 4;

/** Weights by layer: filters [kh, kw, from, to] and biases [to], with the batch normalisation folded in. */
export type InceptionWeights = Record<string, { filter: Float32Array<ArrayBuffer>; shape: [number, number, number, number]; bias: Float32Array<ArrayBuffer> }>;

function mismatch(problem: string): RetortError {
  return new RetortError(
    'weights-mismatch', `These are not the weights of the FID Inception: ${problem}. Take pt_inception-2015-12-05-6726825d.pth, which pytorch-fid publishes.`, { problem },
  );
}

function take(tensors: Readonly<Record<string, WeightTensor>>, name: string, shape: readonly number[]): Float32Array {
  if (!Object.hasOwn(tensors, name)) throw mismatch(`"${name}" is missing`);
  const found = tensors[name];
  if (found.shape.length !== shape.length || found.shape.some((side, axis) => side !== shape[axis])) {
    throw mismatch(`"${name}" has the shape [${found.shape.join(', ')}] where [${shape.join(', ')}] belongs`);
  }
  if (!found.values.every(Number.isFinite)) throw mismatch(`"${name}" holds numbers that are not finite`);
  return found.values;
}

/** A filter from torch's [to, from, kh, kw] to [kh, kw, from, to], each output channel times `gain`. */
function turn(filter: Float32Array, [kh, kw, from, to]: readonly number[], gain: Float64Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(filter.length);
  let at = 0;
  for (let o = 0; o < to; o++) {
    for (let i = 0; i < from; i++) {
      for (let tap = 0; tap < kh * kw; tap++) out[(tap * from + i) * to + o] = filter[at++] * gain[o];
    }
  }
  return out;
}

/**
 * The weights of the net from a state_dict, checked for completeness and shape, with w g / s and b - m g / s, s = sqrt(v + 0.001), in place of the
 * batch normalisation. Further tensors are not looked at.
 * @throws RetortError `weights-mismatch`, which names the first tensor that is missing or has another shape.
 */
export function inceptionWeights(tensors: Readonly<Record<string, WeightTensor>>): InceptionWeights {
  // Not needed for features, but what tells this net from torchvision's, which has the same layers otherwise.
  take(tensors, 'fc.weight', [INCEPTION_LOGITS, INCEPTION_DIM]);
  const folded: InceptionWeights = {};
  for (const { name, from, to, kernel: [kh, kw] } of inceptionConvolutions()) {
    const filter = take(tensors, `${name}.conv.weight`, [to, from, kh, kw]);
    const [scale, offset, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) => take(tensors, `${name}.bn.${part}`, [to]));
    if (variance.some((value) => value < 0)) throw mismatch(`"${name}.bn.running_var" holds negative numbers`);
    const gain = Float64Array.from(scale, (g, c) => g / Math.sqrt(variance[c] + EPSILON));
    const shape: [number, number, number, number] = [kh, kw, from, to];
    folded[name] = { shape, filter: turn(filter, shape, gain), bias: Float32Array.from(offset, (b, c) => b - mean[c] * gain[c]) };
  }
  return folded;
}

/** The net's tensors on the device; the caller disposes them. */
export type InceptionParams = Record<string, { filter: tf.Tensor; bias: tf.Tensor }>;

export function placeInception(weights: InceptionWeights): InceptionParams {
  return Object.fromEntries(Object.entries(weights).map(([name, { filter, shape, bias }]) => [
    name, { filter: tf.keep(tf.tensor(filter, shape)), bias: tf.keep(tf.tensor(bias)) },
  ]));
}

function through(params: InceptionParams, layers: readonly Layer[], x: tf.Tensor): tf.Tensor {
  let h = x;
  for (const layer of layers) {
    if (layer.kind === 'conv') {
      const { filter, bias } = params[layer.name];
      h = relu(addChannelBias(conv2d(h, filter, { stride: layer.stride, pad: layer.pad }), bias));
    } else if (layer.kind === 'max') h = maxPool3(h, layer.stride, layer.pad);
    else if (layer.kind === 'average') h = averagePool3(h);
    else h = tf.concat(layer.branches.map((branch) => through(params, branch, h)), 3);
  }
  return h;
}

/**
 * Features [N, 2048] of x [N, side, side, 3] in [-1, 1], side 75 or more. Each block's intermediates are freed before the next begins. Consumes x.
 * @param seen is shown every block's output, which it must not keep.
 */
export async function inceptionForward(
  params: InceptionParams, x: tf.Tensor, seen?: (block: string, output: tf.Tensor) => Promise<void>,
): Promise<tf.Tensor> {
  let h = x;
  for (const { name, layers } of INCEPTION) {
    const input = h;
    h = tf.tidy(() => through(params, layers, input));
    input.dispose();
    await seen?.(name, h);
  }
  const last = h;
  const pooled = tf.tidy(() => globalAveragePool(last));
  last.dispose();
  return pooled;
}

/** `FID` belongs to the standard weights; anything else is named after what the person calls it. */
export function inceptionLabel(sha256: string, name: string): string {
  return sha256 === FID_SHA256 ? 'FID' : distanceName(name);
}

/** The FID Inception on the open engine, for images of `shape`. */
export function openInception(
  weights: InceptionWeights, shape: ImageShape, preprocessing: Preprocessing, named: { name: string; label: string },
): FeatureNet {
  const params = placeInception(weights);
  const normalisation = inceptionNormalisation(preprocessing);
  const bytes = shape.size * shape.size * shape.channels;
  return {
    ...named,
    dim: INCEPTION_DIM,
    inputSize: INCEPTION_SIZE,
    preprocessing,
    batch: BATCH,
    async features(pixels, count) {
      const features = new Float32Array(count * INCEPTION_DIM);
      for (let from = 0; from < count; from += BATCH) {
        const n = Math.min(BATCH, count - from);
        const values = prepare(pixels.subarray(from * bytes, (from + n) * bytes), n, shape, INCEPTION_SIZE, preprocessing, normalisation);
        const pooled = await inceptionForward(params, tf.tensor4d(values, [n, INCEPTION_SIZE, INCEPTION_SIZE, 3]));
        features.set(await read(pooled), from * INCEPTION_DIM);
        pooled.dispose();
      }
      return features;
    },
    dispose: () => Object.values(params).forEach((each) => tf.dispose(each)),
  };
}
