import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { SAMPLE_SEED, sampleFiles } from '../workers/data/sample/index';

const USAGE = 'Usage: npm run sample -- DIR [--seed N]\nWrites the sample set of machined parts into DIR: one folder a class, labels.csv and truth.jsonl.';

/** Reads the command line; null when it is not understood. */
function readArguments(argv: string[]): { folder: string; seed: number } | null {
  try {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: { seed: { type: 'string' } } });
    const seed = values.seed === undefined ? SAMPLE_SEED : Number(values.seed);
    return positionals.length === 1 && Number.isSafeInteger(seed) ? { folder: positionals[0], seed } : null;
  } catch {
    return null;
  }
}

/** Writes the sample set and answers with the number of files and the SHA-256 over their paths and bytes. */
async function writeSample(folder: string, seed: number): Promise<{ files: number; sha256: string }> {
  const hash = createHash('sha256');
  let files = 0;
  for await (const { path, bytes } of sampleFiles(seed)) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
    hash.update(path).update('\0').update(bytes);
    files++;
  }
  return { files, sha256: hash.digest('hex') };
}

const wanted = readArguments(process.argv.slice(2));
if (wanted) {
  const { files, sha256 } = await writeSample(wanted.folder, wanted.seed);
  console.log(`${files} files in ${wanted.folder}, seed ${wanted.seed}, sha256 ${sha256}`);
} else {
  console.error(USAGE);
  process.exitCode = 2;
}
