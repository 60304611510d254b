import { openAsBlob, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { locateSource } from '../../cli/source';
import { openDataSet } from '../../workers/data/dataset';
import { intakeOptions } from '../../workers/data/options';
import { memoryStore } from '../../workers/data/storage.testing';
import type { DataSet } from '../../workers/data/types';
import { readSource } from '../../workers/intake/reader';
import { PageDecoder } from './decoder';

async function fileOf(path: string): Promise<File> {
  return new File([await openAsBlob(path)], basename(path));
}

/** Every file below a folder, with its path inside it. */
function tree(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Reads PATH (folder, zip or IDX pair) with the studio's own intake into memory. */
export async function readDataSet(path: string, options: Record<string, unknown>, log: (line: string) => void): Promise<DataSet> {
  const source = locateSource(path);
  const paths = source.kind === 'folder' ? tree(source.path) : source.paths;
  const files = await Promise.all(paths.map(async (each) => ({
    path: source.kind === 'folder' ? `${basename(source.path)}/${each.slice(source.path.length + 1)}` : basename(each),
    file: await fileOf(each),
  })));
  const browser = await PageDecoder.open();
  const store = memoryStore();
  try {
    const summary = await readSource(
      {
        store, decoder: (background) => browser.decoder(background), clock: () => performance.now(), now: () => 0, id: () => 'bench',
        async *sample() { /* benches read what they are given */ },
      },
      { kind: 'files', name: basename(path), files }, intakeOptions.parse(options), new AbortController().signal, () => undefined,
    );
    log(`${summary.accepted} images accepted, ${summary.refused} refused, ${summary.duplicates} duplicates; ${summary.count} stored at ${summary.size} px`);
    return await openDataSet(store, summary.id);
  } finally {
    await browser.close();
  }
}
