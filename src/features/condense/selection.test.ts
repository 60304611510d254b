import { describe, expect, it } from 'vitest';
import type { ScoreSummary, StageDescription } from '../../../workers/protocol';
import { histogramOf, rankedPicks } from './histogram';
import { invert } from './explore-store';
import { scaleEnd } from './scale';
import { fieldsOf, humanise, parseField } from './schema';

const summary: ScoreSummary = {
  datasetId: 'd', indices: Uint32Array.of(4, 9, 2, 7), scores: Float32Array.of(1, 3, 2, 10), classes: Uint16Array.of(0, 0, 0, 1), classNames: ['a', 'b'],
  rankAgreement: { global: 1, withinClass: 1, perClass: [1, 1] },
};
const positionOf = invert(summary.indices);

describe('scores on the page', () => {
  it('finds the place of a row and knows rows without a score', () => {
    expect(positionOf[9]).toBe(1);
    expect(positionOf[3]).toBe(-1);
    expect(invert(new Uint32Array(0))).toHaveLength(0);
  });

  it('counts every image once and marks the picks in the bin of their score', () => {
    const all = histogramOf(summary, [9, 7], positionOf, null, 3);
    expect(all.counts.reduce((a, b) => a + b, 0)).toBe(4);
    expect([...all.picked].reduce((a, b) => a + b, 0)).toBe(2);
    expect(all.picked.every((marked, i) => marked <= all.counts[i])).toBe(true);
    expect([all.least, all.most, all.median]).toEqual([1, 10, 3]);
    expect([...all.pickedScores]).toEqual([3, 10]);
  });

  it('restricts to one class, and survives a class of one and of none', () => {
    expect([...histogramOf(summary, [9, 7], positionOf, 0, 2).counts]).toEqual([1, 2]);
    const one = histogramOf(summary, [7], positionOf, 1, 4);
    expect([one.least, one.most]).toEqual([10, 10]);
    expect(one.counts.reduce((a, b) => a + b, 0)).toBe(1);
    expect(histogramOf(summary, [], positionOf, 5, 4).counts.reduce((a, b) => a + b, 0)).toBe(0);
  });

  it('lets far outliers share the last bin, so that the rest can be told apart', () => {
    const scores = Float32Array.from({ length: 1000 }, (_, i) => (i < 995 ? i / 100 : 5000));
    const many: ScoreSummary = { ...summary, indices: Uint32Array.from(scores.keys()), scores, classes: new Uint16Array(1000) };
    const { end, most, counts } = histogramOf(many, [], invert(many.indices), null, 10);
    expect(most).toBe(5000);
    expect(end).toBeLessThan(10);
    expect(counts[0]).toBeGreaterThan(50);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(1000);
  });

  it('orders picks of each class from easy to hard and leaves out strangers', () => {
    expect(rankedPicks(summary, [9, 2, 7, 4, 100], positionOf)).toEqual([[4, 2, 9], [7]]);
  });

  it('keeps the end of a scale at 1, 2 or 5 times a power of ten', () => {
    expect(scaleEnd(0.26)).toBeCloseTo(0.5);
    expect(scaleEnd(0.9)).toBeCloseTo(1);
    expect(scaleEnd(1.99)).toBe(5);
    expect(scaleEnd(0)).toBe(1);
    expect(scaleEnd(Number.NaN)).toBe(1);
  });
});

describe('forms from JSON Schema', () => {
  const stage: StageDescription = {
    id: 'scorer', version: 1, title: 'Scorer', shard: 'none',
    schema: {
      type: 'object',
      properties: {
        warmupSteps: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 50, description: 'Steps.' },
        net: { type: 'string', enum: ['unet', 'dit'] },
        patch: { anyOf: [{ const: 2 }, { const: 4 }] },
        flip: { type: 'boolean', default: false },
        rate: { type: 'number', exclusiveMinimum: 0, title: 'Learning rate' },
        nested: { type: 'object', properties: {} },
      },
    },
  };
  const fields = fieldsOf(stage);
  const field = (name: string) => fields.find((known) => known.name === name) ?? fields[0];

  it('reads kinds, choices, bounds and defaults, and leaves nested objects out', () => {
    expect(fields.map(({ name, kind }) => `${name}:${kind}`)).toEqual(['warmupSteps:integer', 'net:choice', 'patch:choice', 'flip:boolean', 'rate:number']);
    expect(field('warmupSteps')).toMatchObject({ title: 'Warmup steps', minimum: 0, maximum: null, preset: 50 });
    expect(field('patch').choices).toEqual([2, 4]);
    expect(field('rate')).toMatchObject({ title: 'Learning rate', minimum: 0, preset: null });
    expect(humanise('minSnrGamma')).toBe('Min SNR gamma');
  });

  it('turns text into values of the right type and the rest into nothing', () => {
    expect(parseField(field('warmupSteps'), '12.6')).toBe(13);
    expect(parseField(field('patch'), '4')).toBe(4);
    expect(parseField(field('patch'), '3')).toBeNull();
    expect(parseField(field('flip'), 'true')).toBe(true);
    expect(parseField(field('rate'), 'fast')).toBeNull();
    expect(parseField(field('rate'), '')).toBeNull();
  });
});
