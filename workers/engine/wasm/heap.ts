import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';

/** What we use of the wasm backend beyond its public types: one heap entry. */
interface HeapEntry {
  id: number;
  memoryOffset: number;
}

/** The Emscripten module behind the backend. */
interface WasmModule {
  HEAPF32: Float32Array;
  asm: { memory: WebAssembly.Memory };
  _malloc(bytes: number): number;
  _free(address: number): void;
  tfjs: { registerTensor(id: number, size: number, memoryOffset: number): void; disposeData(id: number): void };
}

interface Internals {
  wasm: WasmModule;
  dataIdMap: { get(dataId: DataId): HeapEntry };
  dataIdNextNumber: number;
}

/** tfjs marks these members private; they are stable in the frozen 4.22 and there is no other way to the heap. */
export function internals(backend: BackendWasm): Internals {
  return backend as unknown as Internals;
}

export function sizeOfInfo(info: TensorInfo): number {
  return info.shape.reduce((product, size) => product * size, 1);
}

/** The numbers of a float32 tensor on the heap. Valid until the next allocation, which may move the heap. */
export function view(backend: BackendWasm, info: TensorInfo): Float32Array {
  const { wasm, dataIdMap } = internals(backend);
  const start = dataIdMap.get(info.dataId).memoryOffset / 4;
  return wasm.HEAPF32.subarray(start, start + sizeOfInfo(info));
}

/** Byte address of a tensor on the heap, as our own wasm functions take it. */
export function address(backend: BackendWasm, info: TensorInfo): number {
  return internals(backend).dataIdMap.get(info.dataId).memoryOffset;
}

/**
 * Tells XNNPACK that a tensor's numbers changed. It keeps packed copies of filters by tensor id, so the same heap bytes get a
 * new id, and what was packed under the old one is freed.
 */
export function renew(backend: BackendWasm, info: TensorInfo): void {
  const inner = internals(backend);
  const entry = inner.dataIdMap.get(info.dataId);
  inner.wasm.tfjs.disposeData(entry.id);
  entry.id = inner.dataIdNextNumber++;
  inner.wasm.tfjs.registerTensor(entry.id, sizeOfInfo(info), entry.memoryOffset);
}
