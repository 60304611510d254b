import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '../random';
import { batchNormCase, batchNormEvalCase, groupNormCase, instanceNormCase, layerNormCase, matchedNormCase, statisticsCase } from './cases.norms.testing';
import { concatenate, map, matMulReference, sigmoid, softmaxReference, squared, transposed, type Numbers, type OperationCase } from './cases.reference.testing';
import { gradientsOrZeros } from './gradients/fused';
import * as ops from './ops';
import { conv2dReference, gradientReference, hessianProductReference } from './reference';

function convolution(n: number, h: number, w: number, c: number, k: number, filters: number, stride: 1 | 2): OperationCase {
  return {
    name: `conv2d ${n}x${h}x${w}x${c}, ${k}x${k} to ${filters}, stride ${stride}`,
    shapes: [[n, h, w, c], [k, k, c, filters]],
    terms: Math.max(k * k * c, n * h * w),
    engine: (x, f) => ops.conv2d(x, f, { stride, pad: 'same' }),
    reference: (x, f) => conv2dReference(x, { n, h, w, c }, f, k, filters, stride).y,
  };
}

function attentionCase(n: number, heads: number, t: number, d: number): OperationCase {
  return {
    name: `attention ${n}x${heads}x${t}x${d}`,
    shapes: [[n, heads, t, d], [n, heads, t, d], [n, heads, t, d]],
    terms: t * d,
    engine: (q, k, v) => ops.attention(q, k, v),
    reference: (q, k, v) => concatenate(Array.from({ length: n * heads }, (_, i) => {
      const own = (x: Numbers) => x.subarray(i * t * d, (i + 1) * t * d);
      const scores = matMulReference(own(q), transposed(own(k), t, d), t, d, t).map((value) => value / Math.sqrt(d));
      return matMulReference(softmaxReference(scores, t), own(v), t, t, d);
    })),
  };
}

function multiHeadCase(n: number, heads: number, t: number, d: number): OperationCase {
  const apart = attentionCase(n, heads, t, d);
  // Moves heads from beside each other to before the tokens.
  const place = (i: number): number => {
    const [channel, token, head, image] = [i % d, Math.floor(i / d) % t, Math.floor(i / (d * t)) % heads, Math.floor(i / (d * t * heads))];
    return ((image * t + token) * heads + head) * d + channel;
  };
  return {
    ...apart,
    name: `multiHeadAttention ${n}x${t}, ${heads} heads of ${d}`,
    shapes: Array.from({ length: 3 }, () => [n, t, heads * d]),
    engine: (q, k, v) => ops.multiHeadAttention(q, k, v, heads),
    reference: (...inputs) => {
      const y = apart.reference(...inputs.map((x) => x.map((_, i) => x[place(i)])));
      const out = new Float64Array(y.length);
      y.forEach((value, i) => { out[place(i)] = value; });
      return out;
    },
  };
}

function crossEntropyCase(n: number, k: number, temperature = 1): OperationCase {
  return {
    name: `softmaxCrossEntropy ${n}x${k}${temperature === 1 ? '' : `, temperature ${temperature}`}, gradient of the labels too`,
    shapes: [[n, k], [n, k]],
    terms: k,
    engine: (logits, targets) => ops.softmaxCrossEntropy(logits, targets, { temperature }),
    reference: (logits, targets) => {
      const p = softmaxReference(logits.map((z) => z / temperature), k);
      const out = new Float64Array(n);
      p.forEach((value, i) => { out[Math.floor(i / k)] -= targets[i] * Math.log(value); });
      return out;
    },
  };
}

function divergenceCase(n: number, k: number, temperature: number, teacher: 'logits' | 'probabilities', hinton: boolean): OperationCase {
  return {
    name: `klDivergence ${n}x${k}, temperature ${temperature}, teacher's ${teacher}${hinton ? ', times its square' : ''}`,
    shapes: [[n, k], [n, k]],
    terms: k,
    engine: (student, given) => ops.klDivergence(student, given, { temperature, teacher, squared: hinton }),
    reference: (student, given) => {
      const p = softmaxReference(student.map((z) => z / temperature), k);
      const q = teacher === 'logits' ? softmaxReference(given.map((z) => z / temperature), k) : given;
      const out = new Float64Array(n);
      q.forEach((value, i) => { out[Math.floor(i / k)] += (hinton ? temperature ** 2 : 1) * value * Math.log(value / p[i]); });
      return out;
    },
    // Probabilities need not add up to one here, but be positive.
    ...(teacher === 'probabilities' ? { prepare: (value: number) => Math.abs(value) + 0.1 } : {}),
  };
}

