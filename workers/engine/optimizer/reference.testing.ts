import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '../../random';
import type { AdamWOptions, Engine, Optimizer } from '../types';
import { stepFactors, type Initial } from './options';

const STEPS = 20;
const OPTIONS: AdamWOptions = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.05, clip: 0.8, ema: 0.95 };
const SIZES = { 'a.w': [7, 41], 'a.b': [41], long: [1999], one: [1] };

/** The quadratic bowl sum c (p - t)^2 / 2, whose gradient is c (p - t), in float64 beside the engine. */
interface Bowl {
  initial: Initial;
  centre: Record<string, Float64Array>;
  steepness: Record<string, Float64Array>;
}

function bowl(): Bowl {
  const stream = new RandomStream(11, 'optimizer');
  const initial: Initial = {};
  const centre: Bowl['centre'] = {};
  const steepness: Bowl['steepness'] = {};
  for (const [key, shape] of Object.entries(SIZES)) {
    const size = shape.reduce((a, b) => a * b, 1);
    initial[key] = { shape, values: stream.normals(new Float32Array(size)) as Float32Array<ArrayBuffer> };
    centre[key] = Float64Array.from({ length: size }, () => Math.fround(stream.normal()));
    steepness[key] = Float64Array.from({ length: size }, () => Math.fround(0.1 + stream.uniform()));
  }
  return { initial, centre, steepness };
}

const rate = (step: number) => 0.02 / (1 + 0.1 * step);

/** AdamW in float64, from its equations. */
function reference({ initial, centre, steepness }: Bowl): { param: Float64Array; ema: Float64Array } {
  const keys = Object.keys(initial);
  const join = (of: (key: string) => Iterable<number>) => Float64Array.from(keys.flatMap((key) => [...of(key)]));
  const [target, slope] = [join((key) => centre[key]), join((key) => steepness[key])];
  const p = join((key) => initial[key].values);
  const e = p.slice();
  const m = new Float64Array(p.length);
  const v = new Float64Array(p.length);
  for (let step = 1; step <= STEPS; step++) {
    const g = p.map((value, i) => slope[i] * (value - target[i]));
    const norm = Math.sqrt(g.reduce((sum, value) => sum + value * value, 0));
    const { correction1, correction2, emaDecay } = stepFactors(OPTIONS, step);
    for (let i = 0; i < p.length; i++) {
      const own = g[i] * Math.min(1, OPTIONS.clip / (norm + 1e-6));
      m[i] = OPTIONS.beta1 * m[i] + (1 - OPTIONS.beta1) * own;
      v[i] = OPTIONS.beta2 * v[i] + (1 - OPTIONS.beta2) * own * own;
      p[i] -= rate(step) * OPTIONS.weightDecay * p[i];
      p[i] -= (rate(step) * (m[i] / correction1)) / (Math.sqrt(v[i] / correction2) + OPTIONS.epsilon);
      e[i] = emaDecay * e[i] + (1 - emaDecay) * p[i];
    }
  }
  return { param: p, ema: e };
}

async function steps(engine: Engine, optimizer: Optimizer, { centre, steepness }: Bowl, from: number, to: number): Promise<void> {
  for (let step = from; step <= to; step++) {
    const { loss } = engine.trainStep(optimizer, rate(step), (params) => tf.addN(Object.entries(params).map(([key, param]) => {
      const target = tf.tensor(Float32Array.from(centre[key]), param.shape);
      const slope = tf.tensor(Float32Array.from(steepness[key]), param.shape);
      return tf.sum(tf.mul(slope, tf.mul(tf.square(tf.sub(param, target)), 0.5)));
    })));
    await loss;
  }
}

const worst = (actual: number[], expected: Float64Array) => actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);

/**
 * Twenty steps, saved and loaded into a fresh optimiser half-way, against float64. `leaked` counts tensors a step leaves behind beyond the
 * optimiser's own.
 */
export async function trainAsReference(engine: Engine): Promise<{ errors: { param: number; ema: number }; leaked: number }> {
  const problem = bowl();
  const before = tf.memory().numTensors;
  const first = engine.optimizer(problem.initial, OPTIONS);
  await steps(engine, first, problem, 1, 10);
  const saved = await first.save();
  first.dispose();
  const second = engine.optimizer(problem.initial, OPTIONS);
  second.load(saved);
  const own = tf.memory().numTensors;
  await steps(engine, second, problem, 11, STEPS);
  const leaked = tf.memory().numTensors - own;
  const { arrays } = await second.save();
  // Through the tensors too: a copy cached on the CPU would show old numbers.
  const [shown] = await second.ema().one.data();
  const expected = reference(problem);
  const all = (prefix: string) => Object.keys(problem.initial).flatMap((key) => [...arrays[`${prefix}/${key}`]]);
  const stale = Math.abs(shown - arrays['e/one'][0]);
  second.dispose();
  return {
    errors: { param: worst(all('p'), expected.param), ema: Math.max(stale, worst(all('e'), expected.ema)) },
    leaked: leaked + tf.memory().numTensors - before,
  };
}
