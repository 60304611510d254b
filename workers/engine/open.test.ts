import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { RetortError } from '../failure';
import { RandomStream } from '../random';
import { nodeWasmUrls } from './engine.testing';
import { openEngine } from './open';
import { passes, selfTest } from './self-test';
import { fromBytes, normals, read, toBytes } from './tensors';

const original = Object.getOwnPropertyDescriptor(globalThis, 'navigator');

/** Makes the browser offer this adapter. */
function offer(requestAdapter: () => Promise<unknown>): void {
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: { requestAdapter } }, configurable: true });
}

const adapter = (info: Record<string, unknown>, requestDevice: () => Promise<unknown> = () => Promise.reject(new Error('no device'))) => ({
  info: { vendor: '', architecture: '', device: '', description: '', ...info },
  features: new Set<string>(), limits: {}, requestDevice,
});

const open = () => openEngine({ engine: 'auto', wasmUrls: nodeWasmUrls() });

afterEach(() => {
  if (original) Object.defineProperty(globalThis, 'navigator', original);
  else Reflect.deleteProperty(globalThis, 'navigator');
});

describe('openEngine', () => {
  it('takes wasm where there is no adapter, and says so', async () => {
    offer(() => Promise.resolve(null));
    const { verdict } = await open();
    expect(verdict).toMatchObject({ kind: 'wasm', reasonCode: 'no-adapter', threads: 1 });
    expect(verdict.selfTest.every(passes)).toBe(true);
    expect(verdict.selfTest).toHaveLength(3);
  });

  it('takes wasm where asking for an adapter fails', async () => {
    offer(() => Promise.reject(new Error('lost')));
    expect((await open()).verdict.reasonCode).toBe('no-adapter');
  });

  it.each([
    [{ vendor: 'google', architecture: 'swiftshader' }], [{ vendor: 'mesa', description: 'llvmpipe (LLVM 15)' }],
    [{ vendor: 'microsoft', description: 'Microsoft Basic Render Driver' }], [{ vendor: 'acme', isFallbackAdapter: true }],
  ])('takes wasm rather than the software adapter %o', async (info) => {
    offer(() => Promise.resolve(adapter(info)));
    expect((await open()).verdict).toMatchObject({ kind: 'wasm', reasonCode: 'software-adapter' });
  });

  it('falls back to wasm when a hardware adapter gives no device', async () => {
    offer(() => Promise.resolve(adapter({ vendor: 'acme', architecture: 'gpu9' })));
    expect((await open()).verdict).toMatchObject({ kind: 'wasm', reasonCode: 'webgpu-failed' });
  });

  it('ends with a sentence when nothing can be opened', async () => {
    offer(() => Promise.resolve(null));
    const missing = Object.fromEntries(Object.keys(nodeWasmUrls()).map((name) => [name, `/nowhere/${name}`]));
    const failure = await openEngine({ engine: 'auto', wasmUrls: missing }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RetortError);
    expect((failure as RetortError).code).toBe('no-engine');
  });
});

describe('selfTest', () => {
  it('catches a kernel that is slightly wrong', async () => {
    await openEngine({ engine: 'cpu', wasmUrls: {} });
    const kernel = tf.getKernel('Conv2D', 'cpu');
    const replace = (config: tf.KernelConfig) => {
      tf.unregisterKernel('Conv2D', 'cpu');
      tf.registerKernel(config);
    };
    replace({
      ...kernel,
      kernelFunc: (call) => tf.mul(tf.engine().makeTensorFromTensorInfo(kernel.kernelFunc(call) as tf.TensorInfo), 1.01),
    });
    const checks = await selfTest().finally(() => replace(kernel));
    expect(checks.some((check) => !passes(check))).toBe(true);
    expect((await selfTest()).every(passes)).toBe(true);
  });
});

describe('tensors', () => {
  it('maps bytes to [-1, 1] and back', async () => {
    await openEngine({ engine: 'cpu', wasmUrls: {} });
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const values = await read(fromBytes(bytes, [1, 16, 16, 1]));
    expect([values[0], values[255]]).toEqual([-1, 1]);
    expect(toBytes(values)).toEqual(bytes);
    expect(toBytes(Float32Array.of(-3, 3))).toEqual(Uint8Array.of(0, 255));
  });

  it('draws the same normals from the same stream', async () => {
    await openEngine({ engine: 'cpu', wasmUrls: {} });
    const draw = () => read(normals(new RandomStream(1, 'test'), [5, 7]));
    expect(await draw()).toEqual(await draw());
  });
});
