import { describe, expect, it } from 'vitest';
import { Pace, SUBMIT_BUDGET } from './pace';

/** A device that does `rate` operations in a millisecond, one submit after the other, on a clock that only moves when told. */
class FakeDevice {
  time = 0;
  private busyUntil = 0;
  private readonly waiting: { at: number; resolve: () => void }[] = [];
  readonly pace = new Pace(() => this.done(), () => this.time);

  constructor(private readonly rate: number, private readonly latency = 2) {}

  private done(): Promise<void> {
    const at = this.busyUntil + this.latency;
    return new Promise((resolve) => this.waiting.push({ at, resolve }));
  }

  /** Encodes and submits kernels of so many operations each as the backend does; returns the milliseconds of every submit. */
  run(kernels: readonly number[]): number[] {
    const submits: number[] = [];
    let encoded = 0;
    const submit = (): void => {
      submits.push(encoded / this.rate);
      this.busyUntil = Math.max(this.busyUntil, this.time) + encoded / this.rate;
      encoded = 0;
      this.pace.submit();
    };
    for (const flops of kernels) {
      if (this.pace.full(flops)) submit();
      this.pace.add(flops);
      encoded += flops;
    }
    submit();
    return submits;
  }

  async advance(milliseconds: number): Promise<void> {
    for (const end = this.time + milliseconds; this.time < end;) {
      this.time += Math.min(10, end - this.time);
      for (const { at, resolve } of this.waiting) if (at <= this.time) resolve();
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    }
  }
}

const kernels = (count: number, flops: number): number[] => Array.from({ length: count }, () => flops);

describe('the pace of submits', () => {
  it('cuts the work of a slow device so that no submit outlasts the budget, from the first one on', async () => {
    const device = new FakeDevice(1e6);
    for (let round = 0; round < 5; round++) {
      const submits = device.run(kernels(40, 5e7));
      expect(Math.max(...submits)).toBeLessThanOrEqual(SUBMIT_BUDGET);
      await device.advance(4000);
    }
    // Cut no finer than needed either.
    expect(Math.max(...device.run(kernels(40, 5e7)))).toBeGreaterThan(SUBMIT_BUDGET / 5);
  });

  it('stops cutting on a fast device within a few rounds', async () => {
    const device = new FakeDevice(1e9);
    for (let round = 0; round < 10; round++) {
      device.run(kernels(15, 1e9));
      await device.advance(100);
    }
    expect(device.run(kernels(15, 1e9))).toHaveLength(1);
  });

  it('takes no credence in small work, whose time is the way there and back', async () => {
    const device = new FakeDevice(1e9, 20);
    const before = device.pace.limit;
    for (let round = 0; round < 10; round++) {
      device.run([1000]);
      await device.advance(30);
    }
    expect(device.pace.limit).toBe(before);
  });

  it('follows a device that slows down', async () => {
    const fast = new FakeDevice(1e8);
    for (let round = 0; round < 12; round++) {
      fast.run(kernels(50, 1e9));
      await fast.advance(1000);
    }
    const before = fast.pace.limit;
    Object.assign(fast, { rate: 1e6 });
    for (let round = 0; round < 3; round++) {
      fast.run(kernels(5, 2e8));
      await fast.advance(60_000);
    }
    expect(fast.pace.limit).toBeLessThan(before / 20);
    expect(Math.max(...fast.run(kernels(5, 2e8)))).toBeLessThanOrEqual(SUBMIT_BUDGET);
  });

  it('lets whoever runs ahead wait until the device is through', async () => {
    const device = new FakeDevice(1e6);
    device.run([3e9]);
    let waited = false;
    await device.advance(100);
    await device.pace.settle();
    await device.advance(SUBMIT_BUDGET);
    void device.pace.settle().then(() => { waited = true; });
    await device.advance(100);
    expect(waited).toBe(false);
    await device.advance(3000);
    expect(waited).toBe(true);
  });
});
