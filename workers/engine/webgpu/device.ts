import * as tf from '@tensorflow/tfjs-core';
import { RecordingBackend } from './backend';

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

export interface DeviceOpened {
  backend: RecordingBackend;
  device: GPUDevice;
  /** Resolves with a sentence when the device is lost for a reason other than our own closing. */
  lost: Promise<string>;
}

/** Opens a device with every feature and limit we can use and makes tfjs run on it. */
export async function openDevice({ adapter }: AdapterFound): Promise<DeviceOpened> {
  const device = await adapter.requestDevice({
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
  const lost = new Promise<string>((resolve) => {
    void device.lost.then(({ reason, message }) => {
      if (reason !== 'destroyed' || message !== '') resolve(lostSentence(message));
    });
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      // tfjs goes on with buffers full of zeros after a failed call, so nothing computed from here on can be trusted.
      resolve(errorSentence(error.message));
    });
  });
  const backend = new RecordingBackend(device, adapter.info);
  tf.removeBackend(BACKEND);
  tf.registerBackend(BACKEND, () => backend, 3);
  if (!(await tf.setBackend(BACKEND))) throw new Error('tfjs refused the WebGPU backend.');
  return { backend, device, lost };
}

function lostSentence(message: string): string {
  const detail = message ? ` (${message})` : '';
  return `The graphics card went away while computing${detail}. Resume the run from its last checkpoint; if it happens again, choose a smaller setting or the wasm engine.`;
}

function errorSentence(message: string): string {
  const memory = /memory/i.test(message);
  return memory
    ? 'The graphics card ran out of memory. Choose a smaller resolution, batch or network and resume from the last checkpoint.'
    : `The graphics driver refused a command (${message}). Resume from the last checkpoint; if it happens again, choose the wasm engine.`;
}
