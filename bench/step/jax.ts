import { defaultDevice, getWebGPUDevice, init, jit, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { Meter } from '../../workers/engine/webgpu/replay/meter';
import { measure, type Contestant } from './contestant';
import { ADAM, batchOf, BATCH, factorsOf, initialOf, netOf, RATE, SHAPE, type Batch } from './problem';
import { applyUNet, type Ops } from './unet';

type A = np.Array;
type Tree = Record<string, A>;

const GROUPS = 8;

/** NCHW. No operation here consumes its arguments: under jit references cost nothing but at tracing. */
const channelwise = (b: A): A => b.ref.reshape([1, -1, 1, 1]);

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

const OPS: Ops<A> = {
  convolve: (x, w, b, stride) => lax.conv(x.ref, w.ref, [stride, stride], 'SAME').add(channelwise(b)),
  dense: (x, w, b) => np.matmul(x.ref, w.ref).add(b.ref),
  project: (x, w, b) => lax.conv(x.ref, np.transpose(w.ref, [1, 0]).reshape([w.shape[1], w.shape[0], 1, 1]), [1, 1], 'VALID').add(channelwise(b)),
  normalize,
  silu: (x) => nn.silu(x.ref),
  add: (a, b) => a.ref.add(b.ref),
  rows: (labels, table) => np.matmul(labels.ref, table.ref),
  halves: (x) => np.split(x.ref, 2, 1) as [A, A],
  join: (a, b) => np.concatenate([a.ref, b.ref], 1),
  upsample: (x) => np.repeat(np.repeat(x.ref, 2, 2), 2, 3),
  unshuffle(x) {
    const [n, c, h, w] = x.shape;
    return np.transpose(x.ref.reshape([n, c, h / 2, 2, w / 2, 2]), [0, 3, 5, 1, 2, 4]).reshape([n, 4 * c, h / 2, w / 2]);
  },
  shuffle(x) {
    const [n, c, h, w] = x.shape;
    return np.transpose(x.ref.reshape([n, 2, 2, c / 4, h, w]), [0, 3, 4, 1, 5, 2]).reshape([n, c / 4, 2 * h, 2 * w]);
  },
};

/** HWIO filters as OIHW, everything else as it is. */
function parameter(values: Float32Array<ArrayBuffer>, shape: number[]): A {
  const array = np.array(values).reshape(shape);
  return shape.length === 4 ? np.transpose(array, [3, 2, 0, 1]) : array;
}

/** NHWC values as an NCHW array. */
function images(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const { size, channels } = SHAPE;
  const pixels = size * size;
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const [image, pixel, c] = [Math.floor(i / (pixels * channels)), Math.floor(i / channels) % pixels, i % channels];
    out[(image * channels + c) * pixels + pixel] = values[i];
  }
  return out;
}

/** @jax-js/jax: the whole step, AdamW and average included, under one jit. */
export async function jax(): Promise<Contestant> {
  const available = await init('webgpu');
  if (!available.includes('webgpu')) throw new Error('jax-js found no WebGPU.');
  defaultDevice('webgpu');
  const meter = new Meter(getWebGPUDevice());
  const net = netOf('unet');
  const specs = Object.entries(initialOf(net));
  const tree = (make: (values: Float32Array<ArrayBuffer>, shape: number[]) => A): Tree =>
    Object.fromEntries(specs.map(([name, { shape, values }]) => [name, make(values, shape)]));
  let [p, e] = [tree(parameter), tree(parameter)];
  let [m, v] = [0, 1].map(() => tree((values, shape) => parameter(new Float32Array(values.length), shape)));

  const loss = (params: Tree, noisy: A, target: A, time: A, labels: A): A =>
    np.mean(np.square(applyUNet(net, OPS, params, noisy, time, labels).sub(target)));
  const update = jit((params: Tree, m0: Tree, v0: Tree, e0: Tree, factors: A[], noisy: A, target: A, time: A, labels: A) => {
    const [value, gradient] = valueAndGrad(loss)(params as never, noisy, target, time, labels) as [A, Tree];
    const [correction1, correction2, decay] = factors;
    const next: Record<'p' | 'm' | 'v' | 'e', Tree> = { p: {}, m: {}, v: {}, e: {} };
    for (const name of Object.keys(params)) {
      const g = gradient[name];
      next.m[name] = m0[name].ref.mul(ADAM.beta1).add(g.ref.mul(1 - ADAM.beta1));
      next.v[name] = v0[name].ref.mul(ADAM.beta2).add(np.square(g.ref).mul(1 - ADAM.beta2));
      const step = next.m[name].ref.div(correction1.ref).div(np.sqrt(next.v[name].ref.div(correction2.ref)).add(ADAM.epsilon)).mul(RATE);
      next.p[name] = params[name].ref.mul(1 - RATE * ADAM.weightDecay).sub(step);
      next.e[name] = e0[name].ref.mul(decay.ref).add(next.p[name].ref.mul(np.array(1).sub(decay.ref)));
    }
    return { value, ...next };
  });

  async function run(step: number, batch: Batch): Promise<number> {
    const shape = [BATCH, SHAPE.channels, SHAPE.size, SHAPE.size];
    const { correction1, correction2, decay } = factorsOf(step + 1);
    const result = update(p as never, m as never, v as never, e as never, [correction1, correction2, decay].map((factor) => np.array(factor)) as never,
      np.array(batch.noisy).reshape(shape), np.array(batch.target).reshape(shape),
      np.array(batch.time).reshape([BATCH, -1]), np.array(batch.labels).reshape([BATCH, -1])) as { value: A; p: Tree; m: Tree; v: Tree; e: Tree };
    ({ p, m, v, e } = result);
    const [value] = await result.value.data();
    return value;
  }
  return {
    async step(step) {
      const batch = batchOf(net, step);
      const given = { ...batch, noisy: images(batch.noisy), target: images(batch.target) };
      return measure(() => meter.traffic, () => run(step, given));
    },
  };
}
