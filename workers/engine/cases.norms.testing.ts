import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATIONS, concatenate, squared, standardizeBy, type Activation, type Numbers, type OperationCase } from './cases.reference.testing';
import * as ops from './ops';

export function groupNormCase(n: number, h: number, w: number, c: number, groups: number, film: boolean, activation: Activation): OperationCase {
  const pixels = h * w;
  return {
    name: `groupNorm ${n}x${h}x${w}x${c}, ${groups} groups${film ? ', film' : ''}, ${activation}`,
    shapes: [[n, h, w, c], [c], [c], ...(film ? [[n, c], [n, c]] : [])],
    terms: pixels * c,
    engine: (x, gamma, beta, scale, shift) => ops.groupNorm(x, gamma, beta, { groups, scale, shift, activation }),
    reference: (x, gamma, beta, scale, shift) => {
      const image = (i: number) => Math.floor(i / (pixels * c));
      const standard = standardizeBy(x, (i) => image(i) * groups + Math.floor((i % c) / (c / groups)), 1e-5);
      return standard.map((value, i) => {
        const q = i % c;
        const at = image(i) * c + q;
        const z = (value * gamma[q] + beta[q]) * (1 + (scale?.[at] ?? 0)) + (shift?.[at] ?? 0);
        return ACTIVATIONS[activation](z);
      });
    },
  };
}

export function instanceNormCase(n: number, h: number, w: number, c: number, activation: Activation): OperationCase {
  return {
    ...groupNormCase(n, h, w, c, c, false, activation),
    name: `instanceNorm ${n}x${h}x${w}x${c}, ${activation}`,
    engine: (x, gamma, beta) => ops.instanceNorm(x, gamma, beta, { activation }),
  };
}

/** Mean and biased variance of every channel. */
export function momentsReference(x: Numbers, c: number): { mean: Numbers; variance: Numbers } {
  const share = c / x.length;
  const mean = new Float64Array(c);
  const variance = new Float64Array(c);
  x.forEach((value, i) => { mean[i % c] += value * share; });
  x.forEach((value, i) => { variance[i % c] += (value - mean[i % c]) ** 2 * share; });
  return { mean, variance };
}

export function batchNormCase(n: number, h: number, w: number, c: number, activation: Activation = 'none'): OperationCase {
  return {
    name: `batchNorm ${n}x${h}x${w}x${c} with statistics, ${activation}`,
    shapes: [[n, h, w, c], [c], [c]],
    terms: n * h * w,
    engine: (x, gamma, beta) => {
      const { y, mean, variance } = ops.batchNorm(x, gamma, beta, { mode: 'train', activation });
      return tf.concat([tf.reshape(y, [-1]), mean, variance], 0);
    },
    reference: (x, gamma, beta) => {
      const y = standardizeBy(x, (i) => i % c, 1e-5).map((value, i) => ACTIVATIONS[activation](value * gamma[i % c] + beta[i % c]));
      const { mean, variance } = momentsReference(x, c);
      return concatenate([y, mean, variance]);
    },
  };
}

/** The running statistics are inputs too; the variance is kept positive. */
export function batchNormEvalCase(n: number, h: number, w: number, c: number, activation: Activation): OperationCase {
  const positive = (variance: tf.Tensor) => tf.add(tf.square(variance), ops.scale(tf.onesLike(variance), 0.5));
  return {
    name: `batchNorm ${n}x${h}x${w}x${c} by running statistics, ${activation}`,
    shapes: [[n, h, w, c], [c], [c], [c], [c]],
    terms: n * h * w,
    engine: (x, gamma, beta, mean, root) => ops.batchNorm(x, gamma, beta, { mode: 'eval', mean, variance: positive(root), activation }).y,
    reference: (x, gamma, beta, mean, root) => x.map((value, i) => {
      const q = i % c;
      return ACTIVATIONS[activation](((value - mean[q]) / Math.sqrt(root[q] ** 2 + 0.5 + 1e-5)) * gamma[q] + beta[q]);
    }),
  };
}

/** Both outputs of a matched normalisation; running statistics as above. */
export function matchedNormCase(n: number, h: number, w: number, c: number, activation: Activation, pool: boolean): OperationCase {
  const weights = { meanWeight: 0.7, varianceWeight: 1.9 };
  const positive = (root: tf.Tensor) => tf.add(tf.square(root), ops.scale(tf.onesLike(root), 0.5));
  return {
    name: `matchedNorm ${n}x${h}x${w}x${c}, ${activation}${pool ? ', pooled' : ''}`,
    shapes: [[n, h, w, c], [c], [c], [c], [c]],
    terms: n * h * w,
    engine: (x, gamma, beta, mean, root) => {
      const { y, distance } = ops.matchedNorm(x, gamma, beta, { mean, variance: positive(root), activation, pool, ...weights });
      return tf.concat([tf.reshape(y, [-1]), tf.reshape(distance, [1])], 0);
    },
    reference: (x, gamma, beta, mean, root) => {
      const variance = root.map((value) => value ** 2 + 0.5);
      const active = x.map((value, i) => ACTIVATIONS[activation](((value - mean[i % c]) / Math.sqrt(variance[i % c] + 1e-5)) * gamma[i % c] + beta[i % c]));
      const y = new Float64Array(pool ? x.length / 4 : x.length);
      active.forEach((value, i) => {
        const [q, column, line] = [i % c, Math.floor(i / c) % w, Math.floor(i / c / w)];
        if (pool) y[(Math.floor(line / 2) * (w / 2) + Math.floor(column / 2)) * c + q] += value / 4;
        else y[i] = value;
      });
      const own = momentsReference(x, c);
      const apart = (a: Numbers, b: Numbers) => Math.hypot(...a.map((value, i) => value - b[i]));
      return concatenate([y, Float64Array.of(weights.meanWeight * apart(own.mean, mean) + weights.varianceWeight * apart(own.variance, variance))]);
    },
  };
}

/** Squared, as a loss that matches statistics looks at them. */
export function statisticsCase(n: number, h: number, w: number, c: number): OperationCase {
  return squared({
    name: `batchStatistics ${n}x${h}x${w}x${c}`,
    shapes: [[n, h, w, c]],
    terms: n * h * w,
    engine: (x) => {
      const { mean, variance } = ops.batchStatistics(x);
      return tf.concat([mean, variance], 0);
    },
    reference: (x) => {
      const { mean, variance } = momentsReference(x, c);
      return concatenate([mean, variance]);
    },
  });
}

export function layerNormCase(n: number, t: number, d: number, film: boolean): OperationCase {
  return {
    name: `layerNorm ${n}x${t}x${d}${film ? ', film' : ''}`,
    shapes: [[n, t, d], ...(film ? [[n, d], [n, d]] : [])],
    terms: Math.max(d, t),
    engine: (x, scale, shift) => ops.layerNorm(x, { scale, shift, epsilon: 1e-5 }),
    reference: (x, scale, shift) => standardizeBy(x, (i) => Math.floor(i / d), 1e-5).map((value, i) => {
      const at = Math.floor(i / (t * d)) * d + (i % d);
      return value * (1 + (scale?.[at] ?? 0)) + (shift?.[at] ?? 0);
    }),
  };
}
