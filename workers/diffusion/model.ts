import * as tf from '@tensorflow/tfjs-core';
import { RetortError } from '../failure';
import { sizeOf } from '../nets/init';
import type { DiffusionNet } from '../nets/net';
import type { Bundle } from '../runs/types';
import { createObjective, type ObjectiveConfig } from './objective';
import { createNet, type NetConfig } from './options';
import type { DiffusionModel } from './sampler';

const WEIGHT = 'w/';

/** What a trained model is without its weights; the head of its bundle. */
export interface ModelConfig {
  net: NetConfig;
  objective: ObjectiveConfig;
}

/** Head and weight parts of a bundle that `openModel` reads. */
export function packModel(config: ModelConfig, weights: Record<string, Float32Array<ArrayBuffer>>): Bundle {
  const parts = Object.fromEntries(Object.entries(weights).map(([name, values]) => [WEIGHT + name, values]));
  return { head: { net: config.net, objective: config.objective }, parts };
}

/**
 * Puts a stored model on the device. @throws RetortError `bad-model` when a weight is missing or has another size.
 * @returns the model and what frees its weights.
 */
export function openModel(bundle: Bundle): DiffusionModel & { dispose(): void } {
  const net: DiffusionNet = createNet(bundle.head.net as NetConfig);
  const objective = createObjective(bundle.head.objective as ObjectiveConfig);
  for (const { name, shape } of net.specs) {
    const values = bundle.parts[WEIGHT + name];
    if (!(values instanceof Float32Array) || values.length !== sizeOf(shape)) {
      throw new RetortError('bad-model', `The stored model lacks the weights "${name}". Delete this run's artifacts and start it again.`, { name });
    }
  }
  const params = Object.fromEntries(net.specs.map(({ name, shape }) => [name, tf.tensor(bundle.parts[WEIGHT + name], shape)]));
  return { net, objective, params, dispose: () => tf.dispose(params) };
}
