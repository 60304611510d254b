/**
 * Whole-file storage for artifacts, checkpoints and run records: small surface, so that tests run it in memory and the
 * browser runs it in OPFS. Paths are '/'-separated and relative; folders appear as they are needed.
 */
export interface Files {
  /** The file's bytes, or null when there is no such file. */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Replaces the file in one step: a crash leaves either the old bytes or the new ones. */
  write(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Names directly inside a folder, sorted; empty when there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Removes a file or a folder with everything in it; silent when there is none. */
  remove(path: string): Promise<void>;
}

function split(path: string): { folders: string[]; name: string } {
  const parts = path.split('/').filter((part) => part !== '');
  return { folders: parts.slice(0, -1), name: parts[parts.length - 1] };
}

function isMissing(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError');
}

/** Attempts at a file that another worker replaces while it is read. */
const READ_ATTEMPTS = 5;

/**
 * Content of a file. A `File` stands for the bytes of one moment: replaced between being opened and being read it fails with
 * NotReadableError, and opening it again gives the new bytes. Run records are read by other workers just when they change.
 */
async function readWhole(handle: FileSystemFileHandle): Promise<Uint8Array<ArrayBuffer>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return new Uint8Array(await (await handle.getFile()).arrayBuffer());
    } catch (error) {
      if (attempt === READ_ATTEMPTS || !(error instanceof DOMException && error.name === 'NotReadableError')) throw error;
    }
  }
}

/** Files under an OPFS folder. `createWritable` writes to a swap file that replaces the old one on close. */
export function opfsFiles(root: FileSystemDirectoryHandle): Files {
  const folder = async (names: string[], create: boolean) => {
    let handle = root;
    for (const name of names) handle = await handle.getDirectoryHandle(name, { create });
    return handle;
  };
  const orMissing = async <T>(work: () => Promise<T>, missing: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (isMissing(error)) return missing;
      throw error;
    }
  };
  return {
    read: (path) => orMissing(async () => {
      const { folders, name } = split(path);
      return readWhole(await (await folder(folders, false)).getFileHandle(name));
    }, null),
    async write(path, bytes) {
      const { folders, name } = split(path);
      const handle = await (await folder(folders, true)).getFileHandle(name, { create: true });
      const stream = await handle.createWritable();
      try {
        await stream.write(bytes);
        await stream.close();
      } catch (error) {
        await stream.abort().catch(() => undefined);
        throw error;
      }
    },
    list: (path) => orMissing(async () => {
      const names: string[] = [];
      for await (const name of (await folder(path.split('/').filter(Boolean), false)).keys()) names.push(name);
      return names.sort();
    }, []),
    remove: (path) => orMissing(async () => {
      const { folders, name } = split(path);
      await (await folder(folders, false)).removeEntry(name, { recursive: true });
    }, undefined),
  };
}

/** Files in memory, for tests. */
export function memoryFiles(): Files {
  const entries = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    read: async (path) => entries.get(path)?.slice() ?? null,
    write: async (path, bytes) => void entries.set(path, bytes.slice()),
    list: async (folder) => {
      const prefix = `${folder}/`;
      const names = [...entries.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split('/')[0]);
      return [...new Set(names)].sort();
    },
    remove: async (path) => {
      for (const key of Array.from(entries.keys())) if (key === path || key.startsWith(`${path}/`)) entries.delete(key);
    },
  };
}
