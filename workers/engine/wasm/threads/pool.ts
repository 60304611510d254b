import { RetortError } from '../../../failure';
import { BLOCK_BYTES, CHUNK_BITS, MOST_CHUNKS, RANGE_KERNELS, Station, WORD, type RangeExports, type RangeKernel } from './block';
import type { Thread, ThreadHost } from './host';

/** Chunks a thread would get if all were equally fast: small enough that a slow or late one does not hold up the others. */
const CHUNKS_A_THREAD = 4;
/** Looks at the count of finished chunks before the caller sleeps. */
const LOOKS = 4000;
/** One wait of the caller. Silence is counted in these and not by a clock, so that a computer waking from sleep does not look like a dead thread. */
const SLICE_MS = 500;

export interface PoolOptions {
  /** All threads together, the caller's own included: at least 2. */
  threads: number;
  /** Limit for all of them to be ready. */
  startMs?: number;
  /** Silence after which a thread that took a chunk is given up. */
  patienceMs?: number;
}

/** What the pool runs on: shared memory, the module linked by each thread, and the caller's own instance of it. */
export interface PoolSite {
  memory: WebAssembly.Memory;
  module: WebAssembly.Module;
  run: RangeExports;
  malloc(bytes: number): number;
}

function threadLost(threads: number, detail: string): RetortError {
  return new RetortError(
    'device-lost',
    `One of the ${threads} threads that WebAssembly computes on stopped answering. Resume the run from its last checkpoint; if it happens again, close other programs and reload the page.`,
    { threads }, { cause: new Error(detail) },
  );
}

/**
 * Runs kernels of our module on several threads at once. A kernel's outputs are cut into chunks that whoever is free takes next, so the same bytes come
 * out on any number of threads and in any order.
 */
export class ThreadPool {
  private job = 0;
  private broken: RetortError | null = null;
  private readonly station: Station;
  /** Resolves when a thread is lost; the pool then refuses to run. */
  readonly lost: Promise<RetortError>;
  private lose: (failure: RetortError) => void = () => {};
  private readonly patience: number;

  private constructor(private readonly threads: Thread[], site: PoolSite, block: number, options: PoolOptions) {
    this.station = new Station(site.memory, block, site.run, 0);
    this.patience = Math.max(1, Math.ceil((options.patienceMs ?? 20_000) / SLICE_MS));
    this.lost = new Promise((resolve) => { this.lose = resolve; });
    for (const thread of threads) void thread.lost.then((detail) => this.fail(detail));
  }

  /** @throws Error when the threads are not all ready within the limit; those that started are ended. */
  static async open(host: ThreadHost, site: PoolSite, options: PoolOptions): Promise<ThreadPool> {
    // The block starts on a cache line.
    const block = (site.malloc(BLOCK_BYTES + 64) + 63) & ~63;
    new Int32Array(site.memory.buffer, block, BLOCK_BYTES / 4).fill(0);
    const threads: Thread[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      while (threads.length < options.threads - 1) threads.push(host.spawn());
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('The threads were not ready in time.')), options.startMs ?? 10_000);
      });
      const started = threads.map((thread, i) => thread.start({ memory: site.memory, module: site.module, block, worker: i + 1 }));
      await Promise.race([late, Promise.all(started)]);
    } catch (error) {
      for (const thread of threads) thread.end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return new ThreadPool(threads, site, block, options);
  }

  /** All threads, the caller included. */
  get size(): number {
    return this.threads.length + 1;
  }

  /**
   * Runs units 0 to `units` of a kernel; returns when all are done.
   *
   * @throws RetortError `device-lost` when a thread was lost, now or before.
   */
  run(kernel: RangeKernel, units: number, args: readonly number[]): void {
    if (this.broken) throw this.broken;
    const { station: { words, args: slots } } = this;
    const chunks = Math.min(units, CHUNKS_A_THREAD * this.size, MOST_CHUNKS);
    slots.set(args);
    words[WORD.kernel] = RANGE_KERNELS.indexOf(kernel);
    words[WORD.units] = units;
    words[WORD.chunks] = chunks;
    words[WORD.count] = args.length;
    Atomics.store(words, WORD.done, 0);
    Atomics.store(words, WORD.ticket, (++this.job << CHUNK_BITS) | chunks);
    if (Atomics.load(words, WORD.asleep) > 0) Atomics.notify(words, WORD.ticket, chunks - 1);
    try {
      while (this.station.work());
    } catch (error) {
      // Its own chunk trapped: the others may still write, so nothing may follow.
      throw this.fail(String(error));
    }
    this.join(chunks);
  }

  private join(chunks: number): void {
    const { words } = this.station;
    for (let look = 0; look < LOOKS; look++) if (Atomics.load(words, WORD.done) === chunks) return;
    let silent = 0;
    for (;;) {
      const done = Atomics.load(words, WORD.done);
      if (done === chunks) return;
      const failed = Atomics.load(words, WORD.failed);
      if (failed > 0) throw this.fail(`A kernel trapped on thread ${failed}.`);
      silent = Atomics.wait(words, WORD.done, done, SLICE_MS) === 'timed-out' ? silent + 1 : 0;
      if (silent >= this.patience) throw this.fail(`No thread finished anything for ${(silent * SLICE_MS) / 1000} s.`);
    }
  }

  private fail(detail: string): RetortError {
    if (!this.broken) {
      this.broken = threadLost(this.size, detail);
      this.close();
      this.lose(this.broken);
    }
    return this.broken;
  }

  /** Ends the threads. */
  close(): void {
    for (const thread of this.threads) thread.end();
  }
}
