import type { Recipe } from '../workers/protocol';
import type { CommandLine } from './arguments';

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
