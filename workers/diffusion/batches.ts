import type { DataSet } from '../data/types';
import { toUnit } from '../engine/tensors';
import { NULL_LABEL } from '../nets/net';
import { RandomStream } from '../random';
import type { NoisingInput } from './noising';
import { lossWeight, type Objective } from './objective';
import type { TrainingOptions } from './options';

/** One training batch on the CPU. The inputs of `noised` say what the net is shown and what it should answer. */
export interface Batch extends Record<NoisingInput, Float32Array<ArrayBuffer>> {
  time: Float32Array<ArrayBuffer>;
  labels: Int32Array<ArrayBuffer>;
  /** Weight of each image's loss. */
  weights: Float32Array<ArrayBuffer>;
}

/** Mirrors the width axis of one image in place. */
function mirror(image: Float32Array, size: number, channels: number): void {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size >> 1; column++) {
      for (let c = 0; c < channels; c++) {
        const a = (row * size + column) * channels + c;
        const b = (row * size + (size - 1 - column)) * channels + c;
        const held = image[a];
        image[a] = image[b];
        image[b] = held;
      }
    }
  }
}

const STREAMS = ['time', 'noise', 'drop', 'flip'] as const;

/**
 * Draws the batches of a training. Images come in epochs, each a fresh permutation of `rows`; noise, times and hidden labels
 * have streams of their own, so that switching one option leaves the others' draws as they were.
 */
export class BatchSource {
  private readonly streams: Record<(typeof STREAMS)[number], RandomStream>;
  private readonly labels: Uint16Array;
  private epoch = -1;
  private order: Uint32Array;

  /** @param label names the training; @param rows rows of the data set to train on, at least one. */
  constructor(
    private readonly dataset: DataSet, private readonly rows: Uint32Array, private readonly objective: Objective,
    private readonly options: TrainingOptions, private readonly seed: number, private readonly label: string,
  ) {
    this.streams = {
      time: new RandomStream(seed, `${label}/time`),
      noise: new RandomStream(seed, `${label}/noise`),
      drop: new RandomStream(seed, `${label}/drop`),
      flip: new RandomStream(seed, `${label}/flip`),
    };
    this.labels = dataset.labels();
    this.order = rows.slice();
  }

  /** Words drawn from each stream, for a checkpoint. The order of images follows from the step alone. */
  positions(): Record<string, number> {
    return Object.fromEntries(STREAMS.map((name) => [name, this.streams[name].position]));
  }

  restore(positions: Record<string, number>): void {
    for (const name of STREAMS) this.streams[name].position = positions[name];
  }

  private row(draw: number): number {
    const epoch = Math.floor(draw / this.rows.length);
    if (epoch !== this.epoch) {
      this.order = new RandomStream(this.seed, `${this.label}/order/${epoch}`).shuffle(this.rows.slice());
      this.epoch = epoch;
    }
    return this.order[draw % this.rows.length];
  }

  private times(): Float32Array<ArrayBuffer> {
    const { batch, timeSampling } = this.options;
    const stream = this.streams.time;
    return Float32Array.from({ length: batch }, (_, i) =>
      timeSampling === 'uniform' ? (i + stream.uniform()) / batch : 1 / (1 + Math.exp(-stream.normal())));
  }

  /** The batch of step `step` (from 0); steps must be asked for in order. */
  batch(step: number): Batch {
    const { batch, classDrop, flip, minSnrGamma } = this.options;
    const { size, channels } = this.dataset.summary;
    const values = size * size * channels;
    const rows = Uint32Array.from({ length: batch }, (_, i) => this.row(step * batch + i));
    const images = toUnit(this.dataset.pixels(rows));
    const noise = this.streams.noise.key();
    // Normals take words in pairs.
    this.streams.noise.position += 2 * Math.ceil((batch * values) / 2);
    const time = this.times();
    const [alpha, sigma, imageShare, noiseShare, weights] = Array.from({ length: 5 }, () => new Float32Array(batch));
    const labels = new Int32Array(batch);
    for (let n = 0; n < batch; n++) {
      if (flip && this.streams.flip.uniform() < 0.5) mirror(images.subarray(n * values, (n + 1) * values), size, channels);
      labels[n] = this.streams.drop.uniform() < classDrop ? NULL_LABEL : this.labels[rows[n]];
      const level = this.objective.schedule.at(time[n]);
      const target = this.objective.target(level);
      weights[n] = lossWeight(this.objective, level, minSnrGamma);
      alpha[n] = level.alpha;
      sigma[n] = level.sigma;
      imageShare[n] = target.image;
      noiseShare[n] = target.noise;
    }
    return { images, noise, alpha, sigma, imageShare, noiseShare, time, labels, weights };
  }
}
