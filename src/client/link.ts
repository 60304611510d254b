import * as Comlink from 'comlink';
import type { Failure } from '../../workers/protocol';
import { failure, normalise } from './failure';
import type { Fault } from './types';

/** What the link needs of a worker; the tests bring their own. */
export type WorkerPort = Pick<Worker, 'postMessage' | 'addEventListener' | 'removeEventListener' | 'terminate'>;

/** Long enough for a worker that is busy with one step of a training on a slow machine. */
export const QUICK_CALL_MS = 120_000;

/**
 * One worker's lifetime: spawned on the first call, held in a field together with its proxy (a collected Comlink proxy
 * leaves its calls hanging), released before it is terminated. When the worker dies, every pending call rejects with a
 * `Failure`, `onDeath` runs, and the next call spawns a fresh worker.
 */
export class WorkerLink<Api> {
  private worker: WorkerPort | null = null;
  private remote: Comlink.Remote<Api> | null = null;
  private readonly pending = new Set<(reason: Failure) => void>();

  constructor(
    readonly name: Fault['worker'],
    private readonly spawn: () => WorkerPort,
    private readonly onDeath: (reason: Failure) => void,
  ) {}

  get alive(): boolean {
    return this.worker !== null;
  }

  /**
   * Runs one call against the worker. Rejects with a `Failure` only: the worker's own, `timeout` after `timeoutMs`, or
   * `worker-died`. A call that timed out may still finish in the worker; its answer is dropped.
   */
  async call<T>(invoke: (remote: Comlink.Remote<Api>) => Promise<T>, timeoutMs: number = Infinity): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let abandon: ((reason: Failure) => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        abandon = reject;
        this.pending.add(reject);
        if (timeoutMs !== Infinity) {
          const sentence = 'The worker has not answered for a while. It may be busy; try again, or reload the page to go on from the last checkpoint.';
          timer = setTimeout(() => reject(failure('timeout', sentence, `${this.name} after ${timeoutMs} ms`)), timeoutMs);
        }
        invoke(this.connect()).then(resolve, reject);
      });
    } catch (error) {
      throw normalise(error);
    } finally {
      clearTimeout(timer);
      if (abandon) this.pending.delete(abandon);
    }
  }

  /** Ends the worker, if any, and rejects what was pending. `onDeath` does not run. */
  kill(reason: Failure): void {
    const { worker, remote } = this;
    this.worker = null;
    this.remote = null;
    remote?.[Comlink.releaseProxy]();
    worker?.terminate();
    for (const reject of this.pending) reject(reason);
    this.pending.clear();
  }

  private connect(): Comlink.Remote<Api> {
    if (this.remote !== null) return this.remote;
    const worker = this.spawn();
    const died = (detail: string) => {
      // Words from a worker that was replaced meanwhile.
      if (this.worker !== worker) return;
      const reason = failure('worker-died', 'A background worker stopped. Finished work is kept; start the step again.', `${this.name}: ${detail}`);
      this.kill(reason);
      this.onDeath(reason);
    };
    worker.addEventListener('error', (event) => died(event.message || 'could not be loaded'));
    worker.addEventListener('messageerror', () => died('a message could not be read'));
    worker.addEventListener('message', (event: MessageEvent<{ alive?: string } | undefined>) => {
      if (event.data?.alive !== undefined) void watchLock(event.data.alive).then(died);
    });
    this.worker = worker;
    this.remote = Comlink.wrap<Api>(worker);
    return this.remote;
  }
}

/** Resolves when the holder of the lock has ended; see workers/liveness.ts. */
async function watchLock(name: string): Promise<string> {
  return navigator.locks.request(name, () => 'ended without a word');
}
