import {
  configure, BlobReader, ZipReader, ERR_ENCRYPTED_CENTRAL_DIRECTORY, ERR_OVERLAPPING_ENTRY, type FileEntry,
} from '@zip.js/zip.js/lib/zip-core-native.js';
import { RetortError } from '../failure';

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
      yield { name: entry.filename.replaceAll('\\', '/'), size: entry.uncompressedSize, refusal, stream: () => entryStream(entry, limits) };
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
