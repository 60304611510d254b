import { describe, expect, it } from 'vitest';
import { watchFaults } from './faults';
import { Meter } from './replay/meter';

/** As much of a device as its meter and its faults look at. */
class FakeDevice extends EventTarget {
  lose: (info: { reason: string; message: string }) => void = () => undefined;
  readonly lost = new Promise((resolve) => {
    this.lose = resolve;
  });
  readonly queue = { submit: () => undefined, writeBuffer: () => undefined };

  createBuffer({ size }: GPUBufferDescriptor): object {
    if (size > 2 ** 40) throw new RangeError('Array buffer allocation failed');
    return { size, destroy: () => undefined };
  }
  createBindGroup(): object {
    return {};
  }
  createComputePipeline(): object {
    return {};
  }
  createComputePipelineAsync(): Promise<object> {
    return Promise.resolve({});
  }
  createCommandEncoder(): object {
    return {};
  }
}

function watched(closed = false): { fake: FakeDevice; device: GPUDevice; meter: Meter; fault: ReturnType<typeof watchFaults> } {
  const fake = new FakeDevice();
  const device = fake as unknown as GPUDevice;
  const meter = new Meter(device);
  return { fake, device, meter, fault: watchFaults(device, { closed, meter }) };
}

class GPUOutOfMemoryError extends Error {}
class GPUInternalError extends Error {}
class GPUValidationError extends Error {}

describe('what a device reports', () => {
  it.each([
    [new GPUOutOfMemoryError('no more'), 'out-of-memory'],
    [new GPUInternalError('VK_ERROR_OUT_OF_DEVICE_MEMORY'), 'out-of-memory'],
    [new GPUInternalError('the compiler of pipelines ended'), 'device-refused'],
    [new GPUValidationError('Buffer is too small'), 'device-refused'],
  ])('%s becomes %s', async (error, code) => {
    const { fake, device, fault } = watched();
    device.createBuffer({ size: 5e6, usage: 0 });
    fake.dispatchEvent(Object.assign(new Event('uncapturederror'), { error }));
    const told = await fault;
    expect(told.code).toBe(code);
    expect((told.cause as Error).message).toBe(error.message);
    expect(told.sentence).toMatch(code === 'out-of-memory' ? /about 5 MB in use\. Halve the batch/ : /Resume the run/);
  });

  it.each([[false, 'device-lost'], [true, 'quiet']])('a loss, with the engine closed: %s, becomes %s', async (closed, outcome) => {
    const { fake, fault } = watched(closed);
    fake.lose({ reason: 'destroyed', message: '' });
    await fake.lost;
    expect(await Promise.race([fault.then(({ code }) => code), new Promise((resolve) => setTimeout(() => resolve('quiet'), 5))])).toBe(outcome);
  });

  it('a mapped buffer the page has no memory for is told by the call itself, and not counted', () => {
    const { device, meter } = watched();
    expect(() => device.createBuffer({ size: 2 ** 41, usage: 0, mappedAtCreation: true })).toThrow(expect.objectContaining({ code: 'out-of-memory' }));
    expect(meter.traffic).toMatchObject({ liveBytes: 0, buffersCreated: 0 });
  });

  it('a buffer over the cap is refused before the device hears of it', () => {
    const { device, meter } = watched();
    meter.cap = 2 ** 20;
    device.createBuffer({ size: 2 ** 19, usage: 0 });
    expect(() => device.createBuffer({ size: 2 ** 20, usage: 0 })).toThrow(expect.objectContaining({ code: 'over-cap', params: { held: 2, allowed: 1 } }));
    device.createBuffer({ size: 2 ** 19, usage: 0 });
    expect(meter.traffic.liveBytes).toBe(2 ** 20);
  });
});
