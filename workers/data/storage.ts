import { RetortError } from '../failure';

/** One open file with the semantics of FileSystemSyncAccessHandle: positions are explicit and calls are synchronous. */
export interface StoreFile {
  size(): number;
  /** Fills `into` from position `at`; answers how many bytes there were. */
  read(into: Uint8Array<ArrayBuffer>, at: number): number;
  /** @throws RetortError `quota` when the browser gives no more room. */
  write(bytes: Uint8Array<ArrayBuffer>, at: number): void;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/**
 * Random-access files under '/'-separated paths. Writers are exclusive; any number of readers, in any worker, may share a
 * file that nobody writes.
 */
export interface Store {
  /** Opens for reading and writing; file and folders appear as needed. @throws RetortError `in-use`. */
  create(path: string): Promise<StoreFile>;
  /** Opens for reading; null when there is no such file. */
  open(path: string): Promise<StoreFile | null>;
  /** Names directly inside a folder, in code-point order. */
  list(folder: string): Promise<string[]>;
  /** Removes a file or folder with everything in it; silent when there is none. @throws RetortError `in-use`. */
  remove(path: string): Promise<void>;
}

/** FileSystemSyncAccessHandle with its `mode`, which is in Chromium and the standard but not yet in TypeScript's library. */
interface AccessHandle {
  readonly mode?: string;
  read(into: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  getSize(): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

interface AccessHandles {
  createSyncAccessHandle(options?: { mode: 'read-only' }): Promise<AccessHandle>;
}

/** Sync access exists in dedicated workers only, which is where stores are opened. */
function access(handle: FileSystemFileHandle, mode?: 'read-only'): Promise<AccessHandle> {
  const handles = handle as unknown as AccessHandles;
  return mode ? handles.createSyncAccessHandle({ mode }) : handles.createSyncAccessHandle();
}

/** Bytes held by one memory chunk where a browser cannot share handles. */
const CHUNK = 64 * 2 ** 20;

function named(error: unknown, ...names: string[]): boolean {
  return error instanceof DOMException && names.includes(error.name);
}

function inUse(path: string, cause: unknown): RetortError {
  const sentence = 'This data set is open in a run or in another tab. Close that first, then try again.';
  return new RetortError('in-use', sentence, { path }, { cause });
}

export function quotaFailure(cause?: unknown): RetortError {
  return new RetortError(
    'quota',
    'The browser gives this page no more storage. Free some disk space, delete old runs and data sets, or keep fewer images and no originals; then try again.',
    {}, { cause },
  );
}

function guardQuota<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw named(error, 'QuotaExceededError') ? quotaFailure(error) : error;
  }
}

function handleFile(handle: AccessHandle): StoreFile {
  return {
    size: () => handle.getSize(),
    read: (into, at) => handle.read(into, { at }),
    write(bytes, at) {
      const written = guardQuota(() => handle.write(bytes, { at }));
      // A full disk shows as a short write and no exception.
      if (written < bytes.length) throw quotaFailure();
    },
    truncate: (size) => guardQuota(() => handle.truncate(size)),
    flush: () => handle.flush(),
    close: () => handle.close(),
  };
}

/** Reads over chunks of memory, for browsers whose handles are exclusive. */
export function chunkFile(chunks: readonly Uint8Array<ArrayBuffer>[], chunk: number, size: number): StoreFile {
  const readOnly = (): never => {
    throw new TypeError('This file is open for reading only.');
  };
  return {
    size: () => size,
    read(into, at) {
      const count = Math.max(0, Math.min(into.length, size - at));
      for (let done = 0; done < count;) {
        const from = (at + done) % chunk;
        const part = chunks[Math.floor((at + done) / chunk)].subarray(from, from + count - done);
        into.set(part, done);
        done += part.length;
      }
      return count;
    },
    write: readOnly,
    truncate: readOnly,
    flush: () => undefined,
    close: () => undefined,
  };
}

async function sharedFile(handle: FileSystemFileHandle): Promise<StoreFile> {
  try {
    const shared = await access(handle, 'read-only');
    if (shared.mode === 'read-only') return handleFile(shared);
    // The browser ignored the mode and locked the file: give it back, or the next worker could not read.
    shared.close();
  } catch (error) {
    if (!named(error, 'NoModificationAllowedError', 'InvalidStateError', 'NotSupportedError')) throw error;
  }
  const file = await handle.getFile();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < file.size; at += CHUNK) chunks.push(new Uint8Array(await file.slice(at, at + CHUNK).arrayBuffer()));
  return chunkFile(chunks, CHUNK, file.size);
}

