import * as tf from '@tensorflow/tfjs-core';
import { openEngine } from '../../workers/engine/open';
import type { Params } from '../../workers/engine/types';
import type { Traffic } from '../../workers/engine/webgpu/replay/meter';
import { measure, type Contestant } from './contestant';
import type { Problem } from './problem';
import { meterWasm, WASM_URLS } from './wasm';

/** Our engine, replaying or not; `threads` is for wasm. */
export async function ours(problem: Problem, replayed: boolean, threads: number): Promise<Contestant> {
  const { device, inputs, optimization: { rate, ...adam } } = problem;
  const engine = await openEngine({ engine: device, wasmUrls: WASM_URLS, threads });
  if (engine.verdict.kind !== device) throw new Error(`${device} was not opened: ${engine.verdict.reason}`);
  if (engine.verdict.threads !== (device === 'wasm' ? threads : 1)) throw new Error(`There are ${engine.verdict.threads} threads, not ${threads}: ${engine.verdict.threadsReason}`);
  const optimizer = engine.optimizer(problem.initial, adam);
  const constants = Object.fromEntries(Object.entries(problem.constants).map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]));
  const loss = (params: Params, given: Record<string, tf.Tensor>): tf.Tensor => problem.ours(params, given, constants);
  // One step is to be one submit here; a person's page cuts slow ones.
  const compiled = engine.compileStep(optimizer, { inputs, loss, submitBudget: Infinity });
  const eager = (batch: Record<string, Float32Array>): Promise<number> => engine.trainStep(optimizer, rate, (params) => {
    const tensors = Object.entries(inputs).map(([name, shape]) => [name, tf.tensor(batch[name], shape)]);
    return loss(params, Object.fromEntries(tensors) as Record<string, tf.Tensor>);
  }).loss;
  const counted = (): Traffic => {
    const { dispatches, passes, submits, copies, buffersCreated, bindGroups, pipelines, uploadBytes, liveBytes, peakBytes } = engine.counters();
    return { dispatches, passes, submits, copies, buffersCreated, bindGroups, pipelines, uploadBytes, liveBytes, peakBytes };
  };
  const traffic = device === 'wasm' ? meterWasm() : counted;
  return {
    async step(step) {
      const batch = problem.batch(step);
      const measured = await measure(traffic, () => (replayed ? compiled.run(batch, rate).loss : eager(batch)));
      const { lastStep, steps: { fallbacks } } = engine.counters();
      if (Object.keys(fallbacks).length > 0) throw new Error(`The step is not replayed: ${Object.keys(fallbacks).join(', ')}`);
      return { ...measured, flops: lastStep?.flops };
    },
  };
}
