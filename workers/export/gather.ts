import { RetortError } from '../failure';
import type { ClassFacts, ExportFacts } from '../formats/facts';
import { classFolders, compareCodePoints } from '../formats/slug';
import { readLimits } from '../formats/limits';
import { sha256 } from '../formats/sha256';
import type { ExportOptions, OptionValue } from '../protocol';
import { auditFacts, columnFacts, difficultyFacts, groupDrift, trainingFacts } from './findings';
import type { PictureInfo } from './pictures';
import { exportRecipe, replayRecipe, stagesBehind } from './recipe';
import { contactSheet } from './sheet';
import type { ChosenSet, ExportSource } from './types';

/** One image of the export, in the order of metadata.jsonl and of every tensor. */
export interface ExportImage {
  row: number;
  label: number;
  /** Zero-padded rank over the whole export; without dots, since WebDataset cuts names at the first one. */
  id: string;
  folder: string;
  difficulty: number;
  info: PictureInfo;
}

/** Path of a picture inside the zip. */
export function picturePath(image: ExportImage): string {
  return `train/${image.folder}/${image.id}.${image.info.extension}`;
}

/**
 * The classes of an export with the rows of each.
 * @throws RetortError `export-empty`, `export-unscored`, `export-class-empty`: each says what to do.
 */
export function groupRows(source: ExportSource, chosen: ChosenSet): { folders: ReturnType<typeof classFolders>; rows: number[][] } {
  if (chosen.rows.length === 0) {
    throw new RetortError('export-empty', 'Nothing is selected, so there is nothing to export. Raise the images per class.');
  }
  const scored = new Set(source.scores.rows);
  if (!chosen.rows.every((row) => scored.has(row))) {
    throw new RetortError('export-unscored', 'Not all images have a difficulty score yet. Let the run finish its scoring, then export.', { run: source.run.name });
  }
  const labels = source.dataset.labels();
  const folders = classFolders(source.dataset.summary.classes.map(({ name }) => name));
  const byClass: number[][] = folders.map(() => []);
  for (const row of chosen.rows) byClass[labels[row]].push(row);
  const rows = folders.map(({ original }) => byClass[original]);
  const empty = rows.findIndex((list) => list.length === 0);
  if (empty >= 0) {
    const { name } = folders[empty];
    throw new RetortError(
      'export-class-empty',
      `The class "${name}" would be left without a picture, and loaders refuse empty classes. Choose a selection that keeps some of it, or remove the class from the folder and read it again.`,
      { class: name },
    );
  }
  return { folders, rows };
}

function unmeasured(source: ExportSource, chosen: ChosenSet): ExportFacts['unmeasured'] {
  if (source.run.result === null) return 'unfinished';
  return chosen.measured ? '' : 'other';
}

/** The recipe as the report shows it: options by stage, in code-point order. Options that are the default of doing nothing stand there too, since they were in force. */
function recipeFacts(source: ExportSource, options: ExportOptions, chosen: ChosenSet): ExportFacts['recipe'] {
  const recipe = replayRecipe(source, options, chosen);
  const sorted = <T>(record: Record<string, T>): [string, T][] => Object.entries(record).sort(([a], [b]) => compareCodePoints(a, b));
  return {
    sha256: sha256(new TextEncoder().encode(exportRecipe(source, options, chosen))),
    seed: recipe.seed, preset: recipe.preset,
    options: sorted(recipe.options).map(([stage, values]) => ({ stage, values: sorted<OptionValue>(values) })),
  };
}

/**
 * Everything the written pages say about this export.
 * @throws RetortError `unknown-option`, `bad-option` for limits that cannot be.
 */
export function gatherFacts(
  source: ExportSource, options: ExportOptions, chosen: ChosenSet, classes: ClassFacts[], images: readonly ExportImage[],
): ExportFacts {
  const { dataset, run } = source;
  const { summary } = dataset;
  const train = dataset.rows('train');
  return {
    title: options.name.trim() === '' ? 'Condensed data set' : options.name.trim(),
    licence: options.licence.trim(),
    appVersion: source.appVersion,
    engine: run.engine && { kind: run.engine.kind, adapter: run.engine.adapter },
    dataset: {
      name: options.hideNames ? '' : summary.name,
      hash: summary.hash,
      trainImages: train.length,
      trainBytes: train.reduce((sum, row) => sum + dataset.records[row].bytes, 0),
    },
    classes,
    count: images.length,
    size: summary.size,
    channels: summary.channels,
    mean: summary.mean,
    std: summary.std,
    pictures: {
      bytes: images.reduce((sum, { info }) => sum + info.bytes, 0),
      extensions: [...new Set(images.map(({ info }) => info.extension))].sort(),
      originals: images.filter(({ info }) => info.original).length,
      originalsAsked: options.pictures === 'original',
    },
    selection: chosen.options,
    result: chosen.measured ? run.result : null,
    unmeasured: unmeasured(source, chosen),
    limits: readLimits(options.limits ?? {}),
    classDrift: groupDrift(classes),
    columns: columnFacts(source, chosen),
    difficulty: difficultyFacts(source, chosen),
    audit: auditFacts(source, chosen, options.hideNames),
    sheet: contactSheet(dataset, classes.map(({ index }) => images.filter(({ label }) => label === index).map(({ row }) => row)), source.pictures.thumbnails),
    training: trainingFacts(source),
    recipe: recipeFacts(source, options, chosen),
    stages: stagesBehind(source, chosen),
    plainFolders: options.plainFolders,
    tensors: options.tensors,
    hideNames: options.hideNames,
  };
}
