/** Entry of a thread in Node, which knows nothing of TypeScript: loads the compiler, then what it was told to run. */
import { workerData } from 'node:worker_threads';
import { tsImport } from 'tsx/esm/api';

await tsImport(workerData.entry, import.meta.url);
