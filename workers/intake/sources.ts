import { RetortError } from '../failure';
import { sniff } from '../formats/sniff';
import { zipItems, type ZipItem, type ZipLimits } from '../formats/zip-read';
import type { IntakeSource } from '../protocol';
import { refuse, type VerdictCode } from './verdicts';

/** Largest file read as a picture. A 100-megapixel uncompressed bitmap with alpha has 400 MB, so this asks for some compression. */
export const MAX_FILE_BYTES = 256 * 2 ** 20;

/** One file of a source, not read yet. This is all that is held of a folder. */
export interface SourceEntry {
  /** '/'-separated, relative, without '.' and '..'. */
  path: string;
  /** Known before reading: unsafe names, encrypted or swollen zip entries. */
  refusal: VerdictCode | null;
  /** Whole content. @throws Refusal */
  read(): Promise<Uint8Array<ArrayBuffer>>;
  /** Content in pieces, for files larger than memory. */
  stream(): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** At most `count` first bytes. */
  head(count: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Seeded generator of the sample set. */
export type SampleFiles = (seed: number) => AsyncGenerator<{ path: string; bytes: Uint8Array<ArrayBuffer> }>;

/** Paths of folders are made relative: empty parts, '.' and '..' vanish, since a browser never lets one point outside. */
export function normalisePath(path: string): string {
  return path.replaceAll('\\', '/').split('/').filter((part) => part !== '' && part !== '.' && part !== '..').join('/');
}

/** The first `limit` bytes of a stream or a little more. */
async function readHead(stream: ReadableStream<Uint8Array<ArrayBuffer>>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    if (length >= limit) {
      await reader.cancel().catch(() => undefined);
      break;
    }
  }
  if (chunks.length === 1) return chunks[0];
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

class FileEntry implements SourceEntry {
  readonly refusal = null;

  constructor(readonly path: string, private readonly open: () => Promise<Blob>) {}

  /** @throws Refusal when the file is gone or locked. */
  async blob(): Promise<Blob> {
    try {
      return await this.open();
    } catch (error) {
      throw refuse('unreadable', {}, error);
    }
  }

  async read(): Promise<Uint8Array<ArrayBuffer>> {
    const blob = await this.blob();
    if (blob.size > MAX_FILE_BYTES) throw refuse('too-heavy', { bytes: blob.size, limit: MAX_FILE_BYTES });
    try {
      return new Uint8Array(await blob.arrayBuffer());
    } catch (error) {
      throw refuse('unreadable', {}, error);
    }
  }

  async stream(): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    return (await this.blob()).stream();
  }

  async head(count: number): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this.blob()).slice(0, count).arrayBuffer());
  }
}

class ZipEntry implements SourceEntry {
  readonly path: string;
  readonly refusal: VerdictCode | null;

  constructor(private readonly item: ZipItem) {
    this.refusal = item.refusal;
    this.path = item.refusal === 'unsafe-name' ? item.name : normalisePath(item.name);
  }

  async read(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.item.size > MAX_FILE_BYTES) throw refuse('too-heavy', { bytes: this.item.size, limit: MAX_FILE_BYTES });
    try {
      return await this.item.read();
    } catch (error) {
      throw refuse(error instanceof RetortError && error.code === 'bomb-entry' ? 'bomb-entry' : 'broken', {}, error);
    }
  }

  async stream(): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    return this.item.stream();
  }

  async head(count: number): Promise<Uint8Array<ArrayBuffer>> {
    return (await readHead(this.item.stream(), count)).subarray(0, count);
  }
}

/** Files below a handle, folder by folder; nothing is listed ahead. */
async function* walkHandle(handle: FileSystemHandle, prefix: string): AsyncGenerator<FileEntry> {
  const path = prefix === '' ? handle.name : `${prefix}/${handle.name}`;
  if (handle.kind === 'file') {
    yield new FileEntry(path, () => (handle as FileSystemFileHandle).getFile());
    return;
  }
  for await (const child of (handle as FileSystemDirectoryHandle).values()) yield* walkHandle(child, path);
}

async function* roots(source: IntakeSource, sample: SampleFiles): AsyncGenerator<FileEntry> {
  if (source.kind === 'files') {
    for (const { path, file } of source.files) yield new FileEntry(normalisePath(path), async () => file);
  } else if (source.kind === 'handles') {
    for (const handle of source.handles) yield* walkHandle(handle, '');
  } else {
    for await (const { path, bytes } of sample(source.seed)) yield new FileEntry(path, async () => new Blob([bytes]));
  }
}

/**
 * Every file of a source, one at a time. Zips dropped by themselves (not inside a folder) are opened and their files come in
 * their place.
 *
 * @throws RetortError of `zipItems`.
 */
export async function* walk(source: IntakeSource, sample: SampleFiles, limits?: ZipLimits): AsyncGenerator<SourceEntry> {
  for await (const entry of roots(source, sample)) {
    const alone = source.kind !== 'sample' && !entry.path.includes('/');
    if (alone && sniff(await entry.head(16)) === 'zip') {
      for await (const item of zipItems(await entry.blob(), entry.path, limits)) yield new ZipEntry(item);
    } else yield entry;
  }
}

/** Files that operating systems leave behind, and everything hidden. */
export function isSystemFile(path: string): boolean {
  return path.split('/').some((part) => (part.startsWith('.') && part !== '..') || part === '__MACOSX' || /^(thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r)$/i.test(part));
}