/** Index of element (n, i, j, c) in [N,H,W,C]. */
const at = (h: number, w: number, c: number) => (n: number, i: number, j: number, q: number) => ((n * h + i) * w + j) * c + q;

function gather(size: number, source: (index: number) => number) {
  return (x: Numbers): Numbers => Float64Array.from({ length: size }, (_, i) => x[source(i)]);
}

function unshuffleSource(h: number, w: number, c: number) {
  const from = at(h, w, c);
  return (i: number): number => {
    const q = i % c;
    const dx = Math.floor(i / c) % 2;
    const dy = Math.floor(i / (2 * c)) % 2;
    const column = Math.floor(i / (4 * c)) % (w / 2);
    const row = Math.floor(i / (4 * c * (w / 2))) % (h / 2);
    return from(Math.floor(i / (h * w * c)), 2 * row + dy, 2 * column + dx, q);
  };
}

function resampleCases(): OperationCase[] {
  const [n, h, w, c] = [2, 4, 6, 3];
  const x = [[n, h, w, c]];
  const from = at(h, w, c);
  const unshuffle = unshuffleSource(h, w, c);
  const inverse = new Map(Array.from({ length: n * h * w * c }, (_, i) => [unshuffle(i), i]));
  const pooled = (value: Numbers) => {
    const out = new Float64Array((n * h * w * c) / 4);
    value.forEach((v, i) => {
      const q = i % c;
      const j = Math.floor(i / c) % w;
      const row = Math.floor(i / (c * w));
      out[(Math.floor(row / 2) * (w / 2) + Math.floor(j / 2)) * c + q] += v / 4;
    });
    return out;
  };
  return [
    {
      name: 'upsample2', shapes: x, terms: 4, engine: (t) => ops.upsample2(t),
      reference: gather(4 * n * h * w * c, (i) => {
        const row = Math.floor(i / (c * 2 * w));
        return from(Math.floor(row / (2 * h)), Math.floor((row % (2 * h)) / 2), Math.floor((Math.floor(i / c) % (2 * w)) / 2), i % c);
      }),
    },
    { name: 'averagePool2', shapes: x, terms: 4, engine: (t) => ops.averagePool2(t), reference: pooled },
    { name: 'pixelUnshuffle', shapes: x, terms: 1, engine: (t) => ops.pixelUnshuffle(t, 2), reference: gather(n * h * w * c, unshuffle) },
    {
      name: 'pixelShuffle', shapes: [[n, h / 2, w / 2, 4 * c]], terms: 1, engine: (t) => ops.pixelShuffle(t, 2),
      reference: gather(n * h * w * c, (i) => inverse.get(i)!),
    },
    {
      name: 'globalAveragePool', shapes: x, terms: h * w, engine: (t) => ops.globalAveragePool(t),
      reference: (value) => {
        const out = new Float64Array(n * c);
        value.forEach((v, i) => { out[Math.floor(i / (h * w * c)) * c + (i % c)] += v / (h * w); });
        return out;
      },
    },
  ];
}

