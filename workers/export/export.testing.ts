import type { DataSet, ImageRecord } from '../data/types';
import { RESULT } from '../formats/facts.testing';
import type { ClassSummary, ExportOptions, RunSummary, SelectOptions } from '../protocol';
import { sha256 } from '../formats/sha256';
import { RandomStream } from '../random';
import { PictureIndex } from './pictures';
import type { ChosenSet, ExportSource } from './types';

export interface FakeClass {
  name: string;
  train: number;
}

export const OPTIONS: ExportOptions = { pictures: 'working', hideNames: false, plainFolders: false, tensors: true, licence: 'CC-BY-4.0', name: 'Ten parts' };

export const SELECTION: SelectOptions = { strategy: 'interval', imagesPerClass: 2, multiplier: 1, draws: 48, seed: 0 };

export interface FakeOptions {
  size?: number;
  channels?: 1 | 3;
  /** Source file of a row with its type, or null for a file that was not kept. */
  original?(row: number): { type: string; bytes: Uint8Array<ArrayBuffer> } | null;
}

/** A data set in memory with smooth, seeded pictures; every class has one test image behind its training images. */
export function memoryDataSet(classes: readonly FakeClass[], { size = 8, channels = 3, original = () => null }: FakeOptions = {}): DataSet {
  const order = classes.flatMap(({ train }, classIndex) => Array.from({ length: train + 1 }, (_, i) => ({ classIndex, split: i < train ? 'train' as const : 'test' as const })));
  const side = size * size * channels;
  const pixelsOf = (row: number): Uint8Array<ArrayBuffer> => {
    const random = new RandomStream(row, 'export/fake');
    const [slope, offset] = [random.integer(5), random.integer(128)];
    return Uint8Array.from({ length: side }, (_, i) => offset + slope * (Math.floor(i / channels) % size) + random.integer(8));
  };
  const records = order.map(({ classIndex, split }, row): ImageRecord => ({
    path: `camera-7/${classes[classIndex].name}/${row}.png`, classIndex, split, sha256: sha256(pixelsOf(row)), phash: '0'.repeat(16),
    width: size, height: size, bytes: side, original: original(row) ? 0 : -1, type: original(row)?.type ?? 'png', orientation: 1, nearDuplicateOf: -1,
  }));
  const summaries: ClassSummary[] = classes.map(({ name, train }) => ({ name, train, test: 1, reserve: 0 }));
  return {
    summary: {
      id: 'random-id', name: 'camera-7', hash: 'ab'.repeat(32), size, channels, count: order.length, read: order.length, accepted: order.length,
      options: { size, fit: 'crop', background: '#000000', channels: 'auto', holdout: 0.2, seed: 0, limit: 0, reserve: 0, nearDuplicates: 'keep', keepOriginals: 0 },
      refused: 0, duplicates: 0, nearDuplicates: 0, sourceBytes: order.length * side, originalBytes: 0, classes: summaries, splits: 'folders', labels: 'folders',
      mean: Array.from({ length: channels }, () => 0.5), std: Array.from({ length: channels }, () => 0.25), secondMoment: 1, effectiveDimension: 1,
      sourceSizes: [{ width: size, height: size, count: order.length }], warnings: [], createdAt: 1_700_000_000_000,
    },
    records,
    rows: (split) => Uint32Array.from(order.flatMap((each, row) => (each.split === split ? [row] : []))),
    labels: () => Uint16Array.from(order, ({ classIndex }) => classIndex),
    pixels(rows) {
      const out = new Uint8Array(rows.length * side);
      Array.from(rows).forEach((row, i) => out.set(pixelsOf(row), i * side));
      return out;
    },
    original: (row) => original(row)?.bytes ?? null,
    close: () => undefined,
  };
}

function fakeRun(createdAt: number, id: string): RunSummary {
  return {
    id, name: `run of ${createdAt}`, datasetId: 'random-id', datasetName: 'camera-7', status: 'done', failure: null, result: RESULT, createdAt, updatedAt: createdAt + 5,
    recipe: { schema: 1, method: 'd2c', preset: 'quick', seed: 7, engine: 'auto', options: { score: { timesteps: 16 }, select: { ...SELECTION } } },
    stages: [
      { id: 'score', key: 'c0ffee', status: 'done', seconds: createdAt % 97 },
      { id: 'select', key: 'decade', status: 'cached', seconds: 0 },
      { id: 'curve:full', key: 'facade', status: 'running', seconds: 1 },
    ],
    engine: { kind: 'webgpu', adapter: 'test adapter', reason: 'it is there', reasonCode: 'ok', threads: 1, selfTest: [] },
  };
}

/** A finished run on a data set, with made-up scores. `createdAt` and `id` are what must not reach the zip. */
export function memorySource(dataset: DataSet, createdAt = 1_700_000_000_000, id = 'run-a'): ExportSource {
  const rows = dataset.rows('train');
  return {
    dataset, run: fakeRun(createdAt, id), audit: null, pictures: new PictureIndex(), appVersion: '0.1.0',
    scores: { rows, scores: Float32Array.from(rows, (row) => 0.1 + row / 64) },
  };
}

/** The first `count` training rows of every class. */
export function choose(dataset: DataSet, count: number): ChosenSet {
  const labels = dataset.labels();
  const rows = dataset.summary.classes.flatMap((_, index) => Array.from(dataset.rows('train')).filter((row) => labels[row] === index).slice(0, count));
  return { options: { ...SELECTION, imagesPerClass: count }, rows: Uint32Array.from(rows), measured: true };
}
