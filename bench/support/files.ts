import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Files } from '../../workers/runs/files';

/** Artifacts of benches on disk, so that a bench that was stopped goes on where it was. */
export function diskFiles(root: string): Files {
  const orMissing = async <T>(work: Promise<T>, missing: T): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return missing;
      throw error;
    }
  };
  return {
    read: async (path) => {
      const bytes = await orMissing<Uint8Array | null>(readFile(join(root, path)), null);
      return bytes === null ? null : new Uint8Array(bytes);
    },
    async write(path, bytes) {
      const target = join(root, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(`${target}.part`, bytes);
      await rename(`${target}.part`, target);
    },
    list: async (folder) => (await orMissing(readdir(join(root, folder)), [])).sort(),
    remove: (path) => rm(join(root, path), { recursive: true, force: true }),
  };
}
