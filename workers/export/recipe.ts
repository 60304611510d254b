import { writeRecipe } from '../formats/recipe';
import type { ExportOptions, Recipe } from '../protocol';
import type { ChosenSet, ExportSource } from './types';

/** Stages whose results depend on which images were chosen. */
const AFTER_SELECTION = /^(select|curve|students|features|evaluate|export)\b/;

/** The recipe that replays an export: the run's own with the selection that was really written and the options of the export. */
export function replayRecipe({ run, dataset }: ExportSource, options: ExportOptions, chosen: ChosenSet): Recipe {
  const { limits, ...plain } = options;
  return {
    ...run.recipe,
    options: {
      ...run.recipe.options, intake: { ...dataset.summary.options }, select: { ...chosen.options }, export: plain,
      ...(limits && Object.keys(limits).length > 0 ? { report: { ...limits } } : {}),
    },
  };
}

/** Stages whose results stand behind this export, by id. */
export function stagesBehind({ run }: ExportSource, chosen: ChosenSet): { id: string; key: string }[] {
  return run.stages
    .filter(({ id, status }) => (status === 'done' || status === 'cached') && (chosen.measured || !AFTER_SELECTION.test(id)))
    .map(({ id, key }) => ({ id, key }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * recipe.json of an export: the run's recipe with the selection that was really written, so that replaying it gives this zip
 * again, and a record of what made it. No clock and no run name: the same recipe must give the same bytes.
 */
export function exportRecipe(source: ExportSource, options: ExportOptions, chosen: ChosenSet): string {
  const { run, dataset } = source;
  const { summary } = dataset;
  return writeRecipe(replayRecipe(source, options, chosen), {
    app: { name: 'retort', version: source.appVersion },
    engine: run.engine && { kind: run.engine.kind, adapter: run.engine.adapter },
    dataset: {
      hash: summary.hash, size: summary.size, channels: summary.channels,
      trainImages: dataset.rows('train').length, classes: summary.classes.length,
    },
    stages: stagesBehind(source, chosen),
  });
}