/** Every operation at friendly and awkward shapes: 1, 3 and 5 channels, odd sides, single images. */
export const CASES: OperationCase[] = [
  ...[
    convolution(2, 4, 4, 4, 3, 8, 1), convolution(1, 5, 3, 1, 3, 3, 1), convolution(2, 5, 5, 3, 3, 5, 2), convolution(1, 6, 4, 5, 3, 9, 2),
    convolution(3, 2, 2, 8, 1, 12, 1), convolution(1, 7, 7, 1, 5, 2, 1), ...resampleCases(),
    {
      name: 'conv2d 2x5x4x3, 3x3 to 5, stride 2, with a bias', shapes: [[2, 5, 4, 3], [3, 3, 3, 5], [5]], terms: 40,
      engine: (x: tf.Tensor, f: tf.Tensor, bias: tf.Tensor) => ops.conv2d(x, f, { stride: 2, pad: 'same', bias }),
      reference: (x: Numbers, f: Numbers, bias: Numbers) => conv2dReference(x, { n: 2, h: 5, w: 4, c: 3 }, f, 3, 5, 2).y.map((value, i) => value + bias[i % 5]),
    },
    {
      name: 'linear 3x2x5 to 7', shapes: [[3, 2, 5], [5, 7], [7]], terms: 6, engine: (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) => ops.linear(x, w, b),
      reference: (x: Numbers, w: Numbers, b: Numbers) => matMulReference(x, w, 6, 5, 7).map((value, i) => value + b[i % 7]),
    },
    {
      name: 'matMul with a transposed', shapes: [[2, 5, 3], [2, 5, 9]], terms: 5, engine: (a: tf.Tensor, b: tf.Tensor) => ops.matMul(a, b, true, false),
      reference: (a: Numbers, b: Numbers) => concatenate([0, 1].map((i) => matMulReference(
        transposed(a.subarray(i * 15, i * 15 + 15), 5, 3), b.subarray(i * 45, i * 45 + 45), 3, 5, 9,
      ))),
    },
    {
      name: 'embedding', shapes: [[4, 5]], terms: 2, engine: (table: tf.Tensor) => ops.embedding(table, [3, 0, 3]),
      reference: (table: Numbers) => concatenate([3, 0, 3].map((id) => table.subarray(id * 5, id * 5 + 5))),
    },
    {
      name: 'meanSquare', shapes: [[3, 2, 3], [3, 2, 3]], terms: 6, engine: (a: tf.Tensor, b: tf.Tensor) => ops.meanSquare(a, b),
      reference: (a: Numbers, b: Numbers) => Float64Array.from([0, 1, 2], (i) => a.subarray(i * 6, i * 6 + 6)
        .reduce((sum, value, j) => sum + (value - b[i * 6 + j]) ** 2 / 6, 0)),
    },
    { name: 'softmax', shapes: [[3, 5]], terms: 5, engine: (x: tf.Tensor) => ops.softmax(x), reference: (x: Numbers) => softmaxReference(x, 5) },
  ].map(squared),
  groupNormCase(2, 3, 3, 8, 4, false, 'none'), groupNormCase(2, 3, 3, 8, 2, true, 'silu'), groupNormCase(1, 3, 5, 5, 1, true, 'silu'),
  groupNormCase(2, 2, 2, 6, 3, false, 'silu'), groupNormCase(1, 1, 3, 4, 4, true, 'none'), groupNormCase(2, 3, 1, 8, 2, true, 'relu'),
  groupNormCase(2, 3, 2, 9, 3, false, 'relu'),
  instanceNormCase(2, 3, 3, 8, 'relu'), instanceNormCase(1, 5, 3, 1, 'silu'), instanceNormCase(3, 2, 3, 5, 'none'), instanceNormCase(2, 5, 7, 4, 'silu'),
  batchNormCase(3, 2, 3, 4), batchNormCase(2, 3, 1, 3, 'relu'), batchNormCase(1, 3, 7, 1, 'silu'), batchNormCase(2, 3, 3, 8, 'silu'), batchNormCase(3, 3, 3, 5, 'relu'),
  batchNormEvalCase(2, 3, 3, 4, 'none'), batchNormEvalCase(1, 5, 3, 3, 'relu'), batchNormEvalCase(3, 1, 2, 8, 'silu'), batchNormEvalCase(2, 3, 5, 1, 'silu'),
  matchedNormCase(2, 4, 2, 4, 'silu', true), matchedNormCase(1, 3, 5, 3, 'relu', false), matchedNormCase(3, 2, 6, 1, 'none', true),
  matchedNormCase(2, 3, 3, 8, 'silu', false), matchedNormCase(2, 2, 4, 5, 'silu', true), statisticsCase(2, 3, 5, 4), statisticsCase(1, 3, 3, 5), statisticsCase(3, 1, 1, 1),
  layerNormCase(2, 3, 8, true), layerNormCase(1, 3, 5, true), layerNormCase(2, 2, 4, false), layerNormCase(3, 1, 3, false), layerNormCase(2, 4, 36, true),
  attentionCase(1, 2, 3, 4), attentionCase(2, 1, 5, 3), multiHeadCase(1, 2, 3, 4), multiHeadCase(2, 3, 2, 1), crossEntropyCase(3, 4), crossEntropyCase(1, 7),
  crossEntropyCase(2, 21, 3), crossEntropyCase(3, 1), divergenceCase(3, 5, 1, 'logits', true), divergenceCase(1, 19, 4, 'logits', true),
  divergenceCase(2, 3, 2, 'probabilities', false), divergenceCase(2, 17, 3, 'probabilities', true),
  { name: 'silu', shapes: [[3, 7]], terms: 1, engine: (x) => ops.silu(x), reference: map((z) => z * sigmoid(z)) },
  {
    name: 'gelu', shapes: [[3, 7]], terms: 1, engine: (x) => ops.gelu(x),
    reference: map((z) => 0.5 * z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)))),
  },
  squared({
    name: 'relu', shapes: [[3, 7]], terms: 1, engine: (x) => ops.relu(x), reference: map((z) => Math.max(z, 0)),
    prepare: (z) => z + 0.2 * Math.sign(z),
  }),
];

