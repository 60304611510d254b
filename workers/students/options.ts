import { z } from 'zod';

/** Options of the teacher: the net whose labels are the soft ones, and whose accuracy is the ceiling of the folder. */
export const teacherOptions = z.object({
  width: z.int().min(8).max(256).multipleOf(8).default(32).describe('Channels of every block of the teacher.'),
  epochs: z.int().min(1).max(500).default(20).describe('Passes over the training images, at most; training ends early when held-out images stop gaining.'),
  minSteps: z.int().min(1).max(100_000).default(400).describe('Steps taken at least, whatever the epochs.'),
  maxSteps: z.int().min(1).max(1_000_000).default(1_000_000).describe('Steps taken at most, whatever the epochs.'),
  batch: z.int().min(2).max(512).default(64).describe('Images per training step.'),
  learningRate: z.number().min(1e-5).max(0.1).default(2e-3).describe('Peak learning rate of AdamW; falls to zero along a cosine.'),
  weightDecay: z.number().min(0).max(1).default(0.01).describe('Decoupled weight decay of AdamW.'),
  flip: z.boolean().default(true).describe('Mirror images at random. Switch off where left and right tell classes apart, as in digits.'),
  shift: z.number().min(0).max(0.25).default(0.125).describe('Largest random shift, as a share of the image side.'),
});

export type TeacherOptions = z.output<typeof teacherOptions>;

/** Options of the students: small nets trained on a set from scratch, the same way whatever the set. */
export const studentOptions = z.object({
  seeds: z.int().min(0).max(20).default(3).describe('Students trained for each set and each kind of labels, each from a seed of its own; 0 trains none.'),
  steps: z.int().min(1).max(100_000).default(300).describe('Training steps of every student, whatever the size of its set.'),
  batch: z.int().min(2).max(512).default(50).describe('Images per training step, at most all of the set.'),
  width: z.int().min(8).max(256).multipleOf(8).default(32).describe('Channels of every block of a student.'),
  learningRate: z.number().min(1e-5).max(0.1).default(1e-3).describe('Peak learning rate of AdamW; falls to zero along a cosine.'),
  weightDecay: z.number().min(0).max(1).default(0.01).describe('Decoupled weight decay of AdamW.'),
  flip: z.boolean().default(true).describe('Mirror images at random. Switch off where left and right tell classes apart, as in digits.'),
  shift: z.number().min(0).max(0.25).default(0.125).describe('Largest random shift, as a share of the image side.'),
  mixup: z.number().min(0).max(4).default(0.8).describe('Alpha of mixup (Beta(alpha, alpha)); 0 mixes nothing.'),
  temperature: z.number().min(1).max(100).default(4).describe('Temperature of the soft labels.'),
  teacherMode: z.enum(['eval', 'batch']).default('eval')
    .describe('Statistics the teacher labels with: its running ones, or those of the batch it labels, as the scripts of DWA and SRe2L do.'),
  packed: z.boolean().default(true)
    .describe('Train on random images at half the side too, four for one: a baseline of the same stored bytes.'),
});

export type StudentOptions = z.output<typeof studentOptions>;
