import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, dist, root } from './paths.mjs';
import { run } from './process.mjs';

const SOURCES = ['index.html', 'vite.config.ts', 'tsconfig.base.json', 'package.json', 'package-lock.json', 'src', 'workers', 'public'];
const STAMP = join(dist, '.stamp');

/**
 * @param {string} path
 * @param {string[]} lines
 */
function collect(path, lines) {
  const full = join(root, path);
  if (!existsSync(full)) return;
  const stat = lstatSync(full);
  if (stat.isDirectory()) {
    for (const name of readdirSync(full).sort()) collect(`${path}/${name}`, lines);
  } else if (!/\.(test|testing)\.tsx?$/.test(path)) {
    lines.push(`${path} ${stat.size} ${stat.mtimeMs}`);
  }
}

/** One hash over name, size and time of every source, so that deleted files count as a change too. */
function fingerprint() {
  /** @type {string[]} */
  const lines = [];
  for (const path of SOURCES) collect(path, lines);
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/**
 * Builds the studio when dist does not match the sources. The build goes to a folder of its own and is swapped in at the
 * end, so that a server at work never serves half of one.
 *
 * @param {{ force?: boolean }} [options]
 * @returns {Promise<boolean>} whether the studio is built
 */
export async function build(options = {}) {
  const wanted = fingerprint();
  if (!options.force && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return true;
  console.error('Building the studio ...');
  mkdirSync(cache, { recursive: true });
  const fresh = join(cache, `build-${process.pid}`);
  const old = join(cache, `old-${process.pid}`);
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const { code } = await run(process.execPath, [vite, 'build', '--outDir', fresh, '--emptyOutDir', '--logLevel', 'error'], { stdout: 'stderr' });
  if (code === 0) {
    writeFileSync(join(fresh, '.stamp'), wanted);
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
  }
  rmSync(fresh, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
  return code === 0;
}

/** @throws {Error} with a sentence when the build fails */
export async function ensureBuilt() {
  if (!(await build())) throw new Error('The studio does not build. The messages above say where; `npm test` shows the rest.');
}
