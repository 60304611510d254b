import type { Format } from './half';
import { matMulKernel } from './matmul';
import { Trial } from './trial';
import { same } from './tune';

const PRODUCT = {
  batch: [1], batches: 1, aBatches: 1, bBatches: 1, rows: 16, depth: 16, columns: 16, transposeA: false, transposeB: false,
};

/** Whether shaders of this device can read halves themselves, with the same bits as by unpacking them. */
export async function readsHalves(device: GPUDevice): Promise<boolean> {
  if (!device.features.has('shader-f16')) return false;
  const bits = async (native: boolean): Promise<Uint32Array> => {
    const format: Format = { a: 'half', b: 'half', native };
    const trial = new Trial(device, matMulKernel(PRODUCT, true, format));
    try {
      await trial.prepare(trial.kernel.usual);
      return await trial.bits(trial.kernel.usual);
    } finally {
      trial.dispose();
    }
  };
  return Promise.all([bits(true), bits(false)]).then(([native, unpacked]) => same(native, unpacked), () => false);
}
