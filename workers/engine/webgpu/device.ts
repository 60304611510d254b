import * as tf from '@tensorflow/tfjs-core';
import type { RetortError } from '../../failure';
import { RecordingBackend } from './backend';
import { watchFaults } from './faults';

const BACKEND = 'webgpu';
const FEATURES: GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];
const LIMITS = [
  'maxStorageBuffersPerShaderStage', 'maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup', 'maxComputeWorkgroupSizeX', 'maxComputeWorkgroupsPerDimension',
] as const;
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|software/i;

/** An adapter and what is known about it before anything runs on it. */
export interface AdapterFound {
  adapter: GPUAdapter;
  name: string;
  /** Rendered by the processor: slower than wasm. */
  software: boolean;
}

/** Asks the browser for its fastest adapter; null when it has none. */
export async function findAdapter(): Promise<AdapterFound | null> {
  const gpu = globalThis.navigator?.gpu;
  if (!gpu) return null;
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return null;
  const { vendor, architecture, device, description } = adapter.info;
  const name = [vendor, architecture || device, description].filter(Boolean).join(' ') || 'unnamed adapter';
  const fallback = (adapter.info as GPUAdapterInfo & { isFallbackAdapter?: boolean }).isFallbackAdapter
    ?? (adapter as GPUAdapter & { isFallbackAdapter?: boolean }).isFallbackAdapter ?? false;
  return { adapter, name, software: fallback || SOFTWARE.test(name) };
}

/** Everything known about an adapter and what drives it, as a key for what was measured on it. */
export function identityOf({ adapter }: AdapterFound): string {
  const info = adapter.info as GPUAdapterInfo & { driver?: string };
  return [info.vendor, info.architecture, info.device, info.description, info.driver ?? '', globalThis.navigator.userAgent ?? ''].join('|');
}

export interface DeviceOpened {
  backend: RecordingBackend;
  device: GPUDevice;
  /** Resolves when the device cannot be used any more for a reason other than our own closing. */
  lost: Promise<RetortError>;
}

/** Opens a device with every feature and limit we can use and makes tfjs run on it. */
export async function openDevice({ adapter }: AdapterFound): Promise<DeviceOpened> {
  const device = await adapter.requestDevice({
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
  const backend = new RecordingBackend(device, adapter.info);
  const lost = watchFaults(device, backend);
  tf.removeBackend(BACKEND);
  tf.registerBackend(BACKEND, () => backend, 3);
  if (!(await tf.setBackend(BACKEND))) throw new Error('tfjs refused the WebGPU backend.');
  return { backend, device, lost };
}
