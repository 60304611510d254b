import * as tf from '@tensorflow/tfjs-core';
import { conv2d, linear, matchedNorm, oneHot, softmaxCrossEntropy, type DistanceWeights } from '../../workers/engine/ops';
import { blocksOf, convNetSpecs, EPSILON, type ConvNet } from '../../workers/nets/convnet';
import { initialise } from '../../workers/nets/init';
import { RandomStream } from '../../workers/random';
import type { FrozenNorm, Ops } from './ops';
import { BATCH, SHAPE, type Optimization, type Problem, type Values } from './problem';

/** What a library takes for the loss below. `match` is a frozen normalisation with ReLU and pooling, and the weighted distance of its input's statistics. */
interface RecoverOps<T> extends Pick<Ops<T>, 'tokens' | 'flatten' | 'dense' | 'crossEntropy'> {
  convolve(x: T, w: T, stride: 1 | 2): T;
  match(x: T, norm: FrozenNorm<T>, weights: DistanceWeights): { y: T; distance: T };
  sum(terms: T[]): T;
}

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
function recoverLoss<T>({ blocks }: ConvNet, ops: RecoverOps<T>, pixels: T, labels: T, teacher: Record<string, T>): T {
  let h = pixels;
  const distances = blocks.map(({ name, stride }, index) => {
    const meanWeight = STATISTICS * (index === 0 ? FIRST : 1);
    const { y, distance } = ops.match(
      ops.convolve(h, teacher[`${name}/w`], stride), normOf((part) => teacher[`${name}/norm/${part}`]), { meanWeight, varianceWeight: meanWeight * VARIANCE },
    );
    h = y;
    return distance;
  });
  const logits = ops.dense(ops.flatten(ops.tokens(h)), teacher['head/w'], teacher['head/b']);
  return ops.sum([ops.crossEntropy(logits, labels), ...distances]);
}

/** The same from the operations every library has. */
function composed<T>(ops: Ops<T>): RecoverOps<T> {
  return {
    ...ops,
    convolve: (x, w, stride) => ops.convolve(x, w, null, stride),
    match(x, norm, { meanWeight, varianceWeight }) {
      const { mean, variance } = ops.moments(x);
      const [byMean, byVariance] = [ops.distance(mean, norm.mean), ops.distance(variance, norm.variance)];
      return { y: ops.averagePool(ops.frozenNorm(x, norm)), distance: ops.add(ops.times(byMean, meanWeight), ops.times(byVariance, varianceWeight)) };
    },
    sum: (terms) => terms.reduce((sum, term) => ops.add(sum, term)),
  };
}

/** The studio's operations. */
const OURS: RecoverOps<tf.Tensor> = {
  convolve: (x, w, stride) => conv2d(x, w, { stride, pad: 'same' }),
  match: (x, { g, b, mean, variance }, weights) => matchedNorm(x, g, b, { mean, variance, epsilon: EPSILON, activation: 'relu', pool: true, ...weights }),
  tokens: (x) => tf.reshape(x, [x.shape[0], -1, x.shape[x.rank - 1]!]),
  flatten: (x) => tf.reshape(x, [x.shape[0], -1]),
  dense: linear,
  crossEntropy: (logits, targets) => tf.mean(softmaxCrossEntropy(logits, targets)),
  sum: (terms) => tf.addN(terms),
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
    loss: (ops, { pixels: x }, { labels: y }, teacher) => recoverLoss(net, composed(ops), x, y, teacher),
    ours: ({ pixels: x }, { labels: y }, teacher) => recoverLoss(net, OURS, x, y, teacher),
  };
}
