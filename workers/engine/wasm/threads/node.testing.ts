import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Thread, ThreadHost } from './host';

const ENTRY = new URL('./thread-node.testing.ts', import.meta.url).href;

function spawn(entry: string): Thread {
  let lose: (reason: string) => void = () => {};
  let end = (): void => {};
  return {
    start: (start) => new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./node-thread.mjs', import.meta.url), { workerData: { entry, start } });
      let ended = false;
      end = () => {
        ended = true;
        void worker.terminate();
      };
      // A program that has nothing left to do may end without closing its engine.
      worker.unref();
      worker.once('message', () => resolve());
      worker.once('error', reject);
      worker.once('exit', (code) => { if (!ended) lose(`It ended with code ${code}.`); });
    }),
    lost: new Promise((resolve) => { lose = resolve; }),
    end: () => end(),
  };
}

/** Threads of Node, for tests and benches. @param entry address of what a thread runs; tests give broken ones. */
export function nodeThreads(entry: string = ENTRY): ThreadHost {
  return {
    cores: availableParallelism(),
    spawn: () => spawn(entry),
    read: async (url) => new Uint8Array(await readFile(url)),
    async publish(bytes) {
      const folder = await mkdtemp(path.join(tmpdir(), 'retort-wasm-'));
      const url = path.join(folder, 'shared.wasm');
      await writeFile(url, bytes);
      return { url, withdraw: () => void rm(folder, { recursive: true, force: true }) };
    },
  };
}
