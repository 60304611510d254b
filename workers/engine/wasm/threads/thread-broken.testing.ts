import { parentPort, workerData } from 'node:worker_threads';
import { RANGE_KERNELS, Station, type RangeExports, type ThreadStart } from './block';

/** A thread that takes one chunk and ends without a word, as one does that the system killed. */
const { start } = workerData as { start: ThreadStart };
const die = (): never => process.exit();
const run = Object.fromEntries(RANGE_KERNELS.map((name) => [name, die])) as unknown as RangeExports;
const station = new Station(start.memory, start.block, run, start.worker);
parentPort?.postMessage({ type: 'ready' });
for (;;) station.work();
