import { afterAll } from 'vitest';
import { ledgerSuite } from '../ledger.testing';
import { openNodeWebGpu } from '../node-gpu.testing';

let release: () => void;

ledgerSuite('webgpu', async () => {
  const opened = await openNodeWebGpu();
  ({ release } = opened);
  return opened.engine;
});

afterAll(() => release());
