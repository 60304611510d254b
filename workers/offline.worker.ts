/**
 * The service worker: keeps the whole build at hand, so that the studio opens without a network after the first visit, and gives
 * every answer the two headers of cross-origin isolation, which a static host may not send. It never asks another origin.
 */

const scope = self as unknown as ServiceWorkerGlobalScope;

/** Written by the build beside this file: every file of it but the large ones that few need, and a name that changes with any of them. */
interface OfflineList {
  build: string;
  files: string[];
}

const PREFIX = 'retort-';
const list = (async (): Promise<OfflineList> => (await (await fetch('./offline.json', { cache: 'no-cache' })).json()) as OfflineList);

async function fill(): Promise<void> {
  const { build, files } = await list();
  const cache = await caches.open(PREFIX + build);
  await cache.addAll(files.map((file) => new Request(file, { cache: 'no-cache' })));
}

/** Drops the builds before this one. */
async function tidy(): Promise<void> {
  const { build } = await list();
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== PREFIX + build) await caches.delete(name);
}

function isolated(response: Response): Response {
  if (response.status === 0 || response.type === 'opaque') return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** Fetches what is not at hand. Files named by their content are kept from now on: those that the list leaves out come only when somebody needs them. */
async function fetched(request: Request): Promise<Response> {
  const response = await fetch(request);
  if (response.ok && request.url.startsWith(new URL('assets/', scope.location.href).href)) {
    const copy = response.clone();
    // A disk that is full is no reason to fail: the file is there, only not for the next time.
    await list().then(async ({ build }) => (await caches.open(PREFIX + build)).put(request, copy)).catch(() => undefined);
  }
  return response;
}

/** Pages come from the network first, so that a new build is seen at once; what they load is named by its content and never changes. */
async function answer(request: Request): Promise<Response> {
  const kept = await caches.match(request, { ignoreSearch: true });
  if (request.mode !== 'navigate') return isolated(kept ?? (await fetched(request)));
  try {
    return isolated(await fetch(request));
  } catch (error) {
    const page = kept ?? (await caches.match('./index.html'));
    if (page) return isolated(page);
    throw error;
  }
}

scope.addEventListener('install', (event) => event.waitUntil(fill().then(() => scope.skipWaiting())));
scope.addEventListener('activate', (event) => event.waitUntil(tidy().then(() => scope.clients.claim())));
scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && new URL(request.url).origin === scope.location.origin) event.respondWith(answer(request));
});
