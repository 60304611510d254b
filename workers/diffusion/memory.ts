import { parameterCount, type ImageShape } from '../nets/net';
import { netOf, type TrainingOptions } from './options';

/**
 * Numbers alive at the peak of a training step of one image, as the wasm engine holds them (`npx tsx workers/studio/peak.testing.ts wasm`). U-Net: in
 * tensors of the finest level, 159 to 178 at 16 to 64 px. Transformer: in tensors [tokens, width] a block, 237 to 247, attention matrices apart.
 */
const TAPE = { unet: 178, dit: 240, attention: 2 };
/** Numbers kept for every parameter: itself, its two moments, its average, its gradient. */
const KEPT = 5;

/** Bytes of tensors alive at the peak of a training step of a diffusion net. @throws RetortError `net-*` when the options make no net. */
export function trainingBytes(options: TrainingOptions, shape: ImageShape): number {
  const net = netOf(options, shape);
  const { config } = net;
  let tape: number;
  if (config.kind === 'unet') {
    tape = (config.size / 2) ** 2 * config.width * TAPE.unet;
  } else {
    const tokens = (config.size / config.patch) ** 2;
    tape = config.depth * (tokens * config.width * TAPE.dit + config.heads * tokens ** 2 * TAPE.attention);
  }
  return 4 * (options.batch * tape + KEPT * parameterCount(net));
}
