import type { DataSet, ImageRecord } from '../data/types';
import type { Engine } from '../engine/types';
import type { SplitName } from '../protocol';
import type { Bundle, StageContext } from '../runs/types';

export interface MemoryImages {
  size: number;
  channels: 1 | 3;
  classNames: string[];
  pixels: Uint8Array;
  labels: Uint16Array<ArrayBuffer>;
  splits: SplitName[];
}

/** A data set over arrays, with the fields of the summary that stages read. */
export function memoryDataSet({ size, channels, classNames, pixels, labels, splits }: MemoryImages): DataSet {
  const each = size * size * channels;
  const of = (split: SplitName) => Uint32Array.from(splits.flatMap((name, row) => (name === split ? [row] : [])));
  const countOf = (classIndex: number, split: SplitName) => splits.reduce((sum, name, row) => sum + (name === split && labels[row] === classIndex ? 1 : 0), 0);
  return {
    summary: {
      id: 'memory', name: 'memory', hash: '0', size, channels, count: labels.length, read: labels.length, accepted: labels.length,
      refused: 0, duplicates: 0, nearDuplicates: 0, sourceBytes: 0, originalBytes: 0, splits: 'seeded', labels: 'folders',
      options: {
        size, fit: 'crop', background: '#000000', channels: 'auto', holdout: 0.2, seed: 0, limit: 0, reserve: 0, nearDuplicates: 'keep', keepOriginals: 0,
      },
      classes: classNames.map((name, index) => ({ name, train: countOf(index, 'train'), test: countOf(index, 'test'), reserve: countOf(index, 'reserve') })),
      mean: [0.5], std: [0.25], secondMoment: 1, effectiveDimension: 1, sourceSizes: [], warnings: [], createdAt: 0,
    },
    records: Array.from(labels, (classIndex, row): ImageRecord => ({
      path: `${classNames[classIndex]}/${row}.png`, classIndex, split: splits[row], sha256: '', phash: '', width: size, height: size,
      bytes: 100, original: -1, type: 'png', orientation: 1, nearDuplicateOf: -1,
    })),
    rows: of,
    labels: () => labels,
    pixels: (rows) => {
      const out = new Uint8Array(rows.length * each);
      for (let i = 0; i < rows.length; i++) out.set(pixels.subarray(rows[i] * each, (rows[i] + 1) * each), i * each);
      return out;
    },
    original: () => null,
    close: () => {},
  };
}

/** A stage context that records what a stage reports; `breathe` may be replaced to stop or to ask for checkpoints. */
export function testContext(
  engine: Engine, dataset: DataSet, node: string, breathe: () => Promise<{ checkpointDue: boolean }> = async () => ({ checkpointDue: false }),
): StageContext & { stored: { bundle: Bundle | null }; metrics: Record<string, number>[]; lines: string[] } {
  const stored: { bundle: Bundle | null } = { bundle: null };
  const metrics: Record<string, number>[] = [];
  const lines: string[] = [];
  return {
    engine, dataset, seed: 0, node, signal: new AbortController().signal, breathe, stored, metrics, lines,
    net: () => Promise.reject(new RangeError('no net in this test')),
    checkpoint: {
      load: async () => stored.bundle,
      // Heads cross JSON in the real store, so that a value JSON cannot carry fails here too.
      save: async ({ head, parts }) => {
        stored.bundle = { head: JSON.parse(JSON.stringify(head)) as Bundle['head'], parts: structuredClone(parts) };
      },
    },
    progress: () => {},
    metric: (step, values) => metrics.push({ step, ...values }),
    curvePoint: () => {},
    images: () => {},
    log: (line) => lines.push(line),
    emit: () => {},
  };
}
