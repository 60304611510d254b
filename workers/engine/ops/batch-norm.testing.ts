import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '../../random';
import { batchNorm, batchStatistics, conv2d, globalAveragePool, instanceNorm, linear, softmaxCrossEntropy, updateRunningStatistics } from '../ops';
import { conv2dReference, crossEntropyReference, gradientReference, hessianProductReference, poolReference } from '../reference';
import type { Engine } from '../types';

type Numbers = Float64Array;

const [N, H, W, C, K, CLASSES] = [2, 5, 3, 3, 5, 4];
const EPSILON = 1e-5;
/** Weight of matched statistics, and of their variance among them (DWA, its `r-var`). */
const [MATCHING, VARIANCE] = [0.3, 11];

const toFloat = (stream: RandomStream, size: number, scale: number, offset = 0): Numbers =>
  Float64Array.from({ length: size }, () => Math.fround(offset + scale * stream.normal()));

/** One convolution, a normalisation and ReLU, pooling and a linear layer, with their weights and the running statistics. */
function drawNet() {
  const stream = new RandomStream(3, 'batch-norm.testing');
  return {
    x: toFloat(stream, N * H * W * C, 1), filter: toFloat(stream, 9 * C * K, 0.3), gamma: toFloat(stream, K, 0.2, 1), beta: toFloat(stream, K, 0.2),
    mean: toFloat(stream, K, 0.3), variance: toFloat(stream, K, 0.05, 1), head: toFloat(stream, K * CLASSES, 1),
    targets: toFloat(stream, N * CLASSES, 0, 1 / CLASSES),
  };
}

type Net = ReturnType<typeof drawNet>;

function momentsOf(h: Numbers, rows: number[]): { mean: Numbers; variance: Numbers } {
  const [mean, variance] = [new Float64Array(K), new Float64Array(K)];
  for (const row of rows) for (let c = 0; c < K; c++) mean[c] += h[row * K + c] / rows.length;
  for (const row of rows) for (let c = 0; c < K; c++) variance[c] += (h[row * K + c] - mean[c]) ** 2 / rows.length;
  return { mean, variance };
}

const distance = (a: Numbers, b: Numbers) => Math.hypot(...a.map((value, i) => value - b[i]));
const rowsOf = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

/** The loss of pixels x under either mode of batch normalisation, with what DWA adds to it in eval mode: the distances of the layer's input from the running statistics. */
function recoverReference(net: Net, mode: 'train' | 'eval' | 'instance', x: Numbers): number {
  const { y: h } = conv2dReference(x, { n: N, h: H, w: W, c: C }, net.filter, 3, K, 1);
  const batch = momentsOf(h, rowsOf(0, N * H * W));
  const own = rowsOf(0, N).map((image) => momentsOf(h, rowsOf(image * H * W, H * W)));
  const active = h.map((value, i) => {
    const { mean, variance } = mode === 'eval' ? net : mode === 'train' ? batch : own[Math.floor(i / (H * W * K))];
    const c = i % K;
    return Math.max(0, ((value - mean[c]) / Math.sqrt(variance[c] + EPSILON)) * net.gamma[c] + net.beta[c]);
  });
  const pooled = poolReference(active, { n: N, h: H, w: W, c: K });
  const logits = new Float64Array(N * CLASSES);
  for (let n = 0; n < N; n++) for (let o = 0; o < CLASSES; o++) for (let c = 0; c < K; c++) logits[n * CLASSES + o] += pooled[n * K + c] * net.head[c * CLASSES + o];
  const matching = mode === 'instance' ? 0 : distance(batch.mean, net.mean) + VARIANCE * distance(batch.variance, net.variance);
  return crossEntropyReference(logits, net.targets, CLASSES) + MATCHING * matching;
}

function recoverLoss(net: Net, mode: 'train' | 'eval' | 'instance', x: tf.Tensor): tf.Scalar {
  const tensor = (values: Numbers, shape: number[]) => tf.tensor(Float32Array.from(values), shape);
  const [gamma, beta, mean, variance] = [net.gamma, net.beta, net.mean, net.variance].map((values) => tensor(values, [K]));
  const h = conv2d(x, tensor(net.filter, [3, 3, C, K]), { stride: 1, pad: 'same' });
  const trained = batchNorm(h, gamma, beta, { mode: 'train', activation: 'relu' });
  // In train mode the statistics a loss looks at are those that normalise.
  const matched = mode === 'train' ? trained : batchStatistics(h);
  const y = {
    train: () => trained.y,
    eval: () => batchNorm(h, gamma, beta, { mode: 'eval', mean, variance, activation: 'relu' }).y,
    instance: () => instanceNorm(h, gamma, beta, { activation: 'relu' }),
  }[mode]();
  const logits = linear(globalAveragePool(y), tensor(net.head, [K, CLASSES]));
  const loss = tf.sum(softmaxCrossEntropy(logits, tensor(net.targets, [N, CLASSES])));
  if (mode === 'instance') return loss as tf.Scalar;
  const apart = (a: tf.Tensor, b: tf.Tensor) => tf.sqrt(tf.sum(tf.square(tf.sub(a, b))));
  const matching = tf.add(apart(matched.mean, mean), tf.mul(apart(matched.variance, variance), VARIANCE));
  return tf.add(loss, tf.mul(matching, MATCHING)) as tf.Scalar;
}

