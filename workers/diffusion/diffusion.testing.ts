import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
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

/** Fashion-MNIST of Debian's package, padded to 32 and averaged 2x2 to 16 px; the first `perClass` of each class. */
export function fashion16(images: string, labels: string, perClass: number): { pixels: Uint8Array; labels: Uint8Array } {
  const raw = gunzipSync(readFileSync(images)).subarray(16);
  const names = gunzipSync(readFileSync(labels)).subarray(8);
  const taken = Array.from({ length: 10 }, () => 0);
  const chosen = Array.from(names.keys()).filter((i) => taken[names[i]]++ < perClass);
  const pixels = new Uint8Array(chosen.length * 256);
  chosen.forEach((row, n) => {
    for (let y = 0; y < 28; y++) {
      for (let x = 0; x < 28; x++) {
        const at = n * 256 + ((y + 2) >> 1) * 16 + ((x + 2) >> 1);
        pixels[at] += raw[row * 784 + y * 28 + x] / 4;
      }
    }
  });
  return { pixels, labels: Uint8Array.from(chosen, (row) => names[row]) };
}
