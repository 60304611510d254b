import { z } from 'zod';
import type { IntakeOptions } from '../protocol';

/** Options of the intake stage: defaults, limits and the words that stand beside each control. */
export const intakeOptions = z.object({
  size: z.number().int().min(16).max(128).multipleOf(4).default(32)
    .describe('Working side in pixels. Every picture is brought to this square before anything learns from it.'),
  fit: z.enum(['crop', 'letterbox']).default('crop')
    .describe('Cut the largest centred square out of each picture, or keep the whole picture and fill the bars.'),
  background: z.string().regex(/^#[0-9a-fA-F]{6}$/).default('#ffffff')
    .describe('Colour that shows through transparency and in letterbox bars.'),
  channels: z.enum(['auto', 'grey', 'rgb']).default('auto')
    .describe('Keep grey pictures grey when all of them are (auto), or make every picture grey or colour.'),
  holdout: z.number().min(0.05).max(0.5).default(0.2)
    .describe('Share of each class held out for measuring, when the folder brings no test split of its own.'),
  seed: z.number().int().min(0).max(0xffffffff).default(0)
    .describe('Seed of the hold-out and of the choice under a limit.'),
  limit: z.number().int().min(0).default(0)
    .describe('Keep at most this many training images, drawn by the seed and balanced over the classes; 0 keeps all.'),
  reserve: z.number().int().min(0).default(30_000)
    .describe('Of the images a limit leaves over, keep at most this many to train the judging encoder, which no method sees.'),
  nearDuplicates: z.enum(['keep', 'drop']).default('keep')
    .describe('Only flag pictures that nearly repeat another one, or leave them out.'),
  keepOriginals: z.number().int().min(0).default(512 * 2 ** 20)
    .describe('Copy the source files into the store while they take no more than this many bytes, so that an export can carry them; 0 copies none.'),
}) satisfies z.ZodType<IntakeOptions>;
