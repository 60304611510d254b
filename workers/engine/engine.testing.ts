import { createRequire } from 'node:module';
import path from 'node:path';
import { openEngine } from './open';
import type { Engine } from './types';
import type { EngineKind } from '../protocol';

const NAMES = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];

/** Paths of the wasm builds in node_modules, as Node's wasm backend takes them. */
export function nodeWasmUrls(): Record<string, string> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  return Object.fromEntries(NAMES.map((name) => [name, path.join(folder, name)]));
}

/** An engine for tests in Node. */
export function openTestEngine(engine: EngineKind): Promise<Engine> {
  return openEngine({ engine, wasmUrls: nodeWasmUrls() });
}
