import { RetortError } from '../failure';
import type { EngineKind, OptionValue, Recipe, StageId } from '../protocol';
import { sortedJson, type Json } from './json';

/** What made an export, beside what was asked for. Ignored when the recipe is run again. */
export interface RecipeRecord {
  app: { name: string; version: string };
  engine: { kind: EngineKind; adapter: string } | null;
  dataset: { hash: string; size: number; channels: number; trainImages: number; classes: number };
  /** Artifact keys of the stages that were done, which hash their options, inputs and seed. */
  stages: { id: string; key: string }[];
}

const STAGES: readonly StageId[] = ['intake', 'audit', 'encoder', 'judge', 'scorer', 'score', 'select', 'curve', 'teacher', 'students', 'features', 'evaluate', 'export', 'report'];
const FIELDS = ['schema', 'method', 'preset', 'seed', 'engine', 'options', 'made'];

/** Canonical JSON: equal recipes give equal bytes. */
export function writeRecipe(recipe: Recipe, made?: RecipeRecord): string {
  const plain: Record<string, unknown> = { ...recipe, ...(made ? { made } : {}) };
  return sortedJson(plain as Record<string, Json>);
}

function wrong(field: string, expected: string): RetortError {
  return new RetortError('bad-recipe', `In this recipe "${field}" must be ${expected}. Correct it there and open the recipe again.`, { field, expected });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function choice<Value extends string | number>(value: unknown, field: string, allowed: readonly Value[]): Value {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw wrong(field, allowed.length === 1 ? String(allowed[0]) : `one of ${allowed.join(', ')}`);
  return found;
}

function readOptions(value: unknown): Recipe['options'] {
  if (!isRecord(value)) throw wrong('options', 'an object of stages');
  const options: Recipe['options'] = {};
  for (const [id, entries] of Object.entries(value)) {
    const stage = STAGES.find((each) => each === id);
    if (stage === undefined) throw wrong(`options.${id}`, `left out, or named after a stage: ${STAGES.join(', ')}`);
    if (!isRecord(entries)) throw wrong(`options.${id}`, 'an object of options');
    const kept: Record<string, OptionValue> = {};
    for (const [name, option] of Object.entries(entries)) {
      if (typeof option !== 'string' && typeof option !== 'boolean' && !(typeof option === 'number' && Number.isFinite(option))) {
        throw wrong(`options.${id}.${name}`, 'a number, a text, true or false');
      }
      kept[name] = option;
    }
    options[stage] = kept;
  }
  return options;
}

/**
 * Reads a recipe, whether written by hand, copied from the studio or taken from an export (whose `made` is dropped). Whether
 * an option exists and lies in its range is for the stages to say.
 * @throws RetortError `bad-recipe`, which names the field.
 */
export function readRecipe(text: string): Recipe {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new RetortError('bad-recipe', 'This recipe is not valid JSON. Save it again from the studio or correct it in an editor.', { field: '' }, { cause });
  }
  if (!isRecord(parsed)) throw wrong('recipe', 'an object');
  for (const field of Object.keys(parsed)) {
    if (!FIELDS.includes(field)) throw wrong(field, `left out; the fields are ${FIELDS.join(', ')}`);
  }
  const { seed } = parsed;
  if (typeof seed !== 'number' || !Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) throw wrong('seed', 'a whole number from 0 to 4,294,967,295');
  return {
    schema: choice(parsed.schema, 'schema', [1]),
    method: choice(parsed.method, 'method', ['d2c']),
    preset: choice(parsed.preset, 'preset', ['quick', 'standard', 'thorough']),
    seed,
    engine: choice(parsed.engine, 'engine', ['auto', 'webgpu', 'wasm', 'cpu']),
    options: readOptions(parsed.options),
  };
}
