import { setThreadsCount, setWasmPaths, type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { RetortError } from '../../failure';
import { installWasmKernels } from './kernels';
import { SimdModule, useSimd } from './simd/module';
import { browserThreads, type ThreadHost } from './threads/host';
import { shareMemory } from './threads/shared';

const BACKEND = 'wasm';
/** The only build of tfjs that is fetched. */
const BUILD = 'tfjs-backend-wasm-simd.wasm';
/** Beyond these a step of the nets here gains nothing. */
const MOST_THREADS = 8;

export interface WasmThreadOptions {
  /** Threads together with the caller's; 1 is none beside it. Without it, as many as the machine has processors less one for the page, but two on two, and 8 at most. */
  threads?: number;
  /** Where threads come from; the browser unless told. Null where there can be none. */
  threadHost?: ThreadHost | null;
  /** Limit for the threads to be ready, in milliseconds. */
  threadStartMs?: number;
  /** Silence after which a thread is taken for dead, in milliseconds. */
  threadPatienceMs?: number;
}

const REASONS = {
  'threads-started': 'Every thread started.',
  'threads-one-asked': 'One thread was asked for.',
  'threads-not-isolated': 'The page is not isolated from other origins, so that memory cannot be shared between threads. Serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.',
  'threads-one-core': 'The machine has one processor.',
  'threads-not-shared': 'The browser does not share memory of this size between threads.',
  'threads-not-started': 'The threads did not start in time.',
} as const;
type ReasonCode = keyof typeof REASONS;

/** How the backend computes. */
export interface WasmThreads {
  threads: number;
  threadsReason: string;
  threadsReasonCode: string;
}

export interface OpenedWasm extends WasmThreads {
  /** Resolves when a thread is lost and nothing more can be computed. */
  lost: Promise<RetortError>;
  close(): void;
}

function told(threads: number, code: ReasonCode): WasmThreads {
  return { threads, threadsReason: REASONS[code], threadsReasonCode: code };
}

/** Threads to start, or why there is only one. */
function plan(host: ThreadHost | null, { threads }: WasmThreadOptions): number | ReasonCode {
  if (threads !== undefined && threads <= 1) return 'threads-one-asked';
  if (!host) return 'threads-not-isolated';
  if (threads === undefined && host.cores < 2) return 'threads-one-core';
  return Math.min(threads ?? Math.max(2, host.cores - 1), MOST_THREADS);
}

/** tfjs' build with its memory declared shared; null where such a memory cannot be had. */
async function sharedBuild(host: ThreadHost, url: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = shareMemory(await host.read(url));
  try {
    // tfjs would not recover from a memory that it cannot get, so one of the same limits is tried before.
    const { buffer } = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true });
    return buffer instanceof SharedArrayBuffer && WebAssembly.validate(bytes) ? bytes : null;
  } catch {
    return null;
  }
}

let factory: (() => tf.KernelBackend | Promise<tf.KernelBackend>) | null = null;

/**
 * Starts tfjs' wasm backend on its single-threaded SIMD build and puts our functions into its memory, and threads of our own beside them where memory can be shared.
 * tfjs' threaded build is never taken: only its own kernels could use its threads, ours take their place wherever time is spent, and its worker is made
 * from the source text of a function, which a bundler's renaming breaks.
 *
 * @param urls addresses of the three tfjs-backend-wasm*.wasm files by file name.
 */
export async function openWasm(urls: Record<string, string>, options: WasmThreadOptions = {}): Promise<OpenedWasm> {
  const host = options.threadHost === undefined ? browserThreads() : options.threadHost;
  const wanted = plan(host, options);
  if (!host || typeof wanted === 'string') return { ...told(1, wanted as ReasonCode), ...await start(urls) };
  const shared = await sharedBuild(host, urls[BUILD]);
  if (!shared) return { ...told(1, 'threads-not-shared'), ...await start(urls) };
  const { url, withdraw } = await host.publish(shared);
  const single = await start({ ...urls, [BUILD]: url }).finally(withdraw);
  try {
    const pool = await single.module.openThreads(host, { threads: wanted, startMs: options.threadStartMs, patienceMs: options.threadPatienceMs });
    return { ...told(pool.size, 'threads-started'), lost: pool.lost, close: () => { pool.close(); single.close(); } };
  } catch {
    return { ...told(1, 'threads-not-started'), ...single };
  }
}

async function start(urls: Record<string, string>): Promise<Pick<OpenedWasm, 'lost' | 'close'> & { module: SimdModule }> {
  setWasmPaths(urls);
  installWasmKernels();
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setThreadsCount(1);
  // Kept, since removing the backend forgets how to make one.
  factory ??= tf.findBackendFactory(BACKEND);
  // A closed engine has removed it already.
  if (tf.findBackendFactory(BACKEND)) tf.removeBackend(BACKEND);
  tf.registerBackend(BACKEND, factory, 2);
  if (!(await tf.setBackend(BACKEND))) throw new Error('The wasm backend did not start.');
  const module = await SimdModule.create(tf.backend() as BackendWasm);
  useSimd(module);
  return { module, lost: new Promise(() => {}), close: () => tf.removeBackend(BACKEND) };
}
