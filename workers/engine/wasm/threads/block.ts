/**
 * The block of shared memory through which threads are told what to do, in int32 words. Ticket and count of done chunks lie on cache lines of their own, since every thread
 * writes them.
 */
export const WORD = {
  /** Number of the job in the high 24 bits, chunks nobody has taken yet in the low 8: taking one is one compare-and-exchange, and a late thread can never take part in a job it missed. */
  ticket: 0,
  /** Chunks finished. */
  done: 16,
  /** Threads that sleep until the ticket changes. */
  asleep: 32,
  /** Set by a thread whose kernel trapped. */
  failed: 33,
  /** What to run: index in `RANGE_KERNELS`, units, chunks, number of arguments. */
  kernel: 48,
  units: 49,
  chunks: 50,
  count: 51,
  /** Arguments as float64, which holds every pointer, int32 and float32. */
  args: 52,
} as const;

export const CHUNK_BITS = 8;
export const MOST_CHUNKS = (1 << CHUNK_BITS) - 1;
const MOST_ARGUMENTS = 24;
export const BLOCK_BYTES = 4 * WORD.args + 8 * MOST_ARGUMENTS;

/** The functions of our module that start with (begin, end, worker), in the order their numbers are sent in. */
export const RANGE_KERNELS = [
  'affine', 'binary', 'convolve', 'copyRows', 'exchange', 'filterGradient', 'groupNorm', 'groupNormGradient', 'pool2', 'reluGradient', 'silu', 'siluGradient', 'sumMiddle', 'upsample2',
] as const;
export type RangeKernel = (typeof RANGE_KERNELS)[number];
export type RangeExports = Record<RangeKernel, (begin: number, end: number, worker: number, ...values: number[]) => void>;

/** What a thread is started with. */
export interface ThreadStart {
  memory: WebAssembly.Memory;
  module: WebAssembly.Module;
  /** Byte address of the block. */
  block: number;
  /** From 1; the caller is worker 0. */
  worker: number;
}

/** One end of the block: takes chunks of the present job and runs them. */
export class Station {
  readonly words: Int32Array;
  readonly args: Float64Array;
  private job = -1;
  private values: number[] = [];

  constructor(memory: WebAssembly.Memory, block: number, private readonly run: RangeExports, private readonly worker: number) {
    // The views stay good when the memory grows: a shared buffer is never detached, and the block lies below its first end.
    this.words = new Int32Array(memory.buffer, block, BLOCK_BYTES / 4);
    this.args = new Float64Array(memory.buffer, block + 4 * WORD.args, MOST_ARGUMENTS);
  }

  /** Takes and runs one chunk. False when none was left. */
  work(): boolean {
    const { words } = this;
    for (;;) {
      const ticket = Atomics.load(words, WORD.ticket);
      const left = ticket & MOST_CHUNKS;
      if (left === 0) return false;
      if (Atomics.compareExchange(words, WORD.ticket, ticket, ticket - 1) !== ticket) continue;
      // The job cannot end, so nothing in the block changes, before this chunk is done.
      this.chunk(ticket >> CHUNK_BITS, left - 1);
      return true;
    }
  }

  private chunk(job: number, index: number): void {
    const { words } = this;
    if (job !== this.job) {
      this.job = job;
      this.values = Array.from(this.args.subarray(0, words[WORD.count]));
    }
    const units = words[WORD.units];
    const chunks = words[WORD.chunks];
    const [begin, end] = [Math.floor((units * index) / chunks), Math.floor((units * (index + 1)) / chunks)];
    this.run[RANGE_KERNELS[words[WORD.kernel]]](begin, end, this.worker, ...this.values);
    if (Atomics.add(words, WORD.done, 1) + 1 === chunks && this.worker > 0) Atomics.notify(words, WORD.done);
  }
}
