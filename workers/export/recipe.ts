import { writeRecipe } from '../formats/recipe';
import type { ExportOptions, Recipe } from '../protocol';
import type { ChosenSet, ExportSource } from './types';

/** Stages whose results depend on which images were chosen. */
const AFTER_SELECTION = /^(select|curve|evaluate|export)\b/;

/**
 * recipe.json of an export: the run's recipe with the selection that was really written, so that replaying it gives this zip
 * again, and a record of what made it. No clock and no run name: the same recipe must give the same bytes.
 */
export function exportRecipe(source: ExportSource, options: ExportOptions, chosen: ChosenSet): string {
  const { run, dataset } = source;
  const { summary } = dataset;
  const recipe: Recipe = {
    ...run.recipe,
    options: { ...run.recipe.options, intake: { ...summary.options }, select: { ...chosen.options }, export: { ...options } },
  };
  const finished = run.stages.filter(({ id, status }) => (status === 'done' || status === 'cached') && (chosen.measured || !AFTER_SELECTION.test(id)));
  return writeRecipe(recipe, {
    app: { name: 'retort', version: source.appVersion },
    engine: run.engine && { kind: run.engine.kind, adapter: run.engine.adapter },
    dataset: {
      hash: summary.hash, size: summary.size, channels: summary.channels,
      trainImages: dataset.rows('train').length, classes: summary.classes.length,
    },
    stages: finished.map(({ id, key }) => ({ id, key })).sort((a, b) => (a.id < b.id ? -1 : 1)),
  });
}
