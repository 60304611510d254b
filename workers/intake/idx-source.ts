import { datasetPath } from '../data/dataset';
import type { Store, StoreFile } from '../data/storage';
import { RetortError } from '../failure';
import { IDX_HEADER_BYTES, idxHeader, pairIdx, type IdxHeader } from '../formats/idx';
import { sniff } from '../formats/sniff';
import { MAX_SIDE } from './picture';
import type { SourceEntry } from './sources';

/** One image of an IDX pair. */
export interface IdxImage {
  path: string;
  className: string;
  split: 'train' | 'test' | null;
  width: number;
  height: number;
  channels: number;
  pixels(): Uint8Array<ArrayBuffer>;
}

/** Unpacked IDX data larger than this is refused rather than spooled. */
const MAX_IDX_BYTES = 2 ** 33;

async function unpacked(entry: SourceEntry): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const gzip = sniff(await entry.head(4)) === 'gzip';
  const stream = await entry.stream();
  return gzip ? stream.pipeThrough(new DecompressionStream('gzip')) : stream;
}

/** First unpacked bytes of a file that may be IDX, or null when it is something else. */
async function peek(entry: SourceEntry): Promise<Uint8Array | null> {
  const reader = (await unpacked(entry)).getReader();
  try {
    let head = new Uint8Array(0);
    while (head.length < IDX_HEADER_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      const joined = new Uint8Array(head.length + value.length);
      joined.set(head);
      joined.set(value, head.length);
      head = joined;
    }
    return sniff(head) === 'idx' ? head : null;
  } catch {
    return null;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Files worth opening to see whether they are IDX: named like it, or so few that looking costs nothing. */
function worthPeeking(entries: readonly SourceEntry[]): SourceEntry[] {
  return entries.filter((entry) => entry.refusal === null && (entries.length <= 16 || /idx\d|ubyte/i.test(entry.path)));
}

/** IDX headers among the files of a source, by path. */
export async function findIdx(entries: readonly SourceEntry[]): Promise<{ entry: SourceEntry; header: IdxHeader }[]> {
  const found: { entry: SourceEntry; header: IdxHeader }[] = [];
  for (const entry of worthPeeking(entries)) {
    const head = await peek(entry);
    if (head) found.push({ entry, header: idxHeader(head, entry.path, null) });
  }
  return found;
}

/** Copies a file, unpacked, into the store, so that its images can be read in any order without holding it in memory. */
async function spool(store: Store, id: string, name: string, entry: SourceEntry, header: IdxHeader, signal: AbortSignal): Promise<StoreFile> {
  if (header.bytes > MAX_IDX_BYTES) {
    throw new RetortError('idx-too-large', `${entry.path} announces ${header.bytes} bytes, more than can be unpacked here. Split it first.`, { name: entry.path, bytes: header.bytes });
  }
  const file = await store.create(datasetPath(id, name));
  try {
    const reader = (await unpacked(entry)).getReader();
    let at = 0;
    try {
      while (at < header.bytes) {
        signal.throwIfAborted();
        // A damaged gzip stream fails where it breaks; to the person that is a file that ends too early.
        const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
        if (done || !value) break;
        const chunk = value.subarray(0, header.bytes - at);
        file.write(chunk, at);
        at += chunk.length;
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
    idxHeader(headOf(file), entry.path, at);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function headOf(file: StoreFile): Uint8Array {
  const head = new Uint8Array(IDX_HEADER_BYTES);
  return head.subarray(0, file.read(head, 0));
}

function shapeOf(header: IdxHeader, name: string): { height: number; width: number; channels: number } {
  const [, height, width, channels = 1] = header.dims;
  if (header.dims.length < 3 || (channels !== 1 && channels !== 3) || !(width > 0) || !(height > 0) || width > MAX_SIDE || height > MAX_SIDE) {
    const shape = header.dims.join(' x ');
    throw new RetortError('idx-shape', `${name} has the shape ${shape}; images must be count x height x width, or that x 3.`, { name, shape });
  }
  return { height, width, channels };
}

/**
 * Opens all pairs and lists their images. Class names are the label numbers, zero-padded so that code-point order is numeric.
 * @returns images, and `close` that frees the spooled files (they lie in the data set's folder; remove `names`).
 * @throws RetortError `idx-*` of formats/idx, `idx-shape`, `idx-too-large`.
 */
export async function openIdx(
  store: Store, id: string, files: readonly { entry: SourceEntry; header: IdxHeader }[], signal: AbortSignal,
): Promise<{ images: IdxImage[]; names: string[]; close(): void }> {
  const byPath = new Map(files.map((file) => [file.entry.path, file]));
  const pairs = pairIdx(files.map(({ entry, header }) => ({ path: entry.path, dims: header.dims })));
  const both = pairs.some((pair) => pair.split === 'train') && pairs.some((pair) => pair.split === 'test');
  const opened: StoreFile[] = [];
  const names: string[] = [];
  const close = (): void => opened.forEach((file) => file.close());
  const open = async (path: string): Promise<{ file: StoreFile; header: IdxHeader }> => {
    const { entry, header } = byPath.get(path) as { entry: SourceEntry; header: IdxHeader };
    const name = `idx-${names.length}.tmp`;
    names.push(name);
    const file = await spool(store, id, name, entry, header, signal);
    opened.push(file);
    return { file, header };
  };
  try {
    const sets = [];
    let highest = 0;
    for (const pair of pairs) {
      const { file, header } = await open(pair.images);
      const labelFile = await open(pair.labels);
      const labels = new Uint8Array(labelFile.header.dims[0]);
      labelFile.file.read(labels, labelFile.header.offset);
      for (const label of labels) highest = Math.max(highest, label);
      sets.push({ pair, file, header, labels, ...shapeOf(header, pair.images) });
    }
    const digits = String(highest).length;
    const images = sets.flatMap(({ pair, file, header, labels, height, width, channels }) => {
      const bytes = height * width * channels;
      const places = String(labels.length - 1).length;
      return Array.from(labels, (label, i): IdxImage => ({
        path: `${pair.images.replace(/\.gz$/i, '')}/${String(i).padStart(places, '0')}`,
        className: String(label).padStart(digits, '0'),
        split: both ? pair.split ?? 'train' : null,
        width, height, channels,
        pixels() {
          const out = new Uint8Array(bytes);
          file.read(out, header.offset + i * bytes);
          return out;
        },
      }));
    });
    return { images, names, close };
  } catch (error) {
    close();
    throw error;
  }
}
