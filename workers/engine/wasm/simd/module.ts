import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { internals } from '../heap';
import { BINARY } from './binary';

/** What the compiled module offers; arguments are numbers, pointers byte addresses. Documented in assembly/*.as. */
export type SimdExports = Record<
  | 'adamw' | 'affine' | 'average' | 'binary' | 'convolve' | 'copyRows' | 'filterGradient' | 'groupNorm' | 'groupNormGradient' | 'pool2'
  | 'reluGradient' | 'silu' | 'siluGradient' | 'sumMiddle' | 'upsample2',
  (...values: number[]) => void
> & Record<'convolveScratch' | 'groupNormScratch' | 'squares', (...values: number[]) => number>;

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

  private constructor(private readonly backend: BackendWasm, readonly run: SimdExports) {}

  /** Compiles the module and links it to `memory`. */
  static async create(backend: BackendWasm, memory: WebAssembly.Memory): Promise<SimdModule> {
    const { instance } = await WebAssembly.instantiate(decode(BINARY), { env: { memory } });
    return new SimdModule(backend, instance.exports as unknown as SimdExports);
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

let current: SimdModule | null = null;

/** The module of the open backend. */
export function simd(): SimdModule {
  if (!current) throw new Error('The wasm engine is not open.');
  return current;
}

export function useSimd(module: SimdModule): void {
  current = module;
}
