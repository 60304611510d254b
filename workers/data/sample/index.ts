import { encodePng } from '../../formats/png';
import { planSample } from './plan';
import { renderPart, SAMPLE_SIDE } from './render';
import type { PlannedFile, TruthRow } from './types';

export { renderPart } from './render';
export { SAMPLE_CLASSES } from './types';
export type { PartSpec, SampleClass, TruthRow } from './types';

/** The seed of the set behind "try the sample set". */
export const SAMPLE_SEED = 1;

/** Label table beside the pictures. It repeats the folder's label, also where that is wrong on purpose. */
function labelTable(files: readonly PlannedFile[]): string {
  const rows = files.map((file) => [file.path, file.label, file.spec.defect, file.machine, file.lot].join(','));
  return ['file_name,label,defect,machine,lot', ...rows, ''].join('\n');
}

/** What is planted where, without rendering a pixel: one row a picture, sorted by path. */
export function sampleTruth(seed: number): TruthRow[] {
  return planSample(seed).map((file) => file.truth);
}

/** What every file really is; for tests and for people, not for the intake. */
export const TRUTH_FILE = 'truth.jsonl';

/**
 * The sample set as a folder's files, one by one: `labels.csv`, `truth.jsonl`, then 64 x 64 RGB PNG pictures sorted by path. The same seed yields the same bytes everywhere. Memory holds one picture at a time.
 *
 * @param seed any integer; its low 32 bits count.
 */
export async function* sampleFiles(seed: number): AsyncGenerator<{ path: string; bytes: Uint8Array<ArrayBuffer> }> {
  const files = planSample(seed);
  const encoder = new TextEncoder();
  yield { path: 'labels.csv', bytes: encoder.encode(labelTable(files)) };
  yield { path: TRUTH_FILE, bytes: encoder.encode(files.map((file) => `${JSON.stringify(file.truth)}\n`).join('')) };
  for (const file of files) {
    yield { path: file.path, bytes: encodePng(renderPart(file.spec), SAMPLE_SIDE, SAMPLE_SIDE, 3) };
  }
}
