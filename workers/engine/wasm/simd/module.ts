import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { internals } from '../heap';
import type { RangeExports, RangeKernel } from '../threads/block';
import { ThreadPool, type PoolOptions } from '../threads/pool';
import type { ThreadHost } from '../threads/host';
import { shareMemory } from '../threads/shared';
import { BINARY } from './binary';

/** What the compiled module offers; arguments are numbers, pointers byte addresses. Documented in assembly/*.as. */
export type SimdExports = RangeExports
  & Record<'adamw' | 'affineGradient' | 'average' | 'pack', (...values: number[]) => void>
  & Record<'convolveScratch' | 'groupNormScratch' | 'squares', (...values: number[]) => number>;

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * Our own wasm functions inside the memory of a tfjs wasm backend, so that they read and write its tensors in place, plus what they need
 * on that heap: one growing scratch block and the gather tables of convolutions.
 */
export class SimdModule {
  private scratchAddress = 0;
  private scratchBytes = 0;
  private readonly tables = new Map<string, number>();
  /** Who helps the caller, if anyone. */
  pool: ThreadPool | null = null;
  /** Work below this is done sooner than threads can be told of it, in nanoseconds. */
  worthSharing = 25_000;

  private constructor(private readonly backend: BackendWasm, private readonly module: WebAssembly.Module, readonly run: SimdExports) {}

  /** Compiles the module and links it to the backend's memory, which may be shared. */
  static async create(backend: BackendWasm): Promise<SimdModule> {
    const { memory } = internals(backend).wasm.asm;
    const bytes = decode(BINARY);
    const { module, instance } = await WebAssembly.instantiate(isShared(memory) ? shareMemory(bytes) : bytes, { env: { memory } });
    return new SimdModule(backend, module, instance.exports as unknown as SimdExports);
  }

  /** Puts threads behind `spread`. The memory must be shared. @throws Error when they do not start. */
  async openThreads(host: ThreadHost, options: PoolOptions): Promise<ThreadPool> {
    const { wasm } = internals(this.backend);
    this.pool = await ThreadPool.open(host, { memory: wasm.asm.memory, module: this.module, run: this.run, malloc: (bytes) => wasm._malloc(bytes) >>> 0 }, options);
    return this.pool;
  }

  /** Threads that may run a kernel at once, the caller included: scratch that is written in a kernel must be there for each. */
  get workers(): number {
    return this.pool?.size ?? 1;
  }

  /**
   * Runs units 0 to `units` of a kernel with the arguments after (begin, end, worker), on threads where it pays.
   *
   * @param nanoseconds about what one unit takes on one thread.
   */
  spread(kernel: RangeKernel, units: number, nanoseconds: number, ...args: number[]): void {
    if (this.pool && units > 1 && units * nanoseconds >= this.worthSharing) this.pool.run(kernel, units, args);
    else this.run[kernel](0, units, 0, ...args);
  }

  /** At least `bytes` of memory that hold until the next call. */
  scratch(bytes: number): number {
    if (bytes > this.scratchBytes) {
      const { wasm } = internals(this.backend);
      if (this.scratchAddress) wasm._free(this.scratchAddress);
      this.scratchAddress = wasm._malloc(bytes) >>> 0;
      this.scratchBytes = bytes;
    }
    return this.scratchAddress;
  }

  /** Address of an int32 table kept under `key`, made on first use. Geometries of a net are few and their tables small. */
  table(key: string, make: () => Int32Array): number {
    // malloc answers a negative int32 above 2 GiB, hence the shifts.
    let address = this.tables.get(key);
    if (address === undefined) {
      const { wasm } = internals(this.backend);
      const values = make();
      address = wasm._malloc(values.byteLength) >>> 0;
      new Int32Array(wasm.HEAPF32.buffer, address, values.length).set(values);
      this.tables.set(key, address);
    }
    return address;
  }
}

/** Whether a memory can be shared with threads. SharedArrayBuffer is not even a name where pages are not isolated. */
function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
}

let current: SimdModule | null = null;

/** The module of the open backend. */
export function simd(): SimdModule {
  if (!current) throw new Error('The wasm engine is not open.');
  return current;
}

export function useSimd(module: SimdModule): void {
  current = module;
}
