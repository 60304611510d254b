import * as tf from '@tensorflow/tfjs-core';
import { meanSquare } from '../../workers/engine/ops';
import { openEngine } from '../../workers/engine/open';
import type { Engine, Params } from '../../workers/engine/types';
import type { Traffic } from '../../workers/engine/webgpu/replay/meter';
import { conditionShapes } from '../../workers/nets/net';
import { measure, type Contestant } from './contestant';
import { ADAM, batchOf, BATCH, initialOf, netOf, RATE, SHAPE, type Batch, type ProblemName } from './problem';

async function open(): Promise<Engine> {
  const engine = await openEngine({ engine: 'webgpu', wasmUrls: {} });
  if (engine.verdict.kind !== 'webgpu') throw new Error(`WebGPU was not opened: ${engine.verdict.reason}`);
  return engine;
}

/** Our engine, replaying or not. */
export async function ours(problem: ProblemName, replayed: boolean): Promise<Contestant> {
  const engine = await open();
  const net = netOf(problem);
  const optimizer = engine.optimizer(initialOf(net), ADAM);
  const images = [BATCH, SHAPE.size, SHAPE.size, SHAPE.channels];
  const shapes = { noisy: images, target: images, ...conditionShapes(net, BATCH) };
  const loss = (params: Params, { noisy, target, time, labels }: Record<keyof Batch, tf.Tensor>): tf.Tensor =>
    tf.mean(meanSquare(net.apply(params, noisy, time, labels), target));
  // One step is to be one submit here; a person's page cuts slow ones.
  const compiled = engine.compileStep(optimizer, { inputs: shapes, loss, submitBudget: Infinity });
  const eager = (batch: Batch): Promise<number> => engine.trainStep(optimizer, RATE, (params) => {
    const tensors = Object.entries(shapes).map(([name, shape]) => [name, tf.tensor(batch[name as keyof Batch], shape)]);
    return loss(params, Object.fromEntries(tensors) as Record<keyof Batch, tf.Tensor>);
  }).loss;
  const traffic = (): Traffic => {
    const { steps: _, ...sent } = engine.counters();
    return sent;
  };
  return {
    async step(step) {
      const batch = batchOf(net, step);
      const measured = await measure(traffic, () => (replayed ? compiled.run(batch, RATE).loss : eager(batch)));
      const { fallbacks } = engine.counters().steps;
      if (Object.keys(fallbacks).length > 0) throw new Error(`The step is not replayed: ${Object.keys(fallbacks).join(', ')}`);
      return measured;
    },
  };
}
