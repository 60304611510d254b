import * as tf from '@tensorflow/tfjs-core';
import type { DataSet } from '../data/types';
import type { Engine } from '../engine/types';
import { memoryDataSet } from '../nets/encoder.testing';
import { defineNet, NULL_LABEL, type DiffusionNet, type ImageShape } from '../nets/net';
import type { CurvePoint, SplitName, WorkerEvent } from '../protocol';
import { RandomStream } from '../random';
import type { Bundle, StageContext } from '../runs/types';
import type { BatchSource } from './batches';
import type { Objective } from './objective';

/** Smooth little pictures: class k is a bar at its own place with a brightness of its own per image. All train unless `splits` says otherwise. */
export function bars(size: number, channels: 1 | 3, classes: number, perClass: number, splits?: SplitName[]): DataSet {
  const count = classes * perClass;
  const pixels = new Uint8Array(count * size * size * channels);
  const labels = Uint16Array.from({ length: count }, (_, i) => i % classes);
  for (let i = 0; i < count; i++) {
    const from = Math.floor(((i % classes) * size) / classes);
    const to = Math.floor(((i % classes) + 1) * size / classes);
    for (let y = 0; y < size; y++) {
      for (let x = from; x < to; x++) {
        for (let c = 0; c < channels; c++) pixels[((i * size + y) * size + x) * channels + c] = 120 + ((i * 37 + c * 50 + y) % 130);
      }
    }
  }
  return memoryDataSet({
    size, channels, pixels, labels,
    classNames: Array.from({ length: classes }, (_, index) => `class ${index}`),
    splits: splits ?? Array.from(labels, () => 'train' as const),
  });
}

export interface TestContext extends StageContext {
  events: {
    metrics: { step: number; values: Record<string, number> }[];
    images: { step: number; pixels: Uint8Array; count: number }[];
    points: CurvePoint[];
    emitted: WorkerEvent[];
  };
  saved: Bundle | null;
}

/**
 * A context that records events. `stopAt` aborts at that breath, after a checkpoint at the breath before, as a person's stop does.
 */
export function testContext(engine: Engine, dataset: DataSet, seed: number, resume: Bundle | null = null, stopAt = Infinity): TestContext {
  let breaths = 0;
  const context: TestContext = {
    engine, dataset, seed, node: 'test', signal: new AbortController().signal,
    events: { metrics: [], images: [], points: [], emitted: [] },
    saved: resume,
    net: () => Promise.reject(new RangeError('no net in this test')),
    checkpoint: {
      load: () => Promise.resolve(context.saved),
      save(bundle) {
        context.saved = structuredClone(bundle);
        return Promise.resolve();
      },
    },
    breathe() {
      breaths++;
      if (breaths >= stopAt) return Promise.reject(new DOMException('stopped', 'AbortError'));
      return Promise.resolve({ checkpointDue: breaths === stopAt - 1 });
    },
    progress: () => {},
    metric: (step, values) => context.events.metrics.push({ step, values }),
    curvePoint: (point) => context.events.points.push(point),
    images: (step, pixels, count) => context.events.images.push({ step, pixels, count }),
    log: () => {},
    emit: (event) => context.events.emitted.push(event),
  };
  return context;
}

/** A net so simple that its loss can be written down: x times a gain plus the mean of the class' row; the null condition has the last. */
export function affineNet({ size, channels, classes }: ImageShape): DiffusionNet {
  return defineNet({
    config: { size, channels, classes },
    specs: [{ name: 'gain', shape: [1, 1], init: 'fan-in', sites: 0 }, { name: 'class', shape: [classes + 1, 2], init: 'normal', sites: 0 }],
    extraMacs: 0,
    applyWithFeatures({ gain, class: table }, x, _time, labels) {
      const shift = tf.mean(tf.matMul(labels as tf.Tensor2D, table as tf.Tensor2D), 1);
      const output = tf.add(tf.mul(x, tf.reshape(gain, [1, 1, 1, 1])), tf.reshape(shift, [-1, 1, 1, 1]));
      return { output, features: output };
    },
  });
}

/**
 * The loss of an untrained `affineNet` on the first batch of `source` in float64: the mean of w || net(x_t) - target ||^2 / pixels with
 * x_t = alpha(t) x + sigma(t) eps, as the schedule and the objective have it. Seed 1, stream `test`.
 */
export function lossInFloat64(net: DiffusionNet, objective: Objective, source: BatchSource): number {
  const { gain, class: table } = net.init(new RandomStream(1, 'test/init'));
  const { images, time, labels, weights } = source.batch(0);
  const eps = new RandomStream(1, 'test/noise').normals(new Float32Array(images.length));
  const values = images.length / time.length;
  return time.reduce((sum, t, n) => {
    const level = objective.schedule.at(t);
    const target = objective.target(level);
    const row = labels[n] === NULL_LABEL ? net.config.classes : labels[n];
    const shift = (table.values[2 * row] + table.values[2 * row + 1]) / 2;
    let squares = 0;
    for (let i = n * values; i < (n + 1) * values; i++) {
      const noisy = level.alpha * images[i] + level.sigma * eps[i];
      squares += (gain.values[0] * noisy + shift - target.image * images[i] - target.noise * eps[i]) ** 2;
    }
    return sum + (weights[n] * squares) / values / time.length;
  }, 0);
}
