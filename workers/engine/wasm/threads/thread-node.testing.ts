import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadStart } from './block';
import { serve } from './loop';

/** A thread of the wasm engine in Node. */
await serve((workerData as { start: ThreadStart }).start, () => parentPort?.postMessage({ type: 'ready' }));
