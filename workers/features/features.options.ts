import { z } from 'zod';
import { RetortError } from '../failure';
import type { Normalisation } from './preprocess';

export const featuresOptions = z.object({
  net: z.string().regex(/^([0-9a-f]{64})?$/, 'give the hash of a net that was added, 64 hexadecimal digits').default('')
    .describe('Hash of a feature net that was added, for a distance beside FD(domain); empty measures none.'),
  preprocessing: z.enum(['pytorch', 'tensorflow', 'clean']).default('pytorch')
    .describe('How images are brought to the size of the net: bilinear as pytorch-fid, bilinear as TensorFlow 1, or bicubic as clean-fid.'),
  images: z.int().min(2).max(5000).default(1000)
    .describe('Images taken of each side at most: test images, samples of each arm, and each half of the floor.'),
  inputSize: z.int().min(0).max(1024).default(0)
    .describe('Side in pixels that images are brought to for an ONNX net; 0 takes what the net states, or 224.'),
  mean: z.string().default('0.485,0.456,0.406')
    .describe('Mean of red, green and blue in [0, 1] that an ONNX net wants subtracted. The FID Inception has its own.'),
  std: z.string().default('0.229,0.224,0.225')
    .describe('Standard deviation of red, green and blue in [0, 1] that an ONNX net wants divided by.'),
});

export type FeaturesOptions = z.output<typeof featuresOptions>;

function triple(option: 'mean' | 'std', text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.length === 3 && numbers.every((value) => Number.isFinite(value) && (option === 'mean' || value > 0))) return numbers.map((value) => 255 * value);
  throw new RetortError('bad-normalisation', `features.${option} must be three numbers in [0, 1] separated by commas, such as 0.5,0.5,0.5, not "${text}".`, { option, text });
}

/** Mean and standard deviation of an ONNX net's input, in [0, 255]. @throws RetortError `bad-normalisation`. */
export function onnxNormalisation({ mean, std }: Pick<FeaturesOptions, 'mean' | 'std'>): Normalisation {
  return { mean: triple('mean', mean), std: triple('std', std) };
}
