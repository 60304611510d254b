import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync } from 'vite';

/**
 * One import of one file. `kind` is `value`, `type` (erased by the compiler), `worker` for the URL of a `new Worker`, or
 * `asset` for any other `new URL(..., import.meta.url)`.
 *
 * @typedef {{ from: string, to: string, kind: 'value' | 'type' | 'worker' | 'asset' }} Edge
 */

const SOURCE = /\.(ts|tsx|mts|mjs)$/;
const WORKER_URL = /new\s+Worker\s*\(\s*new\s+URL\(\s*(['"])([^'"]+)\1\s*,\s*import\.meta\.url/g;
const ANY_URL = /new\s+URL\(\s*(['"])(\.{1,2}\/[^'"]+)\1\s*,\s*import\.meta\.url/g;
const TYPE_IMPORT = /\bimport\(\s*(['"])([^'"]+)\1\s*\)\s*\./g;

/**
 * Every source file under the folders, relative to the root, '/' separated.
 *
 * @param {string} root
 * @param {string[]} folders
 * @returns {string[]}
 */
export function sources(root, folders) {
  return folders.flatMap((folder) => {
    if (!existsSync(join(root, folder))) return [];
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
      .filter((name) => SOURCE.test(name) && !name.endsWith('.d.ts') && statSync(join(root, name)).isFile());
  });
}

/**
 * The file a relative import means, or the package name for a bare one.
 *
 * @param {string} root
 * @param {string} from
 * @param {string} request
 * @returns {string}
 */
function resolveRequest(root, from, request) {
  const bare = request.replace(/[?].*$/, '');
  if (!bare.startsWith('.')) return bare;
  const base = posix.join(posix.dirname(from), bare);
  const candidates = [base, `${base}.ts`, `${base}.tsx`, `${base}.mjs`, `${base}/index.ts`, `${base}/index.tsx`];
  return candidates.find((name) => existsSync(join(root, name)) && statSync(join(root, name)).isFile()) ?? base;
}

/**
 * Imports of one file, parsed with the bundler's own parser so that the rules see what is built.
 *
 * @param {string} root
 * @param {string} file
 * @param {string} [code]
 * @returns {Edge[]}
 */
export function importsOf(root, file, code = readFileSync(join(root, file), 'utf8')) {
  const { module, errors } = parseSync(file, code);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0].message}`);
  /** @type {[string, Edge['kind']][]} */
  const found = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    // `import './x'` has no entries and runs the module, so it is a value import.
    const erased = entries.length > 0 && entries.every((entry) => entry.isType);
    found.push([moduleRequest.value, erased ? 'type' : 'value']);
  }
  for (const { entries } of module.staticExports) {
    for (const entry of entries) {
      if (entry.moduleRequest) found.push([entry.moduleRequest.value, entry.isType ? 'type' : 'value']);
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const text = code.slice(moduleRequest.start, moduleRequest.end);
    if (/^(['"]).*\1$/s.test(text)) found.push([text.slice(1, -1), 'value']);
  }
  const workers = new Set([...code.matchAll(WORKER_URL)].map((match) => match[2]));
  for (const name of workers) found.push([name, 'worker']);
  for (const match of code.matchAll(ANY_URL)) if (!workers.has(match[2])) found.push([match[2], 'asset']);
  for (const match of code.matchAll(TYPE_IMPORT)) found.push([match[2], 'type']);
  return found.map(([request, kind]) => ({ from: file, to: resolveRequest(root, file, request), kind }));
}

/**
 * Cycles of value imports, each once, as paths that end where they began. Type imports are erased and may go round.
 *
 * @param {Edge[]} edges
 * @returns {string[][]}
 */
export function cycles(edges) {
  /** @type {Map<string, string[]>} */
  const next = new Map();
  for (const { from, to, kind } of edges) if (kind === 'value') next.set(from, [...(next.get(from) ?? []), to]);
  /** @type {Map<string, 'open' | 'closed'>} */
  const state = new Map();
  /** @type {string[]} */
  const path = [];
  /** @type {string[][]} */
  const found = [];
  /** @param {string} file */
  const visit = (file) => {
    state.set(file, 'open');
    path.push(file);
    for (const to of next.get(file) ?? []) {
      if (state.get(to) === 'open') found.push([...path.slice(path.indexOf(to)), to]);
      else if (!state.has(to)) visit(to);
    }
    path.pop();
    state.set(file, 'closed');
  };
  for (const file of next.keys()) if (!state.has(file)) visit(file);
  return found;
}