/** Largest errors of one case against float64, relative to the largest value each. */
export interface CaseErrors {
  value: number;
  gradient: number;
  second: number;
}

function relative(actual: Float32Array, expected: Numbers): number {
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
  if (actual.length !== expected.length) return Infinity;
  return expected.reduce((worst, value, i) => Math.max(worst, Number.isFinite(actual[i]) ? Math.abs(actual[i] - value) : Infinity), 0) / scale;
}

/**
 * Runs a case on the current backend: its value, the gradient of L = <r, f(x)> for random r, and the gradient of |grad L|^2, all against float64
 * central differences of the definition.
 */
export async function measureCase({ name, shapes, engine, reference, prepare = (value) => value }: OperationCase): Promise<CaseErrors> {
  const stream = new RandomStream(7, `case/${name}`);
  const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  const all = Float64Array.from({ length: sizes.reduce((a, b) => a + b, 0) }, () => Math.fround(prepare(stream.normal())));
  const split = (vector: Numbers): Numbers[] => {
    let from = 0;
    return sizes.map((size) => vector.subarray(from, (from += size)));
  };
  const expected = reference(...split(all));
  const weights = Float64Array.from(expected, () => Math.fround(stream.normal()));
  const loss = (vector: Numbers) => reference(...split(vector)).reduce((sum, value, i) => sum + value * weights[i], 0);
  const gradient = gradientReference(loss, all);
  const second = hessianProductReference(loss, all, gradient).map((value) => 2 * value);

  const measured = tf.tidy(() => {
    const inputs = split(all).map((values, i) => tf.tensor(Float32Array.from(values), shapes[i]));
    const projection = tf.tensor1d(Float32Array.from(weights));
    const flatten = (parts: tf.Tensor[]) => tf.concat(parts.map((part) => tf.reshape(part, [part.size])));
    const scalar = (...x: tf.Tensor[]) => tf.sum(tf.mul(tf.reshape(engine(...x), [-1]), projection)) as tf.Scalar;
    const norm = (...x: tf.Tensor[]) => tf.addN(tf.grads(scalar)(x).map((part) => tf.sum(tf.square(part)))) as tf.Scalar;
    return [tf.reshape(engine(...inputs), [-1]), flatten(tf.grads(scalar)(inputs)), flatten(gradientsOrZeros(norm, inputs))];
  });
  const [y, g, h] = (await Promise.all(measured.map((tensor) => tensor.data()))) as Float32Array[];
  tf.dispose(measured);
  return { value: relative(y, expected), gradient: relative(g, gradient), second: relative(h, second) };
}

/** 2^-24, the rounding error of float32. */
const ROUNDING = 2 ** -24;

/** What rounding may explain: it grows with the square root of the terms added; the references' own error is below 1e-6. */
export function boundsOf({ terms }: OperationCase): CaseErrors {
  const unit = ROUNDING * Math.sqrt(terms);
  return { value: 32 * unit, gradient: 1e-6 + 64 * unit, second: 1e-5 + 256 * unit };
}
