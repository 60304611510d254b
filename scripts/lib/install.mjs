import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './process.mjs';

/**
 * Names of the locked packages that node_modules lacks or holds in another version. Optional packages (native builds for
 * other platforms) are allowed to be absent.
 *
 * @param {string} [folder] the folder that holds package-lock.json
 * @returns {string[]}
 */
export function missingPackages(folder = root) {
  /** @type {{ packages: Record<string, { version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }> }} */
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional && !entry.link)
    .filter(([path, entry]) => {
      const manifest = join(folder, path, 'package.json');
      return !existsSync(manifest) || JSON.parse(readFileSync(manifest, 'utf8')).version !== entry.version;
    })
    .map(([path]) => path);
}

/**
 * Brings node_modules in line with package-lock.json; does nothing when it already is. npm's output goes to stderr.
 *
 * @throws {Error} with a sentence when npm fails
 */
export async function ensureInstalled() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  console.error(`Installing ${missing.length} packages ...`);
  // Not `npm ci`: it refuses a lock that was written where a registry lacks the native builds of other platforms, and wipes what running tools use.
  const result = await run('npm', ['install', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error'], { stdout: 'stderr' });
  if (result.code !== 0) {
    throw new Error('npm could not install the packages. Check the network connection and the messages above, then try again.');
  }
}
