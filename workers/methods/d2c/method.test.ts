import { describe, expect, it } from 'vitest';
import { RetortError } from '../../failure';
import type { DataSetSummary, Recipe } from '../../protocol';
import { forecast, type Room } from '../../runs/forecast';
import { resolveRecipe } from '../../runs/recipe';
import { graphKeys } from '../../runs/runner';
import { d2c } from './method';

const recipe = (options: Recipe['options'], preset: Recipe['preset'] = 'quick'): Recipe =>
  ({ schema: 1, method: 'd2c', preset, seed: 0, engine: 'auto', options });
const resolve = (options: Recipe['options'], preset?: Recipe['preset']) => resolveRecipe(recipe(options, preset), d2c.stages, d2c.presets);
const summary = { size: 16, channels: 1, count: 1200, classes: [{ name: 'a', train: 500, test: 100, reserve: 0 }, { name: 'b', train: 500, test: 100, reserve: 0 }] } as unknown as DataSetSummary;
const keysOf = (options: Recipe['options']) => graphKeys(d2c.graph(resolve(options)), { datasetHash: 'h', seed: 0, engine: 'wasm' });

describe('the D2C graph', () => {
  it('names every input before the node that takes it', () => {
    const seen = new Set<string>();
    for (const node of d2c.graph(resolve({}))) {
      for (const from of Object.values(node.inputs)) expect(seen).toContain(from);
      seen.add(node.id);
    }
  });

  it('keeps encoders, scorer, scores and the full curve when only the size of the selection changes', async () => {
    const ten = await keysOf({ select: { imagesPerClass: 10 } });
    const fifty = await keysOf({ select: { imagesPerClass: 50 } });
    const changed = [...ten].filter(([id, key]) => fifty.get(id) !== key).map(([id]) => id);
    expect(changed).toEqual(['select', 'random', 'curve:method', 'curve:random', 'students:method', 'students:random', 'evaluate']);
  });

  it('gives the random arm its own draw even when random is the strategy', () => {
    const nodes = d2c.graph(resolve({ select: { strategy: 'random' } }));
    const seedOf = (id: string) => nodes.find((node) => node.id === id)?.options.seed;
    expect(seedOf('random')).not.toBe(seedOf('select'));
  });
});

describe('resolveRecipe', () => {
  it('lets the person outweigh the preset and the preset the defaults', () => {
    expect(resolve({}, 'quick').options.scorer?.steps).toBe(d2c.presets.quick.scorer?.steps);
    expect(resolve({}, 'standard').options.scorer?.steps).toBe(1600);
    expect(resolve({ scorer: { steps: 7 } }).options.scorer?.steps).toBe(7);
  });

  it.each([
    [{ select: { imagesPerClass: 0 } }, 'bad-option', /select\.imagesPerClass/],
    [{ select: { perClass: 3 } }, 'unknown-option', /select\.perClass/],
    [{ sellect: {} } as Recipe['options'], 'unknown-stage', /sellect/],
  ])('refuses %j with a sentence', (options, code, sentence) => {
    expect(() => resolve(options)).toThrow(RetortError);
    expect(() => resolve(options)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(sentence) as string }));
  });
});

const GIB = 2 ** 30;

describe('the forecast', () => {
  const room = (nodes: ReturnType<typeof d2c.graph>, cap = GIB): Room => ({ cap, cost: (node, dataset) => d2c.cost(node, dataset, nodes) });
  const planOf = (options: Recipe['options'], dataset: DataSetSummary) => {
    const nodes = d2c.graph(resolve(options));
    const costs = nodes.map((node) => d2c.cost(node, dataset, nodes));
    return { nodes, costs };
  };

  it('costs nothing for what is cached and follows the scorer that scores', () => {
    const { nodes, costs } = planOf({}, summary);
    const half = forecast(nodes, costs, nodes.map((node) => node.id === 'scorer'), () => 1e9, summary, room(nodes));
    expect(half.stages.find(({ id }) => id === 'scorer')?.seconds).toBe(0);
    expect(half.seconds).toBeGreaterThan(0);
    const wide = planOf({ scorer: { width: 64 } }, summary);
    const at = nodes.findIndex(({ id }) => id === 'score');
    expect(wide.costs[at].flops).toBeGreaterThan(2 * costs[at].flops);
  });

  it('refuses what does not fit, and the setting it names does', () => {
    const large = { ...summary, size: 64 };
    const refusalOf = (batch: number) => {
      const { nodes, costs } = planOf({ scorer: { batch } }, large);
      return forecast(nodes, costs, nodes.map(() => false), () => 1e9, large, room(nodes, 3 * GIB)).refusal;
    };
    const refusal = refusalOf(512);
    expect(refusal).toMatchObject({ code: 'too-large', params: { stage: 'Train the scorer' } });
    const batch = Number(refusal?.params.batch);
    expect(refusalOf(batch)).toBeNull();
    expect(refusalOf(batch + 8)).not.toBeNull();
  });
});
