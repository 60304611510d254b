import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DataSetSummary, OptionValue } from '../protocol';
import { forecast } from './forecast';
import type { GraphNode } from './runner';
import { bindStage } from './stage';

const stage = bindStage({
  id: 'scorer', version: 1, title: 'Train', shard: 'none',
  options: z.object({ batch: z.int().min(2).default(64), width: z.int().min(8).multipleOf(8).default(32) }),
  run: () => Promise.reject(new Error('is only looked at')),
});
const dataset = { size: 64, channels: 3 } as DataSetSummary;
const IMAGE = 64 * 64 * 3 * 4;
/** A byte for every image, channel and pixel, so that numbers can be followed by hand. */
const cost = ({ options }: GraphNode, { size }: DataSetSummary) => ({ flops: 1e9, bytes: Number(options.batch) * Number(options.width) * size ** 2 });
const node = (id: string, options: Record<string, OptionValue>): GraphNode => ({ id, stage, options: stage.resolve(options), inputs: {} });

function ask(nodes: GraphNode[], cap: number, cached = nodes.map(() => false)) {
  return forecast(nodes, nodes.map((one) => cost(one, dataset)), cached, () => 1e9, dataset, { cap, cost });
}

describe('the forecast of memory', () => {
  it('is that of the largest stage that is still to run', () => {
    const nodes = [node('a', { batch: 64 }), node('b', { batch: 8 })];
    expect(ask(nodes, Infinity)).toMatchObject({ bytes: 64 * 32 * 64 ** 2 + IMAGE, seconds: 2, refusal: null });
    expect(ask(nodes, Infinity, [true, false])).toMatchObject({ bytes: 8 * 32 * 64 ** 2 + IMAGE, seconds: 1 });
    expect(ask(nodes, Infinity, [true, true])).toMatchObject({ seconds: 0, refusal: null });
  });

  it('names the largest smaller batch that fits', () => {
    const cap = 50 * 32 * 64 ** 2 + IMAGE;
    const { refusal } = ask([node('a', { batch: 64 })], cap);
    expect(refusal).toMatchObject({ code: 'too-large', params: { wanted: 9, allowed: 6, stage: 'Train', batch: 48 } });
    expect(refusal?.sentence).toBe('"Train" would hold about 9 MB at once and 6 MB are allowed. Set its batch to 48.');
    expect(ask([node('a', { batch: 48 })], cap).refusal).toBeNull();
    expect(ask([node('a', { batch: 56 })], cap).refusal).not.toBeNull();
  });

  it('names a width where the smallest batch the stage takes is still too large', () => {
    const cap = 2 * 24 * 64 ** 2 + IMAGE;
    expect(ask([node('a', { batch: 2 })], cap).refusal).toMatchObject({ params: { width: 24 }, sentence: expect.stringMatching(/Set its width to 24\.$/) as string });
  });

  it('names the side of the images where neither helps, for all stages at once', () => {
    const nodes = [node('a', { batch: 2, width: 8 }), node('b', { batch: 2, width: 8 })];
    const { refusal } = ask(nodes, 2 * 8 * 50 ** 2 + 50 * 50 * 12);
    expect(refusal).toMatchObject({ params: { size: 48 }, sentence: expect.stringMatching(/Read the images at 48 px\.$/) as string });
  });

  it('points to the limit where nothing helps', () => {
    expect(ask([node('a', { batch: 2, width: 8 })], 10).refusal?.sentence).toMatch(/Raise the memory limit in the engine's details/);
  });
});
