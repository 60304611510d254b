import type { DataSet } from '../data/types';
import { npyHeader } from '../formats/npy';
import { safetensorsHeader } from '../formats/safetensors';
import type { ExportFacts } from '../formats/facts';
import type { ExportImage } from './gather';

/** `tensors/labels.npy`: int64 [N] in the row order of metadata.jsonl. */
export function* labelsNpy(images: readonly ExportImage[]): Generator<Uint8Array> {
  yield npyHeader('<i8', [images.length]);
  yield new Uint8Array(BigInt64Array.from(images, ({ label }) => BigInt(label)).buffer);
}

/** A hard label as probabilities, float32 [K]. */
export function oneHot(label: number, classes: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(classes);
  out[label] = 1;
  return out;
}

/** `tensors/soft_labels.npy`: float32 [N, K] in the row order of metadata.jsonl. */
export function* softLabelsNpy(images: readonly ExportImage[], classes: number): Generator<Uint8Array> {
  yield npyHeader('<f4', [images.length, classes]);
  for (const { label } of images) yield new Uint8Array(oneHot(label, classes).buffer);
}

/** Working pixels of one row, channels first. */
function planes(dataset: DataSet, row: number): Uint8Array {
  const { channels } = dataset.summary;
  const pixels = dataset.pixels([row]);
  if (channels === 1) return pixels;
  const area = pixels.length / channels;
  const out = new Uint8Array(pixels.length);
  for (let at = 0; at < area; at++) for (let c = 0; c < channels; c++) out[c * area + at] = pixels[at * channels + c];
  return out;
}

/**
 * `tensors/images.safetensors`: uint8 [N, C, H, W] at working resolution, one image in memory at a time. Mean and standard
 * deviation a channel, of all training images in [0, 1], stand in the metadata.
 */
export function* imagesSafetensors(dataset: DataSet, images: readonly ExportImage[], facts: ExportFacts): Generator<Uint8Array> {
  const { size, channels } = facts;
  yield safetensorsHeader(
    [{ name: 'images', dtype: 'U8', shape: [images.length, channels, size, size] }],
    { mean: JSON.stringify(facts.mean), std: JSON.stringify(facts.std), layout: 'NCHW', range: '0 to 255', rows: 'train/metadata.jsonl' },
  );
  for (const { row } of images) yield planes(dataset, row);
}
