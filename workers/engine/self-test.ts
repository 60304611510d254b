import * as tf from '@tensorflow/tfjs-core';
import type { SelfTestCheck } from '../protocol';
import { RandomStream } from '../random';
import { conv2d, globalAveragePool, groupNorm, softmaxCrossEntropy } from './ops';
import {
  conv2dReference, crossEntropyReference, gradientReference, groupNormSiluReference, hessianProductReference, poolReference, type Shape4,
} from './reference';

const INPUT: Shape4 = { n: 2, h: 5, w: 5, c: 2 };
const FILTERS = 4;
const CLASSES = 3;
const GROUPS = 2;
const EPSILON = 1e-5;
/** The net's parameters, one after the other in one vector. */
const PARTS: { shape: number[]; size: number; scale: number; offset: number }[] = [
  { shape: [3, 3, INPUT.c, FILTERS], size: 9 * INPUT.c * FILTERS, scale: 0.3, offset: 0 },
  { shape: [FILTERS], size: FILTERS, scale: 0.2, offset: 1 },
  { shape: [FILTERS], size: FILTERS, scale: 0.2, offset: 0 },
  { shape: [3, 3, FILTERS, CLASSES], size: 9 * FILTERS * CLASSES, scale: 0.3, offset: 0 },
];

/**
 * float32 sums of some tens of terms through five layers stay within 1e-5; a kernel that is wrong is off by far more. The second-order
 * bound is wider because it squares the gradients and the reference is a difference of differences.
 */
const BOUNDS = { value: 1e-4, gradient: 1e-3, 'second-order gradient': 5e-3 };

export function passes({ error, bound }: SelfTestCheck): boolean {
  return error <= bound;
}

/** Largest error relative to the largest reference value; infinite for anything that is not a number. */
function relativeError(actual: Float32Array, expected: Float64Array): number {
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-12);
  const worst = expected.reduce((largest, value, i) => Math.max(largest, Math.abs(actual[i] - value)), 0);
  return Number.isFinite(actual.reduce((sum, value) => sum + value, 0)) ? worst / scale : Infinity;
}

function draw(): { x: Float64Array; targets: Float64Array; params: Float64Array } {
  const stream = new RandomStream(1, 'engine/self-test');
  const x = Float64Array.from({ length: INPUT.n * INPUT.h * INPUT.w * INPUT.c }, () => Math.fround(stream.normal()));
  const targets = Float64Array.from({ length: INPUT.n * CLASSES }, () => Math.fround(stream.uniform()));
  const params = Float64Array.from(
    PARTS.flatMap(({ size, scale, offset }) => Array.from({ length: size }, () => Math.fround(offset + scale * stream.normal()))),
  );
  return { x, targets, params };
}

function split<T>(vector: T & { subarray(from: number, to: number): T }): T[] {
  let from = 0;
  return PARTS.map(({ size }) => vector.subarray(from, (from += size)));
}

function referenceLoss(x: Float64Array, targets: Float64Array): (params: Float64Array) => number {
  return (params) => {
    const [first, gamma, beta, second] = split<Float64Array>(params);
    const hidden = conv2dReference(x, INPUT, first, 3, FILTERS, 1);
    const active = groupNormSiluReference(hidden.y, hidden.shape, gamma, beta, GROUPS, EPSILON);
    const deep = conv2dReference(active, hidden.shape, second, 3, CLASSES, 2);
    return crossEntropyReference(poolReference(deep.y, deep.shape), targets, CLASSES);
  };
}

/**
 * A small net (convolution, group normalisation with SiLU, strided convolution, pooling, cross-entropy) on the current backend against
 * float64: its value, its gradient, and the gradient of the squared norm of its gradient, which is 2 H g.
 */
export async function selfTest(): Promise<SelfTestCheck[]> {
  const { x, targets, params } = draw();
  const reference = referenceLoss(x, targets);
  const gradient = gradientReference(reference, params);
  const curvature = hessianProductReference(reference, params, gradient).map((value) => 2 * value);

  const measured = tf.tidy(() => {
    const input = tf.tensor4d(Float32Array.from(x), [INPUT.n, INPUT.h, INPUT.w, INPUT.c]);
    const labels = tf.tensor2d(Float32Array.from(targets), [INPUT.n, CLASSES]);
    const tensors = split<Float32Array>(Float32Array.from(params)).map((values, i) => tf.tensor(values.slice(), PARTS[i].shape));
    const loss = (...[first, gamma, beta, second]: tf.Tensor[]): tf.Scalar => {
      const hidden = conv2d(input, first, { stride: 1, pad: 'same' });
      const active = groupNorm(hidden, gamma, beta, { groups: GROUPS, epsilon: EPSILON, activation: 'silu' });
      const logits = globalAveragePool(conv2d(active, second, { stride: 2, pad: 'same' }));
      return tf.sum(softmaxCrossEntropy(logits, labels)) as tf.Scalar;
    };
    const squaredNorm = (...inputs: tf.Tensor[]): tf.Scalar =>
      tf.addN(tf.grads(loss)(inputs).map((part) => tf.sum(tf.square(part)))) as tf.Scalar;
    const flatten = (parts: tf.Tensor[]) => tf.concat(parts.map((part) => tf.reshape(part, [part.size])));
    return [tf.reshape(loss(...tensors), [1]), flatten(tf.grads(loss)(tensors)), flatten(tf.grads(squaredNorm)(tensors))];
  });
  const [value, first, second] = (await Promise.all(measured.map((tensor) => tensor.data()))) as Float32Array[];
  tf.dispose(measured);
  return [
    { name: 'value', error: relativeError(value, Float64Array.of(reference(params))), bound: BOUNDS.value },
    { name: 'gradient', error: relativeError(first, gradient), bound: BOUNDS.gradient },
    { name: 'second-order gradient', error: relativeError(second, curvature), bound: BOUNDS['second-order gradient'] },
  ];
}
