import { blocksOf, type ConvNet } from '../nets/convnet';

/**
 * The ConvNet of the data set distillation papers: blocks of 3x3 convolution, batch normalisation, ReLU and 2x2 average pooling, all of one width,
 * then a linear head on the flattened map. Three blocks at 32 px, two at 16, one more for each doubling; a side that cannot be halved so often gets fewer.
 */
export function studentNet({ size, channels, classes }: { size: number; channels: number; classes: number }, width: number): ConvNet {
  let halvings = 0;
  while (size % 2 ** (halvings + 1) === 0) halvings++;
  const depth = Math.min(halvings, Math.max(2, Math.round(Math.log2(size / 4))));
  const plan = Array.from({ length: depth }, () => ({ to: width, stride: 1 as const, pool: true }));
  return { size, channels, classes, pooling: 'flatten', blocks: blocksOf(size, channels, plan) };
}
