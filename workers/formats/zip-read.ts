import {
  configure, BlobReader, ZipReader, ERR_ENCRYPTED_CENTRAL_DIRECTORY, ERR_OVERLAPPING_ENTRY, type FileEntry,
} from '@zip.js/zip.js/lib/zip-core-native.js';
import { inflateSync } from 'fflate';
import { RetortError } from '../failure';
import { crc32 } from './png';
import { viewOf } from './sniff-segments';

// The caller is a worker already, and its content security policy allows no blob: workers.
configure({ useWebWorkers: false });

/** Bounds against archives that swell. Pictures hardly compress, so honest archives stay far below all of them. */
export interface ZipLimits {
  /** Uncompressed bytes of one entry. */
  entryBytes: number;
  /** Uncompressed bytes of the archive. */
  totalBytes: number;
  /** Uncompressed to compressed bytes of one entry, looked at above `smallBytes` only. */
  entryRatio: number;
  /** Uncompressed bytes to bytes of the archive file, looked at above `smallBytes` only. */
  totalRatio: number;
  smallBytes: number;
}

export const ZIP_LIMITS: ZipLimits = {
  entryBytes: 2 ** 32, totalBytes: 2 ** 38, entryRatio: 400, totalRatio: 100, smallBytes: 2 ** 24,
};

export type ZipRefusal = 'encrypted' | 'unsafe-name' | 'bomb-entry';

/** One file of an archive. `refusal` is known without reading it. */
export interface ZipItem {
  name: string;
  size: number;
  refusal: ZipRefusal | null;
  /** Whole content of an entry; meant for those that fit in memory. Fails like `stream`. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
  /** Uncompressed content in pieces. Fails with `bomb-entry` when it is longer than announced, and on a wrong CRC. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Names that point outside the archive, or that no file system should be asked to hold. */
export function isUnsafeName(name: string): boolean {
  if (/^([/\\]|[a-zA-Z]:)/.test(name)) return true;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < 32 || code === 127) return true;
  }
  return name.split(/[/\\]/).includes('..');
}

function bomb(name: string): RetortError {
  return new RetortError('bomb-entry', `${name} unpacks to far more than it holds. It was left out.`, { name });
}

function entryStream(entry: FileEntry, limits: ZipLimits): ReadableStream<Uint8Array<ArrayBuffer>> {
  let written = 0;
  const meter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      written += chunk.length;
      // The announced size is the archive's own claim; the bytes that come out are what counts.
      if (written > Math.min(entry.uncompressedSize, limits.entryBytes)) throw bomb(entry.filename);
      controller.enqueue(chunk);
    },
  });
  entry.getData(meter.writable, { checkSignature: true, checkOverlappingEntry: true }).catch((error: unknown) => {
    const overlapping = error instanceof Error && error.message === ERR_OVERLAPPING_ENTRY;
    // Aborting makes the reader of the other end see the reason; closing twice is the one error to pass over.
    void meter.writable.abort(overlapping ? bomb(entry.filename) : error).catch(() => undefined);
  });
  return meter.readable;
}

const WINDOW = 2 ** 18;
const WINDOWS = 64;

/** Reads a blob through a few cached windows: a call into the browser for each small entry costs more than its bytes. */
class Windows {
  private readonly cached = new Map<number, Promise<ArrayBuffer>>();

  constructor(private readonly blob: Blob) {}

  async read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (length > WINDOW) return new Uint8Array(await this.blob.slice(at, at + length).arrayBuffer());
    const out = new Uint8Array(Math.max(0, Math.min(length, this.blob.size - at)));
    for (let done = 0; done < out.length;) {
      const index = Math.floor((at + done) / WINDOW);
      const from = at + done - index * WINDOW;
      const part = new Uint8Array(await this.window(index)).subarray(from, from + out.length - done);
      out.set(part, done);
      done += part.length;
    }
    return out;
  }

  private window(index: number): Promise<ArrayBuffer> {
    const bytes = this.cached.get(index) ?? this.blob.slice(index * WINDOW, (index + 1) * WINDOW).arrayBuffer();
    // Putting it back at the end keeps the least recently used window at the front.
    this.cached.delete(index);
    this.cached.set(index, bytes);
    if (this.cached.size > WINDOWS) this.cached.delete(this.cached.keys().next().value as number);
    return bytes;
  }
}

