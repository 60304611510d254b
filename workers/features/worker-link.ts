import * as Comlink from 'comlink';
import type { RetortError } from '../failure';

/** A worker that another worker started, and its end. */
export interface NestedWorker<Api> {
  /** Runs one call; rejects with what the worker throws, or with `stopped` when it dies. */
  call<T>(invoke: (remote: Comlink.Remote<Api>) => Promise<T>): Promise<T>;
  close(): void;
}

/** @param stopped the error of a worker that died, from the browser's message. */
export function linkWorker<Api>(worker: Worker, stopped: (message: string) => RetortError): NestedWorker<Api> {
  const died = new Promise<never>((_, reject) => worker.addEventListener('error', (event) => reject(stopped(event.message))));
  died.catch(() => undefined);
  const remote = Comlink.wrap<Api>(worker);
  return {
    call: (invoke) => Promise.race([died, invoke(remote)]),
    close() {
      remote[Comlink.releaseProxy]();
      worker.terminate();
    },
  };
}
