import { describe, expect, it } from 'vitest';
import { RetortError } from '../failure';
import { memoryDataSet } from '../nets/encoder.testing';
import type { BehindGroup, BehindQuery, BehindView, SplitName } from '../protocol';
import type { Bundle } from '../runs/types';
import { imagesBehind, type EvidenceSource } from './behind';

// Twelve images of 4 x 4, all of one grey each; rows 0 to 8 train, 9 to 11 test; classes alternate.
const SIDE = 4;
const greys = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110];
const flat = (values: readonly number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values.flatMap((value) => Array.from({ length: SIDE * SIDE }, () => value)));
const dataset = memoryDataSet({
  size: SIDE, channels: 1, classNames: ['a', 'b'], pixels: flat(greys), labels: Uint16Array.from(greys, (_, row) => row % 2),
  splits: greys.map((_, row): SplitName => (row < 9 ? 'train' : 'test')),
});
const bundle = (parts: Bundle['parts']): Bundle => ({ head: {}, parts });
const artifacts: Record<string, Bundle> = {
  score: bundle({ rows: Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8), scores: Float32Array.of(9, 8, 7, 6, 5, 4, 3, 2, 1) }),
  encoder: bundle({ features: Float32Array.from(greys.flatMap((value) => [value, value * value])) }),
  select: bundle({ rows: Uint32Array.of(0, 8, 1) }),
  random: bundle({ rows: Uint32Array.of(2, 3) }),
  'curve:method': bundle({ samples: flat([12, 0, 81]), labels: Uint32Array.of(1, 0, 0) }),
  'students:method': bundle({ 'predicted:hard': Uint32Array.of(0, 0, 0), 'predicted:soft': Uint32Array.of(1, 0, 1) }),
  audit: bundle({
    'duplicates:first': Uint32Array.of(4), 'duplicates:second': Uint32Array.of(5), 'duplicates:distance': Float32Array.of(0.5),
    'mislabelled:rows': Uint32Array.of(3, 6, 1), 'mislabelled:suggested': Uint32Array.of(0, 1, 0), 'mislabelled:margin': Float32Array.of(0.75, 0.5, 0.25),
    'outliers:rows': Uint32Array.of(), 'outliers:chance': Float32Array.of(),
  }),
};
const source = (stored: Record<string, Bundle> = artifacts): EvidenceSource => ({
  dataset, seed: 0, artifact: async (node) => stored[node] ?? null, breathe: async () => undefined,
});
const plain = ({ groups }: BehindView) => groups.map(({ classIndex, otherIndex, rows, beside, values }: BehindGroup) =>
  ({ classIndex, otherIndex, rows: [...rows], beside: [...beside], values: [...values] }));
const ask = async (query: BehindQuery) => plain(await imagesBehind(source(), query));

describe('the images behind a number', () => {
  it('are the picked ones, easy to hard within each class', async () => {
    expect(await ask({ kind: 'picked', arm: 'method' })).toEqual([
      { classIndex: 0, otherIndex: null, rows: [8, 0], beside: [], values: [1, 9] },
      { classIndex: 1, otherIndex: null, rows: [1], beside: [], values: [8] },
    ]);
    expect((await ask({ kind: 'picked', arm: 'full' })).map(({ rows }) => rows)).toEqual([[8, 6, 4, 2, 0], [7, 5, 3, 1]]);
  });

  it('are the dropped ones beside the kept image of like difficulty, the most unlike first', async () => {
    const [first, second] = await ask({ kind: 'dropped' });
    // Kept of class a: row 8 (difficulty 1) and row 0 (9). Row 4 (5) is as far from both and goes with the easier one.
    expect(Object.fromEntries(first.rows.map((row, i) => [row, first.beside[i]]))).toEqual({ 2: 0, 4: 8, 6: 8 });
    expect(first.values).toEqual(first.values.toSorted((a, b) => b - a));
    expect(second.rows.toSorted((a, b) => a - b)).toEqual([3, 5, 7]);
    expect(second.beside).toEqual([1, 1, 1]);
    expect(second.rows[0]).toBe(7);
  });

  it('are the picked ones beside their nearest other training images, the loneliest first', async () => {
    const [first] = await ask({ kind: 'neighbours', arm: 'method' });
    expect(first.beside.length).toBe(3 * first.rows.length);
    for (const [i, row] of first.rows.entries()) {
      const beside = first.beside.slice(3 * i, 3 * i + 3);
      expect(beside).not.toContain(row);
      expect(beside.every((other) => other < 9)).toBe(true);
    }
    expect(first.values).toEqual(first.values.toSorted((a, b) => b - a));
    expect((await ask({ kind: 'neighbours', arm: 'random' })).flatMap(({ rows }) => rows)).toEqual([2, 3]);
  });

  it('are sampled pictures beside the two training images nearest in pixels, copies first', async () => {
    const view = await imagesBehind(source(), { kind: 'samples', arm: 'method' });
    expect(view.sampled).toEqual(flat([12, 0, 81]));
    const [a, b] = plain(view);
    // Trained on greys 0, 80 and 10: the second sample repeats row 0, the third lies by row 8, the first by row 1.
    expect(a.rows).toEqual([1, 2]);
    expect(a.beside).toEqual([0, 1, 8, 1]);
    expect(a.values[0]).toBe(0);
    expect(a.values[1]).toBeCloseTo(1 / 71, 6);
    expect(b).toMatchObject({ classIndex: 1, rows: [0], beside: [1, 0] });
    expect(b.values[0]).toBeCloseTo(2 / 12, 6);
  });

  it('are the test images taken for another class, by mistake', async () => {
    expect(await ask({ kind: 'confused', arm: 'method', labels: 'hard' })).toEqual([{ classIndex: 1, otherIndex: 0, rows: [9, 11], beside: [], values: [] }]);
    expect(await ask({ kind: 'confused', arm: 'method', labels: 'soft' })).toEqual([]);
  });

  it('are the lists of the audit', async () => {
    expect(await ask({ kind: 'duplicates' })).toEqual([{ classIndex: null, otherIndex: null, rows: [4], beside: [5], values: [0.5] }]);
    expect(await ask({ kind: 'outliers' })).toEqual([]);
    expect(await ask({ kind: 'mislabelled' })).toEqual([
      { classIndex: 1, otherIndex: 0, rows: [3, 1], beside: [], values: [0.75, 0.25] },
      { classIndex: 0, otherIndex: 1, rows: [6], beside: [], values: [0.5] },
    ]);
  });

  it('say so when the run has not stored them', async () => {
    const { audit: _audit, ...rest } = artifacts;
    for (const [stored, query] of [[rest, { kind: 'outliers' }], [artifacts, { kind: 'samples', arm: 'random' }], [{ ...artifacts, select: bundle({}) }, { kind: 'picked', arm: 'method' }]] as const) {
      const refused = await imagesBehind(source(stored), query).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(RetortError);
      expect((refused as RetortError).code).toBe('behind-missing');
    }
  });
});
