import { RetortError } from '../failure';
import type { OptionValue, Recipe, StageId } from '../protocol';
import type { BoundStage } from './stage';

export type Preset = Recipe['preset'];

/** What a preset sets: steps and sizes, never a clock, so that the same recipe gives the same bytes on every machine. */
export type PresetOptions = Partial<Record<StageId, Record<string, OptionValue>>>;

/**
 * The recipe with everything written out: stage defaults, then the preset, then what the person set.
 *
 * @param stages the stages that take part; the intake's options are resolved by the intake and pass through.
 * @throws RetortError('bad-recipe' | 'unknown-option' | 'bad-option')
 */
export function resolveRecipe(recipe: Recipe, stages: readonly BoundStage[], presets: Record<Preset, PresetOptions>): Recipe {
  if (recipe.schema !== 1) {
    throw new RetortError('bad-recipe', 'This recipe was written by a newer version of Retort. Update the studio to open it.', {});
  }
  if (!(recipe.preset in presets)) {
    const names = Object.keys(presets).join(', ');
    throw new RetortError('bad-recipe', `There is no preset "${recipe.preset}". The presets are: ${names}.`, { preset: recipe.preset });
  }
  if (!Number.isInteger(recipe.seed) || recipe.seed < 0 || recipe.seed > 0xffffffff) {
    throw new RetortError('bad-recipe', 'The seed must be a whole number from 0 to 4,294,967,295.', { seed: String(recipe.seed) });
  }
  const known = new Set<string>([...stages.map((stage) => stage.id), 'intake', 'export', 'report']);
  for (const id of Object.keys(recipe.options)) {
    if (!known.has(id)) {
      const names = [...known].join(', ');
      throw new RetortError('unknown-stage', `There is no stage "${id}". The stages are: ${names}.`, { stage: id, names });
    }
  }
  const options: Recipe['options'] = {};
  if (recipe.options.intake !== undefined) options.intake = recipe.options.intake;
  if (recipe.options.export !== undefined) options.export = recipe.options.export;
  if (recipe.options.report !== undefined) options.report = recipe.options.report;
  for (const stage of stages) {
    options[stage.id] = stage.resolve({ ...presets[recipe.preset][stage.id], ...recipe.options[stage.id] });
  }
  return { ...recipe, options };
}
