// First load: every script the page fetches before a person does anything, gzipped, against the budget of 250 kB.
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { gzipSync } from 'node:zlib';
import { dist } from './lib/paths.mjs';

const BUDGET = 250_000;

const { parseSync } = await import('vite');
const html = readFileSync(join(dist, 'index.html'), 'utf8');
const entries = [...html.matchAll(/(?:src|href)="\.?\/?([^"]+\.js)"/g)].map((match) => match[1]);
if (entries.length === 0) {
  console.error(`dist/index.html loads no script. dist holds: ${readdirSync(dist).join(', ')}`);
  process.exit(1);
}

/** @type {Map<string, number>} */
const sizes = new Map();
const queue = [...entries];
for (const name of queue) {
  if (sizes.has(name)) continue;
  const code = readFileSync(join(dist, name), 'utf8');
  sizes.set(name, gzipSync(code).length);
  // Only static imports belong to the first load; workers and dynamic imports come later.
  const { module } = parseSync(name, code);
  const requests = module.staticImports.map((entry) => entry.moduleRequest.value);
  for (const entry of module.staticExports.flatMap((statement) => statement.entries)) {
    if (entry.moduleRequest) requests.push(entry.moduleRequest.value);
  }
  queue.push(...requests.map((request) => posix.join(posix.dirname(name), request)));
}

const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
for (const [name, size] of sizes) console.log(`${String(size).padStart(8)} ${name}`);
console.log(`${String(total).padStart(8)} bytes gzipped of ${BUDGET}`);
if (total > BUDGET) {
  console.error('The first load is over its budget. Move what is not on the first screen behind a dynamic import.');
  process.exitCode = 1;
}
