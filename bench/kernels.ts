import { apart } from './apart';
import type { Bench } from './bench';

export const kernels: Bench = {
  name: 'kernels', summary: 'GFLOP/s of every product of the nets on WebGPU: the chosen tile against the best of an exhaustive search', run: apart('./kernels-measure.ts'),
};

export const halves: Bench = {
  name: 'halves', summary: 'a training step with operands in halves against one in single precision: bytes, memory, dispatches, time, losses', run: apart('./halves-measure.ts'),
};
