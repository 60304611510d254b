import { z } from 'zod';
import type { SelectOptions } from '../../protocol';

/** Options of the select stage; the defaults are what calibration found safe, with the paper's own value in the text. */
export const selectOptions = z.object({
  strategy: z
    .enum(['interval', 'min', 'max', 'medium', 'random', 'stratified', 'herding', 'kcenter', 'bestof', 'match'])
    .default('interval')
    .describe('How images are chosen in each class. "interval" walks the difficulty ranking in equal strides (D2C); "bestof" keeps the best of several random draws by Frechet distance; "match" swaps images until their features are distributed as the folder\'s; "random" is the baseline.'),
  imagesPerClass: z.int().min(1).max(100_000).default(10)
    .describe('Images kept per class; a class with fewer keeps all it has.'),
  multiplier: z.number().min(0.01).max(1).default(1)
    .describe('Stride of interval sampling relative to class size / images per class. 1 spans the whole ranking; the paper works out at 0.7, which leaves the hardest tail out.'),
  draws: z.int().min(1).max(1024).default(48)
    .describe('Random draws that "bestof" compares.'),
  strata: z.int().min(1).max(50).default(1)
    .describe('Equal parts of the difficulty ranking that "match" takes equally many images from. 1 lets it choose freely.'),
  seed: z.int().min(0).max(0xffffffff).default(0)
    .describe('Added to the seed of the run for everything drawn at random in the selection.'),
}) satisfies z.ZodType<SelectOptions>;
