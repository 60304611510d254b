import type { Engine } from '../engine/types';
import type { Bundle } from '../runs/types';
import { blocksOf, classifierFromWeights, type Classifier, type ConvNet } from './convnet';
import { storedWeights } from './stored';

/** Shape of a domain encoder: 3x3 convolutions with batch normalisation and ReLU, global average pooling, one linear head. */
export interface EncoderConfig {
  /** Side in pixels and channels of its images. */
  size: number;
  channels: number;
  /** Outputs of the head. */
  classes: number;
  /** Channels of the first layer; features have twice as many dimensions. */
  width: number;
}

/**
 * 32 - 64/2 - 64 - 96/2 - 64 channels ("/2" halves the side), which takes 16 px to a 4x4 map. Each further doubling of the side
 * puts one more halving layer behind the first, so that the last map stays at about 4x4.
 */
export function encoderNet({ size, channels, classes, width }: EncoderConfig): ConvNet {
  const extra = Math.max(0, Math.round(Math.log2(size / 4)) - 2);
  const plan: [to: number, stride: 1 | 2][] = [
    [width, 1], ...Array.from({ length: extra }, (): [number, 2] => [width, 2]),
    [2 * width, 2], [2 * width, 1], [3 * width, 2], [2 * width, 1],
  ];
  return { size, channels, classes, pooling: 'average', blocks: blocksOf(size, channels, plan.map(([to, stride]) => ({ to, stride, pool: false }))) };
}

/**
 * The encoder of a stored artifact on `engine`, which must be the open one; the caller disposes it before closing the engine.
 * @throws RetortError `artifact-incomplete` when weights are missing.
 */
export function loadEncoder(_engine: Engine, bundle: Bundle): Classifier {
  const net = encoderNet(bundle.head.config as EncoderConfig);
  return classifierFromWeights(net, storedWeights(net, bundle));
}
