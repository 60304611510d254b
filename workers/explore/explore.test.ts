import { describe, expect, it } from 'vitest';
import { RetortError } from '../failure';
import { selectOptions } from '../methods/d2c/select.options';
import { RawDistance } from '../methods/d2c/select.raw';
import { scoredImages, selectRows } from '../methods/d2c/select';
import { memoryDataSet } from '../nets/encoder.testing';
import type { SplitName } from '../protocol';
import { RandomStream } from '../random';
import { Explorer, type ExploreSource } from './explore';
import { meanPictureBytes } from './load';

const COUNT = 120;
const DIM = 4;
const stream = new RandomStream(0, 'test/explore');
const dataset = memoryDataSet({
  size: 16, channels: 1, classNames: ['a', 'b'], pixels: Uint8Array.from({ length: COUNT * 256 }, () => stream.integer(256)),
  labels: Uint16Array.from({ length: COUNT }, (_, row) => row % 2),
  splits: Array.from({ length: COUNT }, (_, row): SplitName => (row < 90 ? 'train' : 'test')),
});
const rows = dataset.rows('train');
const features = (): Float32Array<ArrayBuffer> => Float32Array.from({ length: COUNT * DIM }, () => stream.normal());
const source: ExploreSource = {
  dataset, seed: 5, pictureBytes: 100.4,
  score: {
    head: { rankAgreement: { global: 0.97, withinClass: 0.96, perClass: [0.95, null] } },
    parts: { rows, scores: Float32Array.from(rows, () => stream.normal()) },
  },
  encoder: { head: {}, parts: { features: features() } },
  judge: { head: {}, parts: { features: features() } },
};
/** Selecting alone, without anything else that a run stores. */
const exploring = (open: (runId: string) => Promise<ExploreSource>): Explorer =>
  new Explorer(open, () => Promise.reject(new RetortError('run-missing', 'This run is no longer stored. Start a new one from its data set.')));
const options = selectOptions.parse({ imagesPerClass: 6 });

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RetortError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe('Explorer', () => {
  it('answers scores with what the page needs to draw them', async () => {
    const summary = await exploring(async () => source).load('run');
    expect(summary.indices).toEqual(rows);
    expect(summary.classes[0]).toBe(0);
    expect(summary.classNames).toEqual(['a', 'b']);
    expect(summary.rankAgreement).toEqual({ global: 0.97, withinClass: 0.96, perClass: [0.95, Number.NaN] });
  });

  it('selects as the stage does and measures against the hold-out', async () => {
    const view = await exploring(async () => source).select('run', options);
    const scored = scoredImages(source.score, source.encoder, dataset.labels(), 2);
    expect(view.picked).toEqual(selectRows(scored, options, 5).picked);
    expect(view.perClass).toEqual([6, 6]);
    expect(view.bytes).toBe(1205);
    const raw = new RawDistance(source.judge.parts.features as Float32Array, DIM, dataset.rows('test'));
    expect(view.fdRaw).toBe(raw.of(view.picked));
    expect(view.randomFdRaw).toEqual(raw.random(scored, [6, 6], 5));
    expect(view.randomFdRaw.n).toBe(8);
  });

  it('lets a newer selection take the place of older ones, and still answers it', async () => {
    const explorer = exploring(async () => source);
    const [first, second, third] = [1, 2, 3].map((imagesPerClass) => explorer.select('run', { ...options, imagesPerClass }));
    expect(await codeOf(first)).toBe('superseded');
    expect(await codeOf(second)).toBe('superseded');
    expect((await third).perClass).toEqual([3, 3]);
  });

  it('stops measuring random subsets once superseded, and keeps what it had', async () => {
    const explorer = exploring(async () => source);
    await explorer.load('run');
    const slow = explorer.select('run', options);
    await new Promise((resolve) => setTimeout(resolve, 8));
    const fast = explorer.select('run', { ...options, imagesPerClass: 4 });
    expect(['superseded', 'nothing thrown']).toContain(await codeOf(slow));
    await fast;
    expect((await explorer.select('run', options)).randomFdRaw).toEqual((await exploring(async () => source).select('run', options)).randomFdRaw);
  });

  it('links images per class, percent and bytes', async () => {
    const explorer = exploring(async () => source);
    expect(await explorer.sizes('run', options)).toEqual({ imagesPerClass: 6, percent: (100 * 12) / 90, bytes: 1205 });
    expect((await explorer.sizes('run', { ...options, imagesPerClass: 1000 })).percent).toBe(100);
  });

  it('opens a run once, and again after a failure', async () => {
    let opened = 0;
    const explorer = exploring(async () => {
      opened++;
      if (opened === 1) throw new RetortError('not-scored', 'The scores are not there yet. Wait for them.');
      return source;
    });
    expect(await codeOf(explorer.load('run'))).toBe('not-scored');
    await explorer.load('run');
    await explorer.select('run', options);
    expect(opened).toBe(2);
  });

  it('refuses options out of range and artifacts without features', async () => {
    const explorer = exploring(async () => source);
    expect(await codeOf(explorer.select('run', { ...options, imagesPerClass: 0 }))).toBe('bad-option');
    expect(await codeOf(explorer.sizes('run', { ...options, draws: -1 }))).toBe('bad-option');
    const broken = exploring(async () => ({ ...source, judge: { head: {}, parts: {} } }));
    expect(await codeOf(broken.load('run'))).toBe('artifact-incomplete');
  });
});

describe('meanPictureBytes', () => {
  it('is what noise of this size takes as PNG: no less than its pixels', () => {
    expect(meanPictureBytes(dataset)).toBeGreaterThan(256);
    expect(meanPictureBytes(dataset)).toBeLessThan(400);
  });
});
