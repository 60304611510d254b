import { describe, expect, it } from 'vitest';
import { hashText, perceptualHash } from '../data/phash';
import type { Engine } from '../engine/types';
import { memoryDataSet, testContext } from '../nets/encoder.testing';
import { RandomStream } from '../random';
import { auditStage } from './audit.stage';
import { alignedDistance, nearDuplicates } from './duplicates';

const SIDE = 32;

/** A smooth scene of its own for each seed, moved by (dx, dy) pixels, seen at `gain` with noise. */
function scene(seed: number, { dx = 0, dy = 0, gain = 1, noise = 0 } = {}): Uint8Array {
  const stream = new RandomStream(seed, 'test/scene');
  const waves = Array.from({ length: 12 }, () => [stream.normal() * 0.4, stream.normal() * 0.4, stream.uniform() * 6.3, 18 * stream.uniform()]);
  const grain = new RandomStream(seed, `test/grain/${dx}/${dy}/${gain}`);
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) - dx, Math.floor(i / SIDE) - dy];
    const value = waves.reduce((sum, [u, v, phase, height]) => sum + height * Math.cos(u * x + v * y + phase), 110);
    return Math.max(0, Math.min(255, gain * value + noise * grain.normal()));
  });
}

const hashOf = (pixels: Uint8Array): string => hashText(perceptualHash(pixels));

describe('near duplicates', () => {
  it('are the same scene at another exposure, with other noise, half a pixel aside', () => {
    expect(alignedDistance(scene(1), scene(1, { gain: 1.1 }), SIDE, 1)).toBeLessThan(1e-3);
    expect(alignedDistance(scene(1), scene(1, { dx: 0.5 }), SIDE, 1)).toBeLessThan(0.01);
    expect(alignedDistance(scene(1), scene(1, { dx: 0.5, dy: -0.5, noise: 3 }), SIDE, 1)).toBeLessThan(0.03);
    expect(alignedDistance(scene(1), scene(2), SIDE, 1)).toBeGreaterThan(0.3);
    expect(alignedDistance(scene(1), scene(1, { dx: 3 }), SIDE, 1)).toBeGreaterThan(0.03);
  });

  it('count a flat picture as like flat ones alone', () => {
    const flat = new Uint8Array(SIDE * SIDE).fill(7);
    expect(alignedDistance(flat, new Uint8Array(SIDE * SIDE).fill(90), SIDE, 1)).toBe(0);
    expect(alignedDistance(flat, scene(1), SIDE, 1)).toBe(1);
  });

  it('are found once each among other scenes', async () => {
    const pictures = [...Array.from({ length: 30 }, (_, seed) => scene(seed)), scene(4, { dx: 0.5, noise: 2 }), scene(9, { gain: 0.9, noise: 2 })];
    const pairs = await nearDuplicates(pictures.map(hashOf), { pixels: ([row]) => pictures[row], side: SIDE, channels: 1 }, async () => undefined);
    expect(pairs.map(({ first, second }) => [first, second])).toEqual([[4, 30], [9, 31]]);
  });
});

describe('the audit', () => {
  /** Three classes, whose features are three directions; row 5 carries a wrong label and row 7 is a black frame with features of its own. */
  const perClass = 60;
  const labels = Uint16Array.from({ length: 3 * perClass }, (_, row) => row % 3);
  const stream = new RandomStream(2, 'test/features');
  const features = Float32Array.from({ length: labels.length * 6 }, (_, i) => (labels[Math.floor(i / 6)] === i % 6 ? 4 : 0) + 0.3 * stream.normal());
  const pictures = Array.from(labels, (_, row) => (row === 7 ? new Uint8Array(SIDE * SIDE) : scene(row)));
  labels[5] = 0;
  features.set([-1, -1, -1, 9, -6, 5], 7 * 6);
  const base = memoryDataSet({
    size: SIDE, channels: 1, classNames: ['a', 'b', 'c'], labels, splits: Array.from(labels, () => 'train' as const),
    pixels: Uint8Array.from(pictures.flatMap((each) => Array.from(each))),
  });
  const dataset = { ...base, records: base.records.map((record, row) => ({ ...record, phash: hashOf(pictures[row]) })) };
  const run = (options = {}) => auditStage.run(
    testContext({} as Engine, dataset, 'audit'), { encoder: { head: {}, parts: { features } } }, auditStage.options.parse(options),
  );

  it('finds the wrong label with the class it should be, and the picture unlike all others first', async () => {
    const { head, parts } = await run();
    expect(Array.from(parts['mislabelled:rows'])).toContain(5);
    expect(parts['mislabelled:rows'][0]).toBe(5);
    expect(parts['mislabelled:suggested'][0]).toBe(2);
    expect(parts['outliers:rows'][0]).toBe(7);
    expect(head).toMatchObject({ looked: 180, nearDuplicates: 0, outliers: parts['outliers:rows'].length });
    expect(parts['outliers:rows'].length).toBeLessThan(0.1 * 180);
  });

  it('looks for neighbours among a seeded draw where the folder is large, with the same answers', async () => {
    const [few, again] = [await run({ references: 100 }), await run({ references: 100 })];
    expect(few).toEqual(again);
    expect(few.parts['mislabelled:rows'][0]).toBe(5);
  });

  it('asks nobody about labels where there is one class', async () => {
    const single = { ...dataset, summary: { ...dataset.summary, classes: dataset.summary.classes.slice(0, 1) } };
    const { parts } = await auditStage.run(testContext({} as Engine, single, 'audit'), { encoder: { head: {}, parts: { features } } }, auditStage.options.parse({}));
    expect(parts['mislabelled:rows']).toHaveLength(0);
  });
});
