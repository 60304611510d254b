import { lax, nn, numpy as np } from '@jax-js/jax';
import type { Ops } from './ops';

type A = np.Array;

const GROUPS = 8;

/** A vector [C] beside an image [N, C, H, W]. */
const channelwise = (b: A): A => b.ref.reshape([1, -1, 1, 1]);

/** Vectors [N, D] beside tokens [N, T, D]. */
const tokenwise = (x: A): A => x.ref.reshape([x.shape[0], 1, x.shape[1]]);

function normalize(x: A, g: A, b: A, film?: { scale: A; shift: A }): A {
  const [n, c, height, width] = x.shape;
  const grouped = x.ref.reshape([n, GROUPS, -1]);
  const mean = np.mean(grouped.ref, 2, { keepdims: true });
  const centred = grouped.sub(mean);
  const variance = np.mean(np.square(centred.ref), 2, { keepdims: true });
  const normal = centred.div(np.sqrt(variance.add(1e-5))).reshape([n, c, height, width]);
  let y = normal.mul(channelwise(g)).add(channelwise(b));
  if (film) y = y.mul(film.scale.ref.add(1).reshape([n, c, 1, 1])).add(film.shift.ref.reshape([n, c, 1, 1]));
  return nn.silu(y);
}

function dense(x: A, w: A, b: A): A {
  const [depth, width] = w.shape;
  return np.matmul(x.ref.reshape([-1, depth]), w.ref).add(b.ref).reshape([...x.shape.slice(0, -1), width]);
}

/** jax-js' own operations, images NCHW and filters OIHW. None consumes its arguments: under jit references cost nothing but at tracing. */
export const JAX_OPS: Ops<A> = {
  convolve(x, w, b, stride) {
    const y = lax.conv(x.ref, w.ref, [stride, stride], 'SAME');
    return b ? y.add(channelwise(b)) : y;
  },
  project: (x, w, b) => lax.conv(x.ref, np.transpose(w.ref, [1, 0]).reshape([w.shape[1], w.shape[0], 1, 1]), [1, 1], 'VALID').add(channelwise(b)),
  normalize,
  join: (a, b) => np.concatenate([a.ref, b.ref], 1),
  upsample: (x) => np.repeat(np.repeat(x.ref, 2, 2), 2, 3),
  unshuffle(x, f) {
    const [n, c, h, w] = x.shape;
    return np.transpose(x.ref.reshape([n, c, h / f, f, w / f, f]), [0, 3, 5, 1, 2, 4]).reshape([n, f * f * c, h / f, w / f]);
  },
  shuffle(x, f) {
    const [n, deep, h, w] = x.shape;
    const c = deep / (f * f);
    return np.transpose(x.ref.reshape([n, f, f, c, h, w]), [0, 3, 4, 1, 5, 2]).reshape([n, c, f * h, f * w]);
  },
  averagePool(x) {
    const [n, c, h, w] = x.shape;
    return np.mean(x.ref.reshape([n, c, h / 2, 2, w / 2, 2]), [3, 5]);
  },
  frozenNorm: (x, { gain, offset }) => nn.relu(x.ref.mul(channelwise(gain)).add(channelwise(offset))),
  moments(x) {
    const mean = np.mean(x.ref, [0, 2, 3]);
    const variance = np.mean(np.square(x.ref.sub(channelwise(mean))), [0, 2, 3]);
    return { mean, variance };
  },
  tokens(x) {
    const [n, c, h, w] = x.shape;
    return np.transpose(x.ref.reshape([n, c, h * w]), [0, 2, 1]);
  },
  image(x, side) {
    const [n, , c] = x.shape;
    return np.transpose(x.ref, [0, 2, 1]).reshape([n, c, side, side]);
  },
  flatten: (x) => x.ref.reshape([x.shape[0], -1]),
  layerNorm(x, scale, shift) {
    return nn.standardize(x.ref, -1, { epsilon: 1e-6 }).mul(tokenwise(scale).add(1)).add(tokenwise(shift));
  },
  gate: (x, g) => x.ref.mul(tokenwise(g)),
  attention(q, k, v, heads) {
    const [n, tokens, width] = q.shape;
    const split = (x: A): A => x.ref.reshape([n, tokens, heads, width / heads]);
    return nn.dotProductAttention(split(q), split(k), split(v)).reshape([n, tokens, width]);
  },
  dense,
  chunk: (x, parts) => np.split(x.ref, parts, -1),
  rows: (labels, table) => np.matmul(labels.ref, table.ref),
  silu: (x) => nn.silu(x.ref),
  gelu: (x) => nn.gelu(x.ref),
  add: (a, b) => a.ref.add(b.ref),
  times: (x, factor) => x.ref.mul(factor),
  meanSquare: (a, b) => np.mean(np.square(a.ref.sub(b.ref))),
  crossEntropy: (logits, targets) => np.mean(np.sum(targets.ref.mul(nn.logSoftmax(logits.ref, -1)), -1)).mul(-1),
  distance: (a, b) => np.sqrt(np.sum(np.square(a.ref.sub(b.ref)))),
};
