import { defaultDevice, init } from '@jax-js/jax';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine } from '../../workers/engine/engine.testing';
import type { Engine } from '../../workers/engine/types';
import { arranged, arrays, parameters, valuesOf } from './jax-arrays';
import { JAX_OPS } from './jax-ops';
import { PROBLEM_NAMES } from './names';
import { minibatchBytes, type Values } from './problem';
import { PROBLEMS } from './problems';
import { STOCK_OPS } from './stock-ops';

let engine: Engine;
beforeAll(async () => {
  engine = await openTestEngine('wasm');
  await init('wasm');
  defaultDevice('wasm');
});
afterAll(() => engine.close());

const tensors = (values: Record<string, Values>): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(values).map(([name, { shape, values: numbers }]) => [name, tf.tensor(numbers, shape)]));

// On wasm the U-Net is the same.
describe.each(PROBLEM_NAMES.filter((name) => name !== 'wasm'))('%s', (name) => {
  const problem = PROBLEMS[name]();
  const { initial, constants, inputs } = problem;
  const batch = problem.batch(3);
  const given = valuesOf(problem, batch);

  it('brings every input in the size it says', () => {
    expect(Object.keys(batch).sort()).toEqual(Object.keys(inputs).sort());
    expect(minibatchBytes(problem)).toBe(Object.values(batch).reduce((sum, { byteLength }) => sum + byteLength, 0));
  });

  it('brings the same for the same step', () => {
    expect(problem.batch(3)).toEqual(batch);
  });

  const ours = (): number => tf.tidy(() => problem.ours(tensors(initial), tensors(given), tensors(constants)).dataSync()[0]);

  it('has the same loss from stock operations as from ours', () => {
    const stock = tf.tidy(() => {
      const loss = problem.loss<tf.Tensor>(STOCK_OPS, tensors(initial), tensors(given), tensors(constants));
      expect(loss.shape).toEqual([]);
      return loss.dataSync()[0];
    });
    expect(stock).toBeGreaterThan(0.1);
    expect(Math.abs(stock / ours() - 1)).toBeLessThan(1e-5);
  });

  // Attention of jax-js wants iterator helpers, which browsers and Node 22 have.
  it.runIf(name !== 'dit' || 'Iterator' in globalThis)('has the same loss from the operations of jax-js as from ours', async () => {
    const [jax] = await problem.loss(JAX_OPS, parameters(problem, initial), arrays(arranged(problem, given)), parameters(problem, constants)).data();
    expect(Math.abs(jax / ours() - 1)).toBeLessThan(1e-5);
  });

  it('reads all that it names', () => {
    const seen = new Set<string>();
    const watched = <T>(values: Record<string, T>, kind: string): Record<string, T> =>
      new Proxy(values, { get: (target, key) => { seen.add(`${kind}/${String(key)}`); return target[String(key)]; } });
    tf.tidy(() => {
      problem.loss<tf.Tensor>(STOCK_OPS, watched(tensors(initial), 'p'), watched(tensors(given), 'i'), watched(tensors(constants), 'c'));
    });
    const all = [['p', initial], ['i', inputs], ['c', constants]] as const;
    expect([...seen].sort()).toEqual(all.flatMap(([kind, values]) => Object.keys(values).map((key) => `${kind}/${key}`)).sort());
  });
});
