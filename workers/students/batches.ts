import { toUnit } from '../engine/tensors';
import { augment } from '../nets/encoder.data';
import { RandomStream } from '../random';
import type { StudentOptions } from './options';
import type { ImageSet } from './packed';

export interface BatchShape {
  size: number;
  channels: number;
  classes: number;
}

/** A draw of Beta(alpha, alpha) by Johnk's rejection, which suits alpha up to about one. */
export function beta(stream: RandomStream, alpha: number): number {
  for (;;) {
    const x = stream.uniform() ** (1 / alpha);
    const y = stream.uniform() ** (1 / alpha);
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}

/**
 * Minibatches of a student by step number: every epoch a fresh shuffle, every batch shifted, mirrored and mixed from a stream of its own. What a step sees
 * depends on seed, name and step alone; students of one seed on different sets share shuffles of equal sets, moves and mixing weights.
 */
export class StudentBatches {
  /** Images of every batch. */
  readonly count: number;
  private readonly perEpoch: number;
  private epoch = -1;
  private order: Uint32Array = new Uint32Array();

  constructor(
    private readonly set: ImageSet, private readonly shape: BatchShape, private readonly options: StudentOptions, private readonly seed: number,
    private readonly name: string,
  ) {
    this.count = Math.min(options.batch, set.labels.length);
    this.perEpoch = Math.floor(set.labels.length / this.count);
  }

  /** Images [N, size, size, channels] in [-1, 1] and mixed one-hot targets [N, classes] of step `step`, from 0. */
  at(step: number): { images: Float32Array<ArrayBuffer>; targets: Float32Array<ArrayBuffer> } {
    const { set, shape: { size, channels, classes }, options, seed, name, count } = this;
    const epoch = Math.floor(step / this.perEpoch);
    if (epoch !== this.epoch) {
      this.order = new RandomStream(seed, `${name}/order/${epoch}`).shuffle(Uint32Array.from(set.labels, (_, row) => row));
      this.epoch = epoch;
    }
    const first = (step % this.perEpoch) * count;
    const rows = this.order.subarray(first, first + count);
    const each = size * size * channels;
    const pixels = new Uint8Array(count * each);
    rows.forEach((row, i) => pixels.set(set.pixels.subarray(row * each, (row + 1) * each), i * each));
    const stream = new RandomStream(seed, `${name}/augment/${step}`);
    const images = toUnit(augment(pixels, size, channels, { flip: options.flip, shift: Math.round(options.shift * size), erase: 0 }, stream));
    const targets = new Float32Array(count * classes);
    rows.forEach((row, i) => { targets[i * classes + set.labels[row]] = 1; });
    if (options.mixup > 0) {
      // One weight a batch and a partner for every image, as in mixup's own code.
      const share = beta(stream, options.mixup);
      const partner = stream.shuffle(Uint32Array.from({ length: count }, (_, i) => i));
      mix(images, each, partner, share);
      mix(targets, classes, partner, share);
    }
    return { images, targets };
  }
}

/** Replaces row i of `values` by share * row i + (1 - share) * row partner[i]. */
function mix(values: Float32Array, width: number, partner: Uint32Array, share: number): void {
  const before = values.slice();
  for (let i = 0; i < partner.length; i++) {
    const other = partner[i] * width;
    for (let k = 0; k < width; k++) values[i * width + k] = share * before[i * width + k] + (1 - share) * before[other + k];
  }
}
