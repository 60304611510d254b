import { defaultDevice, getWebGPUDevice, init, jit, numpy as np, valueAndGrad } from '@jax-js/jax';
import { Meter } from '../../workers/engine/webgpu/replay/meter';
import { measure, type Contestant } from './contestant';
import { JAX_OPS } from './jax-ops';
import { factorsOf, type Problem, type Values } from './problem';

type A = np.Array;
type Tree = Record<string, A>;

const mapTree = (tree: Tree, change: (array: A) => A): Tree => Object.fromEntries(Object.entries(tree).map(([name, array]) => [name, change(array)]));

/** NHWC numbers as NCHW. */
function channelsFirst(values: Float32Array<ArrayBuffer>, [n, height, width, channels]: number[]): Float32Array<ArrayBuffer> {
  const pixels = height * width;
  const out = new Float32Array(n * pixels * channels);
  for (let i = 0; i < out.length; i++) {
    const [image, pixel, c] = [Math.floor(i / (pixels * channels)), Math.floor(i / channels) % pixels, i % channels];
    out[(image * channels + c) * pixels + pixel] = values[i];
  }
  return out;
}

/** @jax-js/jax: the whole step, AdamW and average included, under one jit. */
export async function jax(problem: Problem): Promise<Contestant> {
  const available = await init('webgpu');
  if (!available.includes('webgpu')) throw new Error('jax-js found no WebGPU.');
  defaultDevice('webgpu');
  const meter = new Meter(getWebGPUDevice());
  const { optimization } = problem;
  const { rate, beta1, beta2, epsilon, weightDecay, ema } = optimization;

  const isImage = (name: string): boolean => problem.images.includes(name);
  /** Images as NCHW, filters HWIO as OIHW, everything else as it is. */
  const array = (name: string, { shape, values }: Values): A => {
    if (isImage(name)) return np.array(channelsFirst(values, shape)).reshape([shape[0], shape[3], shape[1], shape[2]]);
    const plain = np.array(values).reshape(shape);
    return shape.length === 4 ? np.transpose(plain, [3, 2, 0, 1]) : plain;
  };
  const tree = (values: Record<string, Values>): Tree => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, array(name, value)]));
  const constants = tree(problem.constants);
  let p = tree(problem.initial);
  let e = ema > 0 ? tree(problem.initial) : {};
  let [m, v] = [0, 1].map(() => mapTree(p, (start) => np.zerosLike(start.ref)));

  const loss = (params: Tree, inputs: Tree, given: Tree): A => problem.loss(JAX_OPS, params, inputs, given);
  const update = jit((params: Tree, m0: Tree, v0: Tree, e0: Tree, factors: A[], inputs: Tree, given: Tree) => {
    const [value, gradient] = valueAndGrad(loss)(params as never, inputs as never, given as never) as [A, Tree];
    const [correction1, correction2, decay] = factors;
    const next: Record<'p' | 'm' | 'v' | 'e', Tree> = { p: {}, m: {}, v: {}, e: {} };
    for (const name of Object.keys(params)) {
      const g = gradient[name];
      next.m[name] = m0[name].ref.mul(beta1).add(g.ref.mul(1 - beta1));
      next.v[name] = v0[name].ref.mul(beta2).add(np.square(g.ref).mul(1 - beta2));
      const step = next.m[name].ref.div(correction1.ref).div(np.sqrt(next.v[name].ref.div(correction2.ref)).add(epsilon)).mul(rate);
      next.p[name] = (weightDecay > 0 ? params[name].ref.mul(1 - rate * weightDecay) : params[name].ref).sub(step);
      if (ema > 0) next.e[name] = e0[name].ref.mul(decay.ref).add(next.p[name].ref.mul(np.array(1).sub(decay.ref)));
    }
    return { value, ...next };
  });

  async function run(step: number, batch: Record<string, Float32Array<ArrayBuffer>>): Promise<number> {
    const { correction1, correction2, decay } = factorsOf(optimization, step + 1);
    const inputs = Object.fromEntries(Object.entries(problem.inputs).map(([name, shape]) =>
      [name, np.array(batch[name]).reshape(isImage(name) ? [shape[0], shape[3], shape[1], shape[2]] : shape)]));
    const result = update(p as never, m as never, v as never, e as never, [correction1, correction2, decay].map((factor) => np.array(factor)) as never,
      inputs as never, mapTree(constants, (constant) => constant.ref) as never) as { value: A; p: Tree; m: Tree; v: Tree; e: Tree };
    ({ p, m, v, e } = result);
    const [value] = await result.value.data();
    return value;
  }
  return {
    async step(step) {
      const batch = Object.entries(problem.batch(step)).map(([name, values]) =>
        [name, isImage(name) ? channelsFirst(values, problem.inputs[name]) : values]);
      const given = Object.fromEntries(batch) as Record<string, Float32Array<ArrayBuffer>>;
      return measure(() => meter.traffic, () => run(step, given));
    },
  };
}
