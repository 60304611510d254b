import type { Recipe } from '../workers/protocol';
import type { CommandLine } from './arguments';

/** A failure with a sentence for the person; the exit code is 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(readonly code: string, sentence: string, readonly params: Record<string, string | number> = {}) {
    super(sentence);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOptions(value: unknown): value is Recipe['options'] {
  return isRecord(value) && Object.values(value).every((options) =>
    isRecord(options) && Object.values(options).every((option) => ['string', 'number', 'boolean'].includes(typeof option)));
}

function isPreset(value: unknown): value is Recipe['preset'] {
  return value === 'quick' || value === 'standard' || value === 'thorough';
}

function isEngine(value: unknown): value is Recipe['engine'] {
  return value === 'auto' || value === 'webgpu' || value === 'wasm' || value === 'cpu';
}

/**
 * Reads a recipe from its JSON: the recipe itself, or a file that holds one under `recipe`, as exports do beside what they
 * say about the run.
 *
 * @throws CommandError('bad-recipe')
 */
export function parseRecipe(text: string, file: string): Recipe {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new CommandError('bad-recipe', `${file} is not JSON. Pass a recipe.json from an export or from the studio.`, { file });
  }
  const value = isRecord(json) && isRecord(json.recipe) ? json.recipe : json;
  if (
    !isRecord(value) || value.schema !== 1 || value.method !== 'd2c' || typeof value.seed !== 'number' ||
    !isPreset(value.preset) || !isEngine(value.engine) || !isOptions(value.options)
  ) {
    throw new CommandError('bad-recipe', `${file} is not a recipe this version of Retort can read.`, { file });
  }
  return { schema: 1, method: 'd2c', preset: value.preset, seed: value.seed, engine: value.engine, options: value.options };
}

/** The recipe of a command line: the file's when there is one, with what the flags say on top. */
export function buildRecipe(line: CommandLine, base: Recipe | null): Recipe {
  const options: Recipe['options'] = structuredClone(base?.options ?? {});
  for (const { stage, option, value } of line.settings) options[stage] = { ...options[stage], [option]: value };
  return {
    schema: 1,
    method: base?.method ?? 'd2c',
    preset: line.preset ?? base?.preset ?? 'standard',
    seed: line.seed ?? base?.seed ?? 0,
    engine: line.engine ?? base?.engine ?? 'auto',
    options,
  };
}
