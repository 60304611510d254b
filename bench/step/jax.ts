import { defaultDevice, getWebGPUDevice, init, jit, numpy as np, valueAndGrad } from '@jax-js/jax';
import { Meter } from '../../workers/engine/webgpu/replay/meter';
import { measure, type Contestant } from './contestant';
import { arranged, arrays, parameters, valuesOf, type A, type Tree } from './jax-arrays';
import { JAX_OPS } from './jax-ops';
import { factorsOf, type Problem, type Values } from './problem';

const mapTree = (tree: Tree, change: (array: A) => A): Tree => Object.fromEntries(Object.entries(tree).map(([name, array]) => [name, change(array)]));

/** @jax-js/jax: the whole step, AdamW and average included, under one jit. */
export async function jax(problem: Problem): Promise<Contestant> {
  const available = await init('webgpu');
  if (!available.includes('webgpu')) throw new Error('jax-js found no WebGPU.');
  defaultDevice('webgpu');
  const meter = new Meter(getWebGPUDevice());
  const { optimization } = problem;
  const { rate, beta1, beta2, epsilon, weightDecay, ema } = optimization;

  const constants = parameters(problem, problem.constants);
  let p = parameters(problem, problem.initial);
  let e = ema > 0 ? parameters(problem, problem.initial) : {};
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

  async function run(step: number, batch: Record<string, Values>): Promise<number> {
    const { correction1, correction2, decay } = factorsOf(optimization, step + 1);
    const result = update(p as never, m as never, v as never, e as never, [correction1, correction2, decay].map((factor) => np.array(factor)) as never,
      arrays(batch) as never, mapTree(constants, (constant) => constant.ref) as never) as { value: A; p: Tree; m: Tree; v: Tree; e: Tree };
    ({ p, m, v, e } = result);
    const [value] = await result.value.data();
    return value;
  }
  return {
    async step(step) {
      const batch = arranged(problem, valuesOf(problem, problem.batch(step)));
      return measure(() => meter.traffic, () => run(step, batch));
    },
  };
}
