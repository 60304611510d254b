import type { DataSet } from '../data/types';
import type { Engine } from '../engine/types';
import { memoryDataSet } from '../nets/encoder.testing';
import type { CurvePoint, SplitName, WorkerEvent } from '../protocol';
import type { Bundle, StageContext } from '../runs/types';

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