function relative(actual: Float32Array, expected: Numbers): number {
  const most = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return expected.reduce((worst, value, i) => Math.max(worst, Number.isNaN(actual[i]) ? Infinity : Math.abs(actual[i] - value)), 0) / most;
}

/**
 * Gradient of the pixels, and the gradient of its squared norm, through a convolution, a normalisation with ReLU and matched statistics, on the present backend: the largest
 * errors against float64 differences, relative to the largest entries.
 */
export async function measureRecovery(mode: 'train' | 'eval' | 'instance'): Promise<{ gradient: number; second: number }> {
  const net = drawNet();
  const loss = (x: Numbers) => recoverReference(net, mode, x);
  const gradient = gradientReference(loss, net.x);
  const second = hessianProductReference(loss, net.x, gradient, 1e-4).map((value) => 2 * value);
  const [g, h] = tf.tidy(() => {
    const x = tf.tensor(Float32Array.from(net.x), [N, H, W, C]);
    const own = tf.grad((pixels) => recoverLoss(net, mode, pixels));
    return [own(x), tf.grad((pixels) => tf.sum(tf.square(own(pixels))))(x)];
  });
  const errors = { gradient: relative((await g.data()) as Float32Array, gradient), second: relative((await h.data()) as Float32Array, second) };
  tf.dispose([g, h]);
  return errors;
}

/**
 * Ten steps of a compiled step whose state are the running statistics of its inputs, by a constant momentum and the unbiased variance, and by a share that comes with
 * each step: the largest error against PyTorch's definition in float64.
 */
export async function measureRunning(engine: Engine): Promise<number> {
  const [rows, channels, steps, momentum] = [7, 3, 10, 0.1];
  const start = () => ({ shape: [channels], values: new Float32Array(channels) });
  const optimizer = engine.optimizer({ gamma: { shape: [channels], values: new Float32Array(channels).fill(1) } }, {});
  const step = engine.compileStep<'x' | 'share' | 'rest', 'mean' | 'variance' | 'mean2' | 'variance2'>(optimizer, {
    inputs: { x: [rows, channels], share: [1], rest: [1] },
    state: { mean: start(), variance: start(), mean2: start(), variance2: start() },
    loss: ({ gamma }, { x, share, rest }, state) => {
      const { y, mean, variance } = batchNorm(x, gamma, tf.mul(gamma, gamma), { mode: 'train' });
      const constant = updateRunningStatistics({ mean: state.mean, variance: state.variance }, { mean, variance }, { momentum, count: rows });
      const varying = updateRunningStatistics({ mean: state.mean2, variance: state.variance2 }, { mean, variance }, { momentum: { share, rest } });
      return { loss: tf.mean(tf.square(y)), state: { ...constant, mean2: varying.mean, variance2: varying.variance } };
    },
  });
  const expected = { mean: [0, 0, 0], variance: [0, 0, 0], mean2: [0, 0, 0], variance2: [0, 0, 0] };
  for (let k = 0; k < steps; k++) {
    const x = new RandomStream(k, 'running').normals(new Float32Array(rows * channels)).map((value) => 3 + 2 * value);
    const share = Math.fround(1 / (k + 1));
    await step.run({ x, share: Float32Array.of(share), rest: Float32Array.of(1 - share) }, 0.01).loss;
    for (let c = 0; c < channels; c++) {
      const own = Array.from(x).filter((_, i) => i % channels === c);
      const mean = own.reduce((a, b) => a + b, 0) / rows;
      const squares = own.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const blend = (old: number, fresh: number, weight: number) => (1 - weight) * old + weight * fresh;
      expected.mean[c] = blend(expected.mean[c], mean, momentum);
      expected.variance[c] = blend(expected.variance[c], squares / (rows - 1), momentum);
      expected.mean2[c] = blend(expected.mean2[c], mean, share);
      expected.variance2[c] = blend(expected.variance2[c], squares / rows, share);
    }
  }
  let worst = 0;
  for (const [name, values] of Object.entries(expected)) {
    const actual = await step.state[name as keyof typeof expected].data();
    worst = values.reduce((most, value, c) => Math.max(most, Math.abs(actual[c] - value)), worst);
  }
  step.dispose();
  optimizer.dispose();
  return worst;
}
