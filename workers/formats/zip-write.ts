import { makeZip, predictLength } from 'client-zip';
import { RetortError } from '../failure';
import { compareCodePoints } from './slug';

/** One file of a zip whose size is known before its bytes are made. */
export interface ZipEntry {
  /** Relative path with '/', without '..', unique in the zip. */
  name: string;
  bytes: number;
  /** Makes the bytes, piece by piece, when the writer comes to this entry; may be asked again for another writing. */
  chunks(): Iterable<Uint8Array>;
}

/** Entries in the order in which they are written: by code point, so that the order does not hang on a locale. */
export function sortEntries<Entry extends { name: string }>(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => compareCodePoints(a.name, b.name));
}

/** Exact bytes of the zip, headers and Zip64 records included. */
export function zipLength(entries: readonly { name: string; bytes: number }[]): number {
  return Number(predictLength(entries.map(({ name, bytes }) => ({ name, size: bytes }))));
}

function checkNames(entries: readonly ZipEntry[]): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    const parts = name.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..') || name.includes('\\') || seen.has(name)) {
      throw new RangeError(`"${name}" cannot be the name of a zip entry here`);
    }
    seen.add(name);
  }
}

async function* counted(entry: ZipEntry): AsyncGenerator<Uint8Array> {
  let written = 0;
  for (const chunk of entry.chunks()) {
    written += chunk.length;
    yield chunk;
  }
  if (written !== entry.bytes) {
    throw new RetortError(
      'export-changed',
      `The data set changed while ${entry.name} was being written. Export again.`,
      { name: entry.name, expected: entry.bytes, written },
    );
  }
}

/**
 * The zip as a stream, entry by entry and chunk by chunk: nothing but the current chunk and the central directory is held.
 * Stored, not deflated, since pictures do not shrink again and EDM reads only stored zips; dated 1980-01-01, so that equal
 * contents give equal bytes; Zip64 where sizes ask for it.
 */
export function zipStream(entries: readonly ZipEntry[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  checkNames(entries);
  // Zip dates carry no zone and client-zip writes local fields, so a local date gives the same bytes in every zone.
  const lastModified = new Date(1980, 0, 1);
  const files = sortEntries(entries).map((entry) => ({ name: entry.name, size: entry.bytes, lastModified, input: counted(entry) }));
  return makeZip(files) as ReadableStream<Uint8Array<ArrayBuffer>>;
}
