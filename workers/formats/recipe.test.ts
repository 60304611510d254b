import { describe, expect, it } from 'vitest';
import type { Recipe } from '../protocol';
import { readRecipe, writeRecipe } from './recipe';

const RECIPE: Recipe = {
  schema: 1, method: 'd2c', preset: 'quick', seed: 3, engine: 'auto',
  options: { select: { strategy: 'interval', imagesPerClass: 10, multiplier: 0.7 }, intake: { size: 16, channels: 'grey' } },
};

describe('recipes', () => {
  it('read back as they were, without the record of what made them', () => {
    const made = {
      app: { name: 'retort', version: '0.1.0' }, engine: null, stages: [],
      dataset: { hash: 'ab', size: 16, channels: 1, trainImages: 5, classes: 2 },
    };
    expect(readRecipe(writeRecipe(RECIPE))).toEqual(RECIPE);
    expect(readRecipe(writeRecipe(RECIPE, made))).toEqual(RECIPE);
  });

  it('have equal bytes when they are equal, whatever the order of keys', () => {
    const turned = Object.fromEntries(Object.entries(RECIPE).reverse()) as unknown as Recipe;
    expect(writeRecipe(turned)).toBe(writeRecipe(RECIPE));
  });

  it.each([
    ['recipe', []],
    ['schema', { ...RECIPE, schema: 2 }],
    ['method', { ...RECIPE, method: 'dwa2' }],
    ['preset', { ...RECIPE, preset: 'fast' }],
    ['seed', { ...RECIPE, seed: 1.5 }],
    ['seed', { ...RECIPE, seed: -1 }],
    ['seed', { ...RECIPE, seed: '1' }],
    ['engine', { ...RECIPE, engine: 'cuda' }],
    ['options', { ...RECIPE, options: null }],
    ['options.train', { ...RECIPE, options: { train: {} } }],
    ['options.score', { ...RECIPE, options: { score: 3 } }],
    ['options.score.steps', { ...RECIPE, options: { score: { steps: [1] } } }],
    ['colour', { ...RECIPE, colour: 'red' }],
  ])('that are wrong are refused by the name of the field: %s', (field, value) => {
    expect(() => readRecipe(JSON.stringify(value))).toThrow(expect.objectContaining({ code: 'bad-recipe', params: expect.objectContaining({ field }) }));
  });

  it('that are not JSON are refused', () => {
    expect(() => readRecipe('{')).toThrow(expect.objectContaining({ code: 'bad-recipe' }));
  });
});