const LOCAL_HEADER = 30;
const LOCAL_MAGIC = 0x04034b50;
/** Entries up to this size take the short way. */
const SMALL_ENTRY = 2 ** 23;

/**
 * The short way for small stored or deflated entries, some twenty times quicker than a stream each.
 * @returns null where the local header is not where the directory says; the stream then decides.
 */
async function readSmall(entry: FileEntry, windows: Windows): Promise<Uint8Array<ArrayBuffer> | null> {
  const { compressionMethod: method, compressedSize, uncompressedSize, offset } = entry;
  if ((method !== 0 && method !== 8) || Math.max(compressedSize, uncompressedSize) > SMALL_ENTRY) return null;
  const head = await windows.read(offset, LOCAL_HEADER);
  if (head.length < LOCAL_HEADER || viewOf(head).getUint32(0, true) !== LOCAL_MAGIC) return null;
  const from = offset + LOCAL_HEADER + viewOf(head).getUint16(26, true) + viewOf(head).getUint16(28, true);
  const packed = await windows.read(from, compressedSize);
  // The output buffer has the announced size and does not grow, so a lie about it ends in a wrong sum, not in memory.
  const bytes = method === 0 ? packed : inflateSync(packed, { out: new Uint8Array(uncompressedSize) });
  if (bytes.length !== uncompressedSize || crc32(bytes) !== entry.signature) {
    throw new RetortError('zip-entry-broken', `${entry.filename} is damaged inside the zip. Pack the zip again.`, { name: entry.filename });
  }
  return bytes;
}

async function readEntry(entry: FileEntry, windows: Windows, limits: ZipLimits): Promise<Uint8Array<ArrayBuffer>> {
  const small = await readSmall(entry, windows);
  return small ?? new Uint8Array(await new Response(entryStream(entry, limits)).arrayBuffer());
}

function refusalOf(entry: FileEntry, limits: ZipLimits): ZipRefusal | null {
  if (isUnsafeName(entry.filename)) return 'unsafe-name';
  if (entry.encrypted) return 'encrypted';
  const swollen = entry.uncompressedSize > limits.smallBytes && entry.uncompressedSize > limits.entryRatio * Math.max(1, entry.compressedSize);
  return swollen || entry.uncompressedSize > limits.entryBytes ? 'bomb-entry' : null;
}

/**
 * Files of a zip, in the order of its directory, folders left out. Only the directory is read here; contents come one at a time.
 *
 * @throws RetortError `zip-broken` when there is no readable directory, `zip-bomb` when the archive as a whole announces more
 * than the limits allow.
 */
export async function* zipItems(file: Blob, name: string, limits: ZipLimits = ZIP_LIMITS): AsyncGenerator<ZipItem> {
  const reader = new ZipReader(new BlobReader(file), { filenameValidation: 'tolerant' });
  const windows = new Windows(file);
  let total = 0;
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (entry.directory) continue;
      total += entry.uncompressedSize;
      if (total > limits.totalBytes || (total > limits.smallBytes && total > limits.totalRatio * file.size)) {
        throw new RetortError(
          'zip-bomb', `${name} claims to unpack to far more than its ${file.size} bytes, as zip bombs do. It was not opened.`, { name, bytes: file.size },
        );
      }
      const refusal = refusalOf(entry, limits);
      yield {
        name: entry.filename.replaceAll('\\', '/'), size: entry.uncompressedSize, refusal,
        read: () => readEntry(entry, windows, limits), stream: () => entryStream(entry, limits),
      };
    }
  } catch (error) {
    if (error instanceof RetortError) throw error;
    const encrypted = error instanceof Error && error.message === ERR_ENCRYPTED_CENTRAL_DIRECTORY;
    throw new RetortError(
      encrypted ? 'zip-encrypted' : 'zip-broken',
      encrypted ? `${name} is encrypted. Unpack it with its password and drop the folder.` : `${name} cannot be read as a zip. Pack or download it again.`,
      { name }, { cause: error },
    );
  }
}
