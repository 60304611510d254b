// node scripts/run.mjs FILE.ts [args]: runs a TypeScript file of this repository on a fresh clone too. Everything this
// script has to say goes to stderr, so that the file's own output can be piped.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/paths.mjs';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('Usage: node scripts/run.mjs FILE.ts [args]');
  process.exit(2);
}
try {
  await ensureInstalled();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), resolve(root, file), ...args], { stdio: 'inherit' });
// A terminal sends Ctrl-C to the whole group; a supervisor signals only us. Either way the child decides when to end.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
