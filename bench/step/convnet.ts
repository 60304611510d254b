import * as tf from '@tensorflow/tfjs-core';
import { averagePool2, batchNorm, batchStatistics, conv2d, linear, oneHot, scale, softmaxCrossEntropy } from '../../workers/engine/ops';
import { blocksOf, convNetSpecs, EPSILON, type ConvNet } from '../../workers/nets/convnet';
import { initialise } from '../../workers/nets/init';
import { RandomStream } from '../../workers/random';
import type { FrozenNorm, Ops } from './ops';
import { BATCH, SHAPE, type Optimization, type Problem, type Values } from './problem';

type ConvNetOps<T> = Pick<
  Ops<T>, 'convolve' | 'moments' | 'distance' | 'frozenNorm' | 'averagePool' | 'tokens' | 'flatten' | 'dense' | 'crossEntropy' | 'add' | 'times'
>;

/** The recovery of DWA on CIFAR: weights of the statistics and of their variances, and of the first layer's. */
const STATISTICS = 0.01;
const VARIANCE = 11;
const FIRST = 10;
const OPTIMIZATION: Optimization = { rate: 0.25, beta1: 0.5, beta2: 0.9, epsilon: 1e-8, weightDecay: 0, ema: 0 };

function normOf<T>(part: (name: keyof FrozenNorm<T>) => T): FrozenNorm<T> {
  return { g: part('g'), b: part('b'), mean: part('mean'), variance: part('variance'), gain: part('gain'), offset: part('offset') };
}

/**
 * DWA's recovery loss (Du et al. 2024) of pixels [N, 32, 32, 3]: cross-entropy under the teacher, and how far mean and variance of the input of each batch
 * normalisation are from the teacher's own. Its normalisations are the affine maps they are once training is over.
 */
function recoverLoss<T>({ blocks }: ConvNet, ops: ConvNetOps<T>, pixels: T, labels: T, teacher: Record<string, T>): T {
  let h = pixels;
  const distances = blocks.map(({ name, stride }, index) => {
    const convolved = ops.convolve(h, teacher[`${name}/w`], null, stride);
    const { mean, variance } = ops.moments(convolved);
    const norm = normOf((part) => teacher[`${name}/norm/${part}`]);
    h = ops.averagePool(ops.frozenNorm(convolved, norm));
    const both = ops.add(ops.distance(mean, norm.mean), ops.times(ops.distance(variance, norm.variance), VARIANCE));
    return index === 0 ? ops.times(both, FIRST) : both;
  });
  const logits = ops.dense(ops.flatten(ops.tokens(h)), teacher['head/w'], teacher['head/b']);
  return ops.add(ops.crossEntropy(logits, labels), ops.times(distances.reduce((sum, distance) => ops.add(sum, distance)), STATISTICS));
}

/** The studio's operations. */
const OURS: ConvNetOps<tf.Tensor> = {
  convolve: (x, w, _, stride) => conv2d(x, w, { stride, pad: 'same' }),
  moments: batchStatistics,
  distance: (a, b) => tf.sqrt(tf.sum(tf.square(tf.sub(a, b)))),
  frozenNorm: (x, { g, b, mean, variance }) => batchNorm(x, g, b, { mode: 'eval', mean, variance, epsilon: EPSILON, activation: 'relu' }).y,
  averagePool: averagePool2,
  tokens: (x) => tf.reshape(x, [x.shape[0], -1, x.shape[x.rank - 1]!]),
  flatten: (x) => tf.reshape(x, [x.shape[0], -1]),
  dense: linear,
  crossEntropy: (logits, targets) => tf.mean(softmaxCrossEntropy(logits, targets)),
  add: (a, b) => tf.add(a, b),
  times: (x, factor) => scale(x, factor),
};

/** A teacher as if trained: drawn weights, and running statistics that are not those of the starting images, so that both terms pull. */
function teacherOf(net: ConvNet): Record<string, Values> {
  const stream = new RandomStream(1, 'bench/step/teacher');
  const drawn = initialise(convNetSpecs(net), stream);
  const teacher: Record<string, Values> = { 'head/w': drawn['head/w'], 'head/b': drawn['head/b'] };
  for (const { name, to } of net.blocks) {
    const vector = (make: (channel: number) => number): Values => ({ shape: [to], values: Float32Array.from({ length: to }, (_, c) => make(c)) });
    const mean = vector(() => 0.2 * stream.normal());
    const variance = vector(() => 0.25 + 0.5 * stream.uniform());
    const [g, b] = [drawn[`${name}/norm/g`], drawn[`${name}/norm/b`]];
    const gain = vector((c) => g.values[c] / Math.sqrt(variance.values[c] + EPSILON));
    const offset = vector((c) => b.values[c] - mean.values[c] * gain.values[c]);
    teacher[`${name}/w`] = drawn[`${name}/w`];
    for (const [part, values] of Object.entries({ g, b, mean, variance, gain, offset })) teacher[`${name}/norm/${part}`] = values;
  }
  return teacher;
}

/** Recovery of a batch: three blocks of 128 channels, Adam on pixels. The labels come with every step, so that one step serves all batches. */
export function convNetProblem(): Problem {
  const { size, channels, classes } = SHAPE;
  const plan = [128, 128, 128].map((to) => ({ to, stride: 1 as const, pool: true }));
  const net: ConvNet = { size, channels, classes, blocks: blocksOf(size, channels, plan), pooling: 'flatten' };
  const pixels = new RandomStream(1, 'bench/step/pixels').normals(new Float32Array(BATCH * size * size * channels)) as Float32Array<ArrayBuffer>;
  const labels = oneHot(Array.from({ length: BATCH }, (_, i) => i % classes), classes);
  return {
    device: 'webgpu',
    initial: { pixels: { shape: [BATCH, size, size, channels], values: pixels } },
    constants: teacherOf(net),
    inputs: { labels: [BATCH, classes] },
    images: ['pixels'],
    optimization: OPTIMIZATION,
    batch: () => ({ labels }),
    loss: (ops, { pixels: x }, { labels: y }, teacher) => recoverLoss(net, ops, x, y, teacher),
    ours: ({ pixels: x }, { labels: y }, teacher) => recoverLoss(net, OURS, x, y, teacher),
  };
}
