import { createReadStream, existsSync, realpathSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { dist } from './lib/paths.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.map': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.zip': 'application/zip',
};

/**
 * Isolation lets wasm use threads; the policy keeps the promise that no image leaves the page: nothing but its own origin
 * can be reached.
 */
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval' blob:",
    "worker-src 'self' blob:",
    "img-src 'self' blob: data:",
    "style-src 'self' 'unsafe-inline'",
    "connect-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/**
 * The file behind a request path, or null. Dot files and anything that resolves outside the folder, also through a
 * symbolic link, are not served.
 *
 * @param {string} folder
 * @param {string} url path part of the request, with query
 * @returns {string | null}
 */
export function locate(folder, url) {
  let path;
  try {
    path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
  } catch {
    return null;
  }
  if (path.includes('\0') || path.split(/[/\\]/).some((part) => part.startsWith('.'))) return null;
  const file = resolve(join(folder, path.endsWith('/') ? `${path}index.html` : path));
  if (!existsSync(file) || !statSync(file).isFile()) return null;
  const inside = realpathSync(folder) + sep;
  return realpathSync(file).startsWith(inside) ? file : null;
}

/**
 * Serves a folder on this machine only.
 *
 * @param {{ folder?: string, port?: number, host?: string, last?: number }} [options] ports from `port` to `last` are tried
 *   in order; port 0 lets the system choose
 * @returns {Promise<{ port: number, server: import('node:http').Server, close: () => Promise<void> }>}
 */
export async function serve(options = {}) {
  const { folder = dist, port = 0, host = '127.0.0.1', last = port } = options;
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...HEADERS, Allow: 'GET, HEAD' }).end();
      return;
    }
    const file = locate(folder, request.url ?? '/');
    if (!file) {
      response.writeHead(404, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' }).end('Not found\n');
      return;
    }
    response.writeHead(200, {
      ...HEADERS,
      'Content-Type': TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream',
      'Content-Length': statSync(file).size,
      // Hashed names never change; everything else is asked for anew, so that a rebuild shows at once.
      'Cache-Control': /[/\\]assets[/\\]/.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file).on('error', () => response.destroy()).pipe(response);
  });
  for (let candidate = port; ; candidate++) {
    const free = await listen(server, candidate, host, candidate < last);
    if (free) break;
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const close = () =>
    new Promise((/** @type {(value: void) => void} */ done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { port: address.port, server, close };
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @param {string} host
 * @param {boolean} mayRetry
 * @returns {Promise<boolean>} false when the port is taken and the caller may try the next
 */
function listen(server, port, host, mayRetry) {
  return new Promise((done, fail) => {
    /** @param {NodeJS.ErrnoException} error */
    const failed = (error) => (error.code === 'EADDRINUSE' && mayRetry ? done(false) : fail(error));
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      done(true);
    });
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '4173' }, host: { type: 'string', default: '127.0.0.1' } } });
  const { port } = await serve({ port: Number(values.port), host: values.host });
  console.log(`http://localhost:${port}/`);
}
