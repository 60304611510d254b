import { RetortError } from '../failure';
import { quotaFailure, type Store, type StoreFile } from './storage';

/** A store in memory with exclusive writers, shared readers and an optional quota in bytes. */
export function memoryStore(quota = Infinity): Store & { files: Map<string, Uint8Array<ArrayBuffer>> } {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const writers = new Set<string>();
  const readers = new Map<string, number>();
  const used = (): number => [...files.values()].reduce((sum, file) => sum + file.length, 0);
  const resize = (path: string, size: number): Uint8Array<ArrayBuffer> => {
    const old = files.get(path) ?? new Uint8Array(0);
    if (used() - old.length + size > quota) throw quotaFailure();
    const next = new Uint8Array(size);
    next.set(old.subarray(0, size));
    files.set(path, next);
    return next;
  };
  const access = (path: string, writable: boolean): StoreFile => ({
    size: () => files.get(path)?.length ?? 0,
    read(into, at) {
      const part = (files.get(path) ?? new Uint8Array(0)).subarray(at, at + into.length);
      into.set(part);
      return part.length;
    },
    write(bytes, at) {
      if (!writable) throw new TypeError('This file is open for reading only.');
      const old = files.get(path)?.length ?? 0;
      const file = at + bytes.length > old ? resize(path, at + bytes.length) : files.get(path);
      file?.set(bytes, at);
    },
    truncate: (size) => void resize(path, size),
    flush: () => undefined,
    close: () => void (writable ? writers.delete(path) : readers.set(path, (readers.get(path) ?? 1) - 1)),
  });
  return {
    files,
    async create(path) {
      if (writers.has(path) || (readers.get(path) ?? 0) > 0) throw new RetortError('in-use', 'In use.', { path });
      writers.add(path);
      if (!files.has(path)) files.set(path, new Uint8Array(0));
      return access(path, true);
    },
    async open(path) {
      if (!files.has(path)) return null;
      readers.set(path, (readers.get(path) ?? 0) + 1);
      return access(path, false);
    },
    async list(folder) {
      const names = [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
      return [...new Set(names.map((path) => path.slice(folder.length + 1).split('/')[0]))].sort();
    },
    async remove(path) {
      for (const name of files.keys()) {
        if (name !== path && !name.startsWith(`${path}/`)) continue;
        if (writers.has(name)) throw new RetortError('in-use', 'In use.', { path });
        files.delete(name);
      }
    },
  };
}
