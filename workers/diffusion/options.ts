import { z } from 'zod';
import { createDiT, ditConfig, type DiTConfig } from '../nets/dit';
import { NULL_LABEL, forwardFlops, type DiffusionNet, type ImageShape } from '../nets/net';
import { createUNet, unetConfig, type UNetConfig } from '../nets/unet';
import { createObjective, type Objective } from './objective';

/** Options of every stage that trains a diffusion model. Defaults are the best of those measured at 16 px. */

const netShape = {
  net: z.enum(['unet', 'dit']).default('unet')
    .describe('Network: a small U-Net (faster, better at these sizes) or a diffusion transformer.'),
  width: z.int().min(0).max(512).default(0)
    .describe('Channels of the finest level, or width of the transformer. 0 chooses by image size: 32 at 16 px to 48 from 32 px on; 128 for the transformer.'),
  multipliers: z.string().regex(/^(auto|\d+(\.\d+)?(,\d+(\.\d+)?)*)$/, 'give auto or numbers separated by commas, such as 1,2,2').default('auto')
    .describe('U-Net: channels of each level relative to the width, finest first, such as 1,2. auto halves until the side is at most 8.'),
  attention: z.boolean().default(false)
    .describe('U-Net: self-attention at the coarsest level.'),
  patch: z.literal([2, 4]).default(4)
    .describe('Transformer: side in pixels of the square that becomes one token.'),
  depth: z.int().min(1).max(24).default(4)
    .describe('Transformer: number of blocks.'),
  heads: z.int().min(1).max(16).default(4)
    .describe('Transformer: attention heads; must divide the width.'),
};

const objectiveShape = {
  objective: z.enum(['flow', 'v', 'eps']).default('flow')
    .describe('What the network predicts: velocity of the straight path, v, or the noise. eps is clearly worse in short training.'),
  schedule: z.enum(['cosine', 'linear']).default('cosine')
    .describe('Noise schedule of v and eps; flow has its own straight path.'),
  minSnrGamma: z.number().min(0).max(100).default(0)
    .describe('Min-SNR loss weighting: ceiling of the signal-to-noise ratio, 5 in the paper. 0 weighs all times alike.'),
  timeSampling: z.enum(['uniform', 'logit-normal']).default('uniform')
    .describe('How training times are drawn: uniform, stratified over the batch, or logit-normal around the middle.'),
};

const optimiserShape = {
  learningRate: z.number().min(0).max(1).default(0)
    .describe('AdamW step size after the warm-up. 0 takes the measured best: 0.002 for the U-Net, 0.001 for the transformer.'),
  warmup: z.int().min(0).max(100_000).default(50)
    .describe('Steps over which the learning rate rises from zero; it is constant afterwards.'),
  weightDecay: z.number().min(0).max(1).default(0)
    .describe('Decoupled weight decay of AdamW.'),
  clip: z.number().min(0).max(1000).default(1)
    .describe('Global gradient norm is clipped to this; 0 does not clip.'),
  ema: z.number().min(0).max(0.99999).default(0.999)
    .describe('Ceiling of the decay of the averaged weights, min(ema, (1 + k) / (10 + k)) at step k; the average is what is used. 0 uses the weights themselves.'),
  classDrop: z.number().min(0).max(1).default(0.1)
    .describe('Share of images whose label is hidden in training, so that guidance has an unconditional branch.'),
  flip: z.boolean().default(false)
    .describe('Mirror every other training image at random. Off, because direction carries meaning in many data sets.'),
};

const samplerShape = {
  sampler: z.enum(['auto', 'euler', 'ddim', 'ddpm']).default('auto')
    .describe('How images are drawn: Euler along the flow, DDIM, or DDPM (random). auto takes Euler for flow and DDIM otherwise.'),
  samplerSteps: z.int().min(1).max(1000).default(20)
    .describe('Network evaluations per sampled image.'),
  guidance: z.number().min(0).max(20).default(1)
    .describe('Classifier-free guidance: 1 is none; 1.5 sharpens, lowers FD and costs recall. Doubles the cost of sampling.'),
  previewEvery: z.int().min(0).max(1_000_000).default(100)
    .describe('Steps between previews sampled from fixed noise; 0 shows none.'),
};

/** Option shape of a training stage; only the length differs between stages. */
export function trainingShape(defaults: { steps: number; batch: number }) {
  return {
    ...netShape,
    ...objectiveShape,
    steps: z.int().min(1).max(10_000_000).default(defaults.steps)
      .describe('Training steps.'),
    batch: z.int().min(1).max(4096).default(defaults.batch)
      .describe('Images per training step.'),
    ...optimiserShape,
    ...samplerShape,
  };
}

const everything = z.object(trainingShape({ steps: 1, batch: 1 }));

export type TrainingOptions = z.output<typeof everything>;
export type SamplerOptions = Pick<TrainingOptions, 'sampler' | 'samplerSteps' | 'guidance'>;

export type NetConfig = UNetConfig | DiTConfig;

/** Rebuilds a net from the configuration in an artifact. */
export function createNet(config: NetConfig): DiffusionNet & { config: NetConfig } {
  return config.kind === 'unet' ? createUNet(config) : createDiT(config);
}

/** The net that `options` ask for on images of this shape. @throws RetortError `net-*` naming what does not fit. */
export function netOf(options: TrainingOptions, shape: ImageShape): DiffusionNet & { config: NetConfig } {
  if (options.net === 'dit') return createDiT(ditConfig(shape, options));
  const multipliers = options.multipliers === 'auto' ? [] : options.multipliers.split(',').map(Number);
  return createUNet(unetConfig(shape, { ...options, multipliers }));
}

export function objectiveOf(options: TrainingOptions): Objective {
  return createObjective(options);
}

/** Learning rate of step k (from 0): linear warm-up, then constant. */
export function learningRateAt(options: TrainingOptions, step: number): number {
  const rate = options.learningRate || (options.net === 'dit' ? 1e-3 : 2e-3);
  return rate * Math.min(1, (step + 1) / Math.max(1, options.warmup));
}

/** Operations of a whole training: a backward pass costs two forward ones. */
export function trainingFlops(options: TrainingOptions, shape: ImageShape): number {
  return 3 * forwardFlops(netOf(options, shape)) * options.batch * options.steps;
}

/** One label an image, in class order, in proportion to `weights` (largest remainder, ties to the lower class). */
export function proportionalLabels(weights: ArrayLike<number>, count: number): Int32Array {
  const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  const shares = Array.from(weights, (weight, index) => ({ index, exact: (weight / total) * count }));
  const counts = shares.map(({ exact }) => Math.floor(exact));
  const missing = count - counts.reduce((sum, value) => sum + value, 0);
  const byRemainder = [...shares].sort((a, b) => (b.exact % 1) - (a.exact % 1) || a.index - b.index);
  for (let i = 0; i < missing; i++) counts[byRemainder[i].index]++;
  return Int32Array.from(counts.flatMap((n, label) => Array.from({ length: n }, () => label)));
}

/** Labels of a preview: at most `limit` images, whole rounds of all classes where they fit. */
export function previewLabels(classes: number, limit: number): Int32Array {
  const count = classes >= limit ? limit : classes * Math.floor(limit / classes);
  return Int32Array.from({ length: count }, (_, i) => i % classes);
}

/** `count` labels of the null condition. */
export function nullLabels(count: number): Int32Array {
  return new Int32Array(count).fill(NULL_LABEL);
}
