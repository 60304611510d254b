import type { Traffic } from '../../workers/engine/webgpu/replay/meter';

/** One training step as measured in the page. */
export interface Measured {
  /** From the call until the loss was read. */
  ms: number;
  /** From the call until it returned: what JavaScript did before the device was waited for. */
  encodeMs: number;
  loss: number;
  /** What the step sent to the device; live and peak bytes as they are after it. */
  traffic: Traffic;
  /** Floating-point operations of the step, where the contestant counts them. */
  flops?: number;
}

export interface Contestant {
  step(step: number): Promise<Measured>;
}

/** Times a step that returns before its loss is known. */
export async function measure(traffic: () => Traffic, run: () => Promise<number>): Promise<Measured> {
  const before = { ...traffic() };
  const start = performance.now();
  const loss = run();
  const encodeMs = performance.now() - start;
  const value = await loss;
  const ms = performance.now() - start;
  const after = { ...traffic() };
  const grown = Object.fromEntries(Object.entries(after).map(([key, count]) => [key, count - before[key as keyof Traffic]])) as unknown as Traffic;
  return { ms, encodeMs, loss: value, traffic: { ...grown, liveBytes: after.liveBytes, peakBytes: after.peakBytes } };
}
