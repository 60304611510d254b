import { z } from 'zod';

/** Options of both encoder stages. */
export const encoderOptions = z.object({
  epochs: z.int().min(1).max(200).default(6).describe('Passes over the training images, at most; training ends early when held-out images stop gaining.'),
  minSteps: z.int().min(1).max(20_000).default(400).describe('Steps taken at least, whatever the epochs: a small folder needs more passes.'),
  maxSteps: z.int().min(1).max(1_000_000).default(1_000_000).describe('Steps taken at most, whatever the epochs: a large folder is learnt before its last image was seen often.'),
  batch: z.int().min(2).max(512).default(64).describe('Images per training step.'),
  learningRate: z.number().min(1e-5).max(0.1).default(2e-3).describe('Peak learning rate of AdamW; falls to zero along a cosine.'),
  weightDecay: z.number().min(0).max(1).default(0.01).describe('Decoupled weight decay of AdamW.'),
  labelSmoothing: z.number().min(0).max(0.5).default(0.05).describe('Probability spread evenly over all classes in the training targets.'),
  flip: z.boolean().default(true).describe('Mirror images at random. Switch off where left and right tell classes apart, as in digits.'),
  shift: z.number().min(0).max(0.25).default(0.0625).describe('Largest random shift, as a share of the image side.'),
  width: z.int().min(8).max(128).multipleOf(8).default(32).describe('Channels of the first layer; features have twice as many dimensions.'),
});

export type EncoderOptions = z.infer<typeof encoderOptions>;
