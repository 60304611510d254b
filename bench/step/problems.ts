import { convNetProblem } from './convnet';
import { ditProblem } from './dit';
import type { ProblemName } from './names';
import type { Problem } from './problem';
import { unetProblem } from './unet';

/** The steps that are measured; `wasm` is the U-Net's without a device. */
export const PROBLEMS = {
  unet: unetProblem,
  dit: ditProblem,
  convnet: convNetProblem,
  wasm: () => ({ ...unetProblem(), device: 'wasm' }),
} satisfies Record<ProblemName, () => Problem>;
