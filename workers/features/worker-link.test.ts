import * as Comlink from 'comlink';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { directDistances } from './distances';
import { startDistances } from './distances-link';
import { startOnnx } from './onnx-link';

/** A worker whose other end the test holds; it answers with `api`, or dies when told to. */
class FakeWorker extends EventTarget {
  static last: FakeWorker;
  static api: object | null = null;
  terminated = false;
  private readonly channel = new MessageChannel();

  constructor() {
    super();
    FakeWorker.last = this;
    if (FakeWorker.api) Comlink.expose(FakeWorker.api, this.channel.port2 as unknown as Comlink.Endpoint);
    this.channel.port1.addEventListener('message', (event) => this.dispatchEvent(Object.assign(new Event('message'), { data: (event as MessageEvent).data as unknown })));
    this.channel.port1.start();
  }

  postMessage(message: unknown, transfer: ArrayBuffer[] = []): void {
    this.channel.port1.postMessage(message, transfer);
  }

  terminate(): void {
    this.terminated = true;
    this.channel.port1.close();
  }

  die(): void {
    this.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
  }
}

vi.stubGlobal('Worker', FakeWorker);
afterEach(() => FakeWorker.last.terminate());

describe('a worker that a worker started', () => {
  it('answers what the same call answers here, and ends when it is closed', async () => {
    FakeWorker.api = directDistances;
    const distances = startDistances();
    const [a, b] = [Float32Array.of(0, 1, 2, 5, 4, 4), Float32Array.of(1, 1, 3, 2, 0, 1)];
    expect(await distances.frechet(a, 3, b, 3, 2)).toBe(await directDistances.frechet(a, 3, b, 3, 2));
    expect(await distances.kernel(a, 3, b, 3, 2)).toBe(await directDistances.kernel(a, 3, b, 3, 2));
    distances.close();
    expect(FakeWorker.last.terminated).toBe(true);
  });

  it('leaves no call hanging when it dies, and says what to do', async () => {
    FakeWorker.api = null;
    const distance = startDistances().frechet(Float32Array.of(1), 1, Float32Array.of(1), 1, 1);
    FakeWorker.last.die();
    await expect(distance).rejects.toMatchObject({ code: 'distance-stopped', sentence: expect.stringContaining('Take fewer images') });
    const session = startOnnx(new Uint8Array(4));
    FakeWorker.last.die();
    await expect(session).rejects.toMatchObject({ code: 'onnx-stopped', sentence: expect.stringContaining('smaller net') });
    expect(FakeWorker.last.terminated).toBe(true);
  });
});
