import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';

interface TensorEntry {
  resource: GPUBuffer | null;
  values: ArrayLike<number> | null;
  dtype: string;
}

/** What we use of the webgpu backend beyond its public types. */
export interface WebGpuInternals {
  device: GPUDevice;
  queue: GPUQueue;
  tensorMap: { get(dataId: DataId): TensorEntry };
  commandQueueOwnedIds: WeakSet<DataId>;
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  uploadToGPU(dataId: DataId): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** tfjs marks some of these private; they are stable in the frozen 4.22. */
export function internals(backend: WebGPUBackend): WebGpuInternals {
  return backend as unknown as WebGpuInternals;
}

/** The buffer of a float32 tensor, uploaded if need be. Marked as in use, so that disposal waits for the submit. */
export function bufferOf(gpu: WebGpuInternals, tensor: TensorInfo): GPUBuffer {
  gpu.uploadToGPU(tensor.dataId);
  gpu.commandQueueOwnedIds.add(tensor.dataId);
  const { resource } = gpu.tensorMap.get(tensor.dataId);
  if (!resource) throw new Error('A tensor has no buffer on the device.');
  return resource;
}

/** Forgets the copy tfjs keeps on the CPU after a read; needed whenever a buffer was written behind its back. */
export function forgetCopy(gpu: WebGpuInternals, tensor: TensorInfo): void {
  gpu.tensorMap.get(tensor.dataId).values = null;
}

/** The compute pass tfjs records into, opened if need be, so that our dispatches keep their place among its own. */
export function currentPass(gpu: WebGpuInternals): GPUComputePassEncoder {
  gpu.ensureCommandEncoderReady();
  gpu.computePassEncoder ??= gpu.commandEncoder!.beginComputePass();
  return gpu.computePassEncoder;
}

/** Submits everything recorded so far. */
export function submit(gpu: WebGpuInternals): void {
  gpu.ensureCommandEncoderReady();
  gpu.endComputePassEncoder();
  gpu.submitQueue();
}

/** A readback of `bytes` from the start of `buffer`, ordered after everything recorded so far. */
export async function readBuffer(gpu: WebGpuInternals, buffer: GPUBuffer, bytes: number): Promise<Float32Array<ArrayBuffer>> {
  const staging = gpu.device.createBuffer({ size: bytes, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  gpu.ensureCommandEncoderReady();
  gpu.endComputePassEncoder();
  gpu.commandEncoder!.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
  gpu.submitQueue();
  await staging.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return values;
}
