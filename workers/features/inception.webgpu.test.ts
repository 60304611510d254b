import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNodeWebGpu } from '../engine/node-gpu.testing';
import { forwardErrors } from './inception.forward.testing';

let opened: Awaited<ReturnType<typeof openNodeWebGpu>>;
beforeAll(async () => {
  opened = await openNodeWebGpu();
}, 120_000);
afterAll(() => opened.release());

it('the FID Inception agrees block by block with float64 loops on WebGPU, where pools are tfjs\' own kernels', async () => {
  const errors = await forwardErrors(107, 4);
  expect(errors.size).toBe(19);
  for (const [name, error] of errors) expect(error, name).toBeLessThan(1e-5);
}, 300_000);
