import type { ThreadStart } from './block';

/** One thread as its maker sees it. */
export interface Thread {
  /** Sends what to start with; resolves when the thread is ready, rejects when it cannot be. */
  start(start: ThreadStart): Promise<void>;
  /** Resolves with the reason when the thread ends of itself. */
  readonly lost: Promise<string>;
  end(): void;
}

/** What threads need of the surroundings: a browser's worker, or Node in tests and benches. */
export interface ThreadHost {
  /** Processors of the machine. */
  readonly cores: number;
  spawn(): Thread;
  read(url: string): Promise<Uint8Array>;
  /** An address under which tfjs can fetch these bytes, and how to be rid of it. */
  publish(bytes: Uint8Array<ArrayBuffer>): Promise<{ url: string; withdraw(): void }>;
}

/** Messages from a thread to its maker. */
export type ThreadMessage = { type: 'ready' };

function spawn(): Thread {
  const worker = new Worker(new URL('./thread.worker.ts', import.meta.url), { type: 'module', name: 'wasm thread' });
  return {
    start: (start) => new Promise((resolve, reject) => {
      worker.addEventListener('message', () => resolve(), { once: true });
      worker.addEventListener('error', (event) => reject(new Error(event.message)), { once: true });
      worker.postMessage(start);
    }),
    lost: new Promise((resolve) => {
      worker.addEventListener('error', (event) => resolve(event.message), { once: true });
    }),
    end: () => worker.terminate(),
  };
}

/**
 * Threads of a browser, or null where there can be none: outside a worker, where waiting for them is forbidden, and where the page is not isolated
 * from other origins, so that memory cannot be shared.
 */
export function browserThreads(): ThreadHost | null {
  if ('document' in globalThis || !globalThis.crossOriginIsolated || typeof Worker === 'undefined') return null;
  return {
    cores: navigator.hardwareConcurrency,
    spawn,
    async read(url) {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
      return new Uint8Array(await response.arrayBuffer());
    },
    async publish(bytes) {
      const url = URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' }));
      return { url, withdraw: () => URL.revokeObjectURL(url) };
    },
  };
}
