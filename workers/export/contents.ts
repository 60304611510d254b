import { writeCard } from '../formats/card';
import { writeChecksums } from '../formats/checksums';
import { writeCroissant } from '../formats/croissant';
import { writeDatasetJson } from '../formats/dataset-json';
import type { ExportFacts } from '../formats/facts';
import { jsonText } from '../formats/json';
import { metadataLine, safeSourcePath } from '../formats/metadata';
import { writeReport } from '../formats/report';
import { Sha256 } from '../formats/sha256';
import { curveChart } from '../formats/svg';
import { classChart } from '../formats/svg.bars';
import { sortEntries, type ZipEntry } from '../formats/zip-write';
import type { ExportOptions } from '../protocol';
import { oneHot, imagesSafetensors, labelsNpy, softLabelsNpy } from './tensors';
import { gatherFacts, groupRows, picturePath, type ExportImage } from './gather';
import { makePicture } from './pictures';
import { exportRecipe } from './recipe';
import type { ChosenSet, ExportSource } from './types';

/** Picture encodings between two looks at the event loop, so that a cancellation is heard within some 20 ms. */
const BREATHE_EVERY = 32;

export interface ExportEntry extends ZipEntry {
  sha256: string;
}

/** Lets messages and timers in; aborts when the signal says so. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}

/** An entry that can be made again piece by piece; made once now, to know its size and digest. */
function repeatable(name: string, chunks: () => Iterable<Uint8Array>): ExportEntry {
  const hash = new Sha256();
  let bytes = 0;
  for (const chunk of chunks()) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { name, bytes, sha256: hash.hex(), chunks };
}

function textEntry(name: string, text: string): ExportEntry {
  const bytes = new TextEncoder().encode(text);
  return repeatable(name, () => [bytes]);
}

async function listImages(
  source: ExportSource, options: ExportOptions, chosen: ChosenSet, onPicture: (done: number) => void, signal: AbortSignal,
): Promise<{ images: ExportImage[]; folders: ReturnType<typeof groupRows>['folders']; rows: number[][] }> {
  const { folders, rows } = groupRows(source, chosen);
  const score = new Map(Array.from(source.scores.rows, (row, i) => [row, source.scores.scores[i]]));
  const width = Math.max(4, String(chosen.rows.length - 1).length);
  const images: ExportImage[] = [];
  for (const { index, folder } of folders) {
    for (const row of rows[index]) {
      if (images.length % BREATHE_EVERY === 0) await breathe(signal);
      images.push({
        row, folder, label: index,
        id: String(images.length).padStart(width, '0'),
        difficulty: score.get(row) ?? NaN,
        info: source.pictures.describe(source.dataset, row, options.pictures),
      });
      onPicture(images.length);
    }
  }
  return { images, folders, rows };
}

function* metadataChunks(source: ExportSource, facts: ExportFacts, images: readonly ExportImage[]): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const image of images) {
    const record = source.dataset.records[image.row];
    yield encoder.encode(metadataLine({
      fileName: picturePath(image).slice('train/'.length),
      label: image.label,
      labelName: facts.classes[image.label].name,
      origin: 'selected',
      sourcePath: facts.hideNames ? '' : safeSourcePath(record.path),
      sourceSha256: record.sha256,
      difficulty: image.difficulty,
      weight: 1,
      softLabel: oneHot(image.label, facts.classes.length),
    }));
  }
}

/** Everything the pages of an export say, with the pictures it says it of. */
async function listFacts(
  source: ExportSource, options: ExportOptions, chosen: ChosenSet, onPicture: (done: number) => void, signal: AbortSignal,
): Promise<{ facts: ExportFacts; images: ExportImage[] }> {
  const { images, folders, rows } = await listImages(source, options, chosen, onPicture, signal);
  const classes = folders.map((each) => ({ ...each, before: source.dataset.summary.classes[each.original].train, after: rows[each.index].length }));
  return { facts: gatherFacts(source, options, chosen, classes, images), images };
}

/**
 * The facts of an export alone, for a report outside of the zip.
 * @throws as `exportEntries` does.
 */
export async function exportFacts(source: ExportSource, options: ExportOptions, chosen: ChosenSet, signal: AbortSignal): Promise<ExportFacts> {
  return (await listFacts(source, options, chosen, () => undefined, signal)).facts;
}

/**
 * All entries of an export in the order of the zip, with exact sizes and digests (layout: docs/export.md). Pictures and
 * tensors are not held: they are made once here to be measured and again when the zip is written.
 * @throws RetortError as `groupRows` does, AbortError when cancelled.
 */
export async function exportEntries(
  source: ExportSource, options: ExportOptions, chosen: ChosenSet, onPicture: (done: number) => void, signal: AbortSignal,
): Promise<{ entries: ExportEntry[]; facts: ExportFacts }> {
  const { dataset } = source;
  const { facts, images } = await listFacts(source, options, chosen, onPicture, signal);
  const { classes } = facts;

  const pictures = images.map((image): ExportEntry => ({
    name: picturePath(image),
    bytes: image.info.bytes,
    sha256: image.info.sha256,
    chunks: () => [makePicture(dataset, image.row, options.pictures).data],
  }));
  const data = [
    textEntry('classes.json', jsonText(classes.map(({ index, name, folder }) => ({ index, name, folder })))),
    textEntry('dataset.json', writeDatasetJson(images.map((image) => ({ name: picturePath(image), label: image.label })))),
    textEntry('recipe.json', exportRecipe(source, options, chosen)),
  ];
  if (!options.plainFolders) data.push(repeatable('train/metadata.jsonl', () => metadataChunks(source, facts, images)));
  if (options.tensors) {
    data.push(
      repeatable('tensors/labels.npy', () => labelsNpy(images)),
      repeatable('tensors/soft_labels.npy', () => softLabelsNpy(images, classes.length)),
      repeatable('tensors/images.safetensors', () => imagesSafetensors(dataset, images, facts)),
    );
  }
  await breathe(signal);

  const bars = classChart(classes);
  const curve = facts.result ? curveChart(facts.result.metrics.curves, facts.result.metrics.fdDomain.floor) : '';
  const pages = [
    textEntry('README.md', writeCard(facts, curve !== '')),
    textEntry('croissant.json', writeCroissant(facts, sortEntries(data))),
    textEntry('report.html', writeReport(facts)),
    textEntry('classes.svg', bars),
    ...(curve === '' ? [] : [textEntry('curve.svg', curve)]),
  ];
  const listed = sortEntries([...pictures, ...data, ...pages]);
  return { entries: sortEntries([...listed, textEntry('CHECKSUMS.sha256', writeChecksums(listed))]), facts };
}
