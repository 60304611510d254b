/**
 * Compiles the kernels in assembly/*.as (AssemblyScript; named so that TypeScript leaves them alone) to binary.ts. Run with
 * `node workers/engine/wasm/simd/build.mjs` after every change there.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const FOLDER = path.dirname(fileURLToPath(import.meta.url));
const OUTPUT = 'module.wasm';

async function compile() {
  let binary = null;
  const flags = [
    'kernels.ts', '--outFile', OUTPUT, '--runtime', 'stub', '--importMemory', '--maximumMemory', '65536', '--noExportMemory', '--noAssert',
    '--use', 'abort=', '-O3', '--enable', 'simd', '--enable', 'bulk-memory',
  ];
  let report = '';
  const { error } = await asc.main(flags, {
    readFile: (name) => {
      try {
        return readFileSync(path.join(FOLDER, 'assembly', name.replace(/\.ts$/, '.as')), 'utf8');
      } catch {
        return null;
      }
    },
    writeFile: (name, contents) => {
      if (name === OUTPUT) binary = contents;
    },
    listFiles: () => [],
    stderr: { write: (text) => { report += text; } },
  });
  if (error || !binary) throw new Error(`${error?.message ?? 'no output'}\n${report}`);
  return Buffer.from(binary).toString('base64');
}

/** The text of binary.ts. */
export async function build() {
  return [
    '/** Compiled from assembly/*.as by build.mjs; do not edit. base64 of a wasm module that imports tfjs’ memory. */',
    `export const BINARY = '${await compile()}';`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(path.join(FOLDER, 'binary.ts'), await build());
