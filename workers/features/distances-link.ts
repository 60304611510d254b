import { RetortError } from '../failure';
import type { Distances } from './distances';
import { linkWorker } from './worker-link';

function stopped(message: string): RetortError {
  return new RetortError('distance-stopped', 'The worker that compares features stopped, perhaps for want of memory. Take fewer images (features.images) and resume the run.', {}, { cause: new Error(message) });
}

/** Distances computed in a worker of their own, which `close` ends. */
export function startDistances(): Distances & { close(): void } {
  const worker = new Worker(new URL('../distance.worker.ts', import.meta.url), { type: 'module', name: 'distance' });
  const link = linkWorker<Distances>(worker, stopped);
  return {
    frechet: (...samples) => link.call((remote) => remote.frechet(...samples)),
    kernel: (...samples) => link.call((remote) => remote.kernel(...samples)),
    close: () => link.close(),
  };
}
