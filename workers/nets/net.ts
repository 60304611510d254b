import * as tf from '@tensorflow/tfjs-core';
import { conv2d, embedding, linear, oneHot, silu } from '../engine/ops';
import type { Params } from '../engine/types';
import type { RandomStream } from '../random';
import { initialise, linearSpecs, sizeOf, type InitialParams, type ParameterSpec } from './init';

/** What every diffusion net must know about its data. */
export interface ImageShape {
  /** Side in pixels, a multiple of 4 from 16 to 128. */
  size: number;
  channels: number;
  /** Number of classes; the class table has one more row, the null condition. */
  classes: number;
}

/** The label that selects the null row: no condition. */
export const NULL_LABEL = -1;

const CLASS_TABLE = 'class';

/** N values in [0, 1], 1 is pure noise; or a tensor of their sinusoids, see `conditionInputs`. */
export type Times = Float32Array | tf.Tensor;
/** N class indices, `NULL_LABEL` for no condition; or a tensor of their rows, see `conditionInputs`. */
export type Labels = Int32Array | tf.Tensor;

/** A class-conditional net for diffusion; what its output means (velocity, v, noise) is the objective's business. */
export interface DiffusionNet {
  /** JSON-safe; `createNet` rebuilds the same net from it. */
  readonly config: ImageShape;
  /** Every parameter in the order of initialisation. */
  readonly specs: readonly ParameterSpec[];
  /** Multiply-accumulates of one image that no parameter takes part in (attention products). */
  readonly extraMacs: number;
  init(stream: RandomStream): InitialParams;
  /**
   * @param x [N, size, size, channels]. Returns [N, size, size, channels]. Row i depends on row i of the inputs only.
   */
  apply(params: Params, x: tf.Tensor, time: Times, labels: Labels): tf.Tensor;
  /** As `apply`, and the activations in the middle of the net, [N, h, w, c], for losses that align them. */
  applyWithFeatures(params: Params, x: tf.Tensor, time: Times, labels: Labels): { output: tf.Tensor; features: tf.Tensor };
}

/** Completes a net from its parts: the draw of its weights and `apply` follow from the rest. */
export function defineNet<Config extends ImageShape>(
  net: Pick<DiffusionNet, 'specs' | 'extraMacs' | 'applyWithFeatures'> & { config: Config },
): DiffusionNet & { config: Config } {
  return {
    ...net,
    init: (stream) => initialise(net.specs, stream),
    apply: (params, x, time, labels) => net.applyWithFeatures(params, x, time, labels).output,
  };
}

export function parameterCount(net: DiffusionNet): number {
  return net.specs.reduce((sum, spec) => sum + sizeOf(spec.shape), 0);
}

/** Floating-point operations of one forward pass of one image, 2 a multiply-accumulate; norms and activations not counted. */
export function forwardFlops(net: DiffusionNet): number {
  return 2 * net.specs.reduce((sum, spec) => sum + sizeOf(spec.shape) * spec.sites, net.extraMacs);
}

/**
 * Sinusoidal embedding [N, width] of times in [0, 1], scaled by 1000 as if they were steps (Ho et al. 2020): cosines, then sines, of
 * 1000 t 10000^(-i / (width/2)). In float64 on the CPU, because float32 loses three digits of the phase.
 */
export function timeEmbedding(time: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const half = width / 2;
  const out = new Float32Array(time.length * width);
  for (let n = 0; n < time.length; n++) {
    for (let i = 0; i < half; i++) {
      const phase = 1000 * time[n] * 10000 ** (-i / half);
      out[n * width + i] = Math.cos(phase);
      out[n * width + half + i] = Math.sin(phase);
    }
  }
  return out;
}

/** The class table's row of a label: the last for no condition. */
function rowsOf(labels: Int32Array, classes: number): Int32Array {
  return labels.map((label) => (label === NULL_LABEL ? classes : label));
}

/** Shapes of `conditionInputs` for `n` images. */
export function conditionShapes(net: DiffusionNet, n: number): { time: number[]; labels: number[] } {
  const table = net.specs.find(({ name }) => name === CLASS_TABLE);
  if (!table) throw new RangeError('The net has no class condition.');
  const [rows, width] = table.shape;
  return { time: [n, width], labels: [n, rows] };
}

/** Times and labels as the numbers a net takes in as tensors: sinusoids, and a one in each row of the class table's width. */
export function conditionInputs(
  net: DiffusionNet, time: Float32Array, labels: Int32Array,
): { time: Float32Array<ArrayBuffer>; labels: Float32Array<ArrayBuffer> } {
  const shapes = conditionShapes(net, labels.length);
  return { time: timeEmbedding(time, shapes.time[1]), labels: oneHot(rowsOf(labels, net.config.classes), shapes.labels[1]) };
}

/** Parameters of `conditioning`. */
export function conditioningSpecs(width: number, classes: number): ParameterSpec[] {
  return [
    ...linearSpecs('time/0', width, width, 1),
    ...linearSpecs('time/1', width, width, 1),
    { name: CLASS_TABLE, shape: [classes + 1, width], init: 'normal', sites: 0 },
  ];
}

/**
 * silu(MLP(time) + class row) [N, width], the vector that every block is modulated with. The activation is applied here because
 * all its consumers start with it.
 */
export function conditioning(
  params: Params, time: Times, labels: Labels, width: number, classes: number,
): tf.Tensor {
  const rows = labels instanceof tf.Tensor ? labels : rowsOf(labels, classes);
  const sinusoids = time instanceof tf.Tensor ? time : tf.tensor2d(timeEmbedding(time, width), [time.length, width]);
  const hidden = silu(linear(sinusoids, params['time/0/w'], params['time/0/b']));
  const embedded = linear(hidden, params['time/1/w'], params['time/1/b']);
  return silu(tf.add(embedded, embedding(params[CLASS_TABLE], rows)));
}

/** Convolution with the bias named beside it. */
export function convolve(params: Params, name: string, x: tf.Tensor, stride: 1 | 2 = 1): tf.Tensor {
  return conv2d(x, params[`${name}/w`], { stride, pad: 'same', bias: params[`${name}/b`] });
}

/** Linear layer with the bias named beside it. */
export function project(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  return linear(x, params[`${name}/w`], params[`${name}/b`]);
}

/** Cuts the last axis of x into `parts` equal pieces. */
export function chunk(x: tf.Tensor, parts: number): tf.Tensor[] {
  return tf.split(x, parts, x.rank - 1);
}
