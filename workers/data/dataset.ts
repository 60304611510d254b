import { RetortError } from '../failure';
import type { DataSetSummary, SplitName } from '../protocol';
import { readText, type Store, type StoreFile } from './storage';
import type { DataSet, ImageRecord } from './types';

/** Folder of all data sets and the files of one. `dataset.json` is written last: without it there is no data set. */
export const DATASETS = 'datasets';
export const FILES = {
  manifest: 'dataset.json', pixels: 'pixels.bin', originals: 'originals.bin', records: 'records.jsonl', verdicts: 'verdicts.jsonl',
} as const;

export function datasetPath(id: string, file?: string): string {
  return file === undefined ? `${DATASETS}/${id}` : `${DATASETS}/${id}/${file}`;
}

function missing(id: string): RetortError {
  return new RetortError('no-dataset', 'This data set is no longer in the store. Read its folder again.', { id });
}

/** The manifest, or null when there is none or it was torn in the writing. */
export async function readSummary(store: Store, id: string): Promise<DataSetSummary | null> {
  const text = await readText(store, datasetPath(id, FILES.manifest));
  if (text === null) return null;
  try {
    return JSON.parse(text) as DataSetSummary;
  } catch {
    return null;
  }
}

/** Summaries of all whole data sets, newest first. */
export async function listDataSets(store: Store): Promise<DataSetSummary[]> {
  const all = await Promise.all((await store.list(DATASETS)).map((id) => readSummary(store, id)));
  return all.filter((summary) => summary !== null).sort((a, b) => b.createdAt - a.createdAt);
}

class StoredDataSet implements DataSet {
  private readonly stride: number;

  constructor(
    readonly summary: DataSetSummary, readonly records: readonly ImageRecord[],
    private readonly images: StoreFile, private readonly originals: StoreFile | null,
  ) {
    this.stride = summary.size * summary.size * summary.channels;
  }

  rows(split: SplitName): Uint32Array<ArrayBuffer> {
    const rows: number[] = [];
    this.records.forEach((record, row) => {
      if (record.split === split) rows.push(row);
    });
    return Uint32Array.from(rows);
  }

  labels(): Uint16Array<ArrayBuffer> {
    return Uint16Array.from(this.records, (record) => record.classIndex);
  }

  pixels(rows: ArrayLike<number>): Uint8Array<ArrayBuffer> {
    const { stride } = this;
    const out = new Uint8Array(rows.length * stride);
    for (let i = 0; i < rows.length;) {
      let run = 1;
      while (i + run < rows.length && rows[i + run] === rows[i] + run) run++;
      // Neighbours come in one read: a whole split then takes one call.
      const part = out.subarray(i * stride, (i + run) * stride);
      if (this.images.read(part, rows[i] * stride) !== part.length) throw new RangeError(`row ${rows[i]} is not in the data set`);
      i += run;
    }
    return out;
  }

  original(row: number): Uint8Array<ArrayBuffer> | null {
    const record = this.records[row];
    if (!this.originals || record.original < 0) return null;
    const bytes = new Uint8Array(record.bytes);
    this.originals.read(bytes, record.original);
    return bytes;
  }

  close(): void {
    this.images.close();
    this.originals?.close();
  }
}

/**
 * Opens a stored data set for reading. Any number of workers may hold the same one open.
 * @throws RetortError `no-dataset` when it is gone or was never finished.
 */
export async function openDataSet(store: Store, id: string): Promise<DataSet> {
  const summary = await readSummary(store, id);
  const lines = summary && await readText(store, datasetPath(id, FILES.records));
  const images = summary && await store.open(datasetPath(id, FILES.pixels));
  if (!summary || lines === null || !images) {
    images?.close();
    throw missing(id);
  }
  const records = lines.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as ImageRecord);
  const originals = summary.originalBytes > 0 ? await store.open(datasetPath(id, FILES.originals)) : null;
  return new StoredDataSet(summary, records, images, originals);
}

/** Removes a data set. @throws RetortError `in-use` while a worker holds it open. */
export async function removeDataSet(store: Store, id: string): Promise<void> {
  if (!(await store.list(DATASETS)).includes(id)) return;
  // Opening for writing fails while anyone reads. Only then may the manifest go, and it goes first: a half-removed set must not look whole.
  (await store.create(datasetPath(id, FILES.pixels))).close();
  await store.remove(datasetPath(id, FILES.manifest));
  await store.remove(datasetPath(id));
}

/** Removes what crashed or closed tabs left half written. Folders another tab is writing to right now are locked and stay. */
export async function sweepUnfinished(store: Store): Promise<void> {
  for (const id of await store.list(DATASETS)) {
    if (await readSummary(store, id)) continue;
    try {
      (await store.create(datasetPath(id, FILES.pixels))).close();
      await store.remove(datasetPath(id));
    } catch (error) {
      if (!(error instanceof RetortError && error.code === 'in-use')) throw error;
    }
  }
}