/** Files in the origin's private file system, below `root`. Works in dedicated workers only. */
export function opfsStore(root: FileSystemDirectoryHandle): Store {
  const folderOf = async (path: string, create: boolean): Promise<FileSystemDirectoryHandle> => {
    let folder = root;
    for (const name of path.split('/').slice(0, -1)) folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  };
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const orNull = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      if (named(error, 'NotFoundError', 'TypeMismatchError')) return null;
      throw error;
    }
  };
  return {
    async create(path) {
      const handle = await (await folderOf(path, true)).getFileHandle(nameOf(path), { create: true });
      try {
        return handleFile(await access(handle));
      } catch (error) {
        throw named(error, 'NoModificationAllowedError') ? inUse(path, error) : error;
      }
    },
    open: (path) => orNull(async () => sharedFile(await (await folderOf(path, false)).getFileHandle(nameOf(path)))),
    async list(folder) {
      const names: string[] = [];
      await orNull(async () => {
        for await (const name of (await folderOf(`${folder}/`, false)).keys()) names.push(name);
      });
      return names.sort();
    },
    async remove(path) {
      try {
        await orNull(async () => (await folderOf(path, false)).removeEntry(nameOf(path), { recursive: true }));
      } catch (error) {
        throw named(error, 'NoModificationAllowedError') ? inUse(path, error) : error;
      }
    },
  };
}

/** A whole file as text, or null when there is none. */
export async function readText(store: Store, path: string): Promise<string | null> {
  const file = await store.open(path);
  if (!file) return null;
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.close();
  return new TextDecoder().decode(bytes);
}

/** Replaces a whole small file. */
export async function writeText(store: Store, path: string, text: string): Promise<void> {
  const file = await store.create(path);
  try {
    file.truncate(0);
    file.write(new TextEncoder().encode(text), 0);
    file.flush();
  } finally {
    file.close();
  }
}

/** Appends through a buffer, because a call into the browser for every image costs more than the bytes do. */
export class Appender {
  private readonly buffer: Uint8Array<ArrayBuffer>;
  private held = 0;
  private at: number;

  constructor(private readonly file: StoreFile, capacity = 2 ** 20) {
    this.buffer = new Uint8Array(capacity);
    this.at = file.size();
  }

  /** Position the next byte will have. */
  get position(): number {
    return this.at + this.held;
  }

  append(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.held + bytes.length > this.buffer.length) this.flush();
    if (bytes.length > this.buffer.length) {
      this.file.write(bytes, this.at);
      this.at += bytes.length;
      return;
    }
    this.buffer.set(bytes, this.held);
    this.held += bytes.length;
  }

  flush(): void {
    if (this.held === 0) return;
    this.file.write(this.buffer.subarray(0, this.held), this.at);
    this.at += this.held;
    this.held = 0;
  }

  /** Reads back bytes that were appended, flushed or not. */
  read(into: Uint8Array<ArrayBuffer>, at: number): void {
    if (at >= this.at) into.set(this.buffer.subarray(at - this.at, at - this.at + into.length));
    else {
      if (at + into.length > this.at) this.flush();
      this.file.read(into, at);
    }
  }

  /** Forgets everything appended so far. */
  clear(): void {
    this.held = 0;
    this.at = 0;
    this.file.truncate(0);
  }
}
