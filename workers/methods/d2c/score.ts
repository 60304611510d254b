import * as tf from '@tensorflow/tfjs-core';
import { meanSquare } from '../../engine/ops';
import { toUnit } from '../../engine/tensors';
import type { DataSet } from '../../data/types';
import type { DiffusionModel } from '../../diffusion/sampler';
import { midpoints } from '../../diffusion/schedule';
import { RandomStream } from '../../random';

export type NoiseKind = 'common' | 'independent';

export interface ScoringRequest {
  /** Number of stratified midpoints. */
  timesteps: number;
  noise: NoiseKind;
  /** Images a forward pass; every pass is filled up to it, so that only one shape ever runs. */
  batch: number;
  seed: number;
  /** Names the noise; another name is another noise seed. */
  stream: string;
}

/**
 * Difficulty of images under a class-conditional diffusion model (D2C Select, Algorithm 2 of arXiv 2507.05914):
 *
 *     s(x, c) = mean over t of || eps_t - eps_theta(alpha_t x + sigma_t eps_t, t, c) ||^2,   t = (j + 1/2) / T
 *
 * One pass an image and time, own label only; the squared norm sums over pixels and channels. Higher is harder. A score depends on
 * the image's row in the data set, never on its place in a batch.
 */
export class DifficultyScorer {
  private readonly stream: RandomStream;
  private readonly labels: Uint16Array;
  /** Common noise, one image a time, drawn once. */
  private readonly common: Float32Array[];

  constructor(
    private readonly model: DiffusionModel, private readonly dataset: DataSet, private readonly request: ScoringRequest,
  ) {
    this.stream = new RandomStream(request.seed, request.stream);
    this.labels = dataset.labels();
    this.common = request.noise === 'common'
      ? Array.from({ length: request.timesteps }, (_, j) => this.draw(j))
      : [];
  }

  private get values(): number {
    const { size, channels } = this.model.net.config;
    return size * size * channels;
  }

  /** The noise image at `index` of the stream. */
  private draw(index: number): Float32Array {
    this.stream.position = index * (this.values + (this.values % 2));
    return this.stream.normals(new Float32Array(this.values));
  }

  private noise(row: number, time: number): Float32Array {
    return this.request.noise === 'common' ? this.common[time] : this.draw(row * this.request.timesteps + time);
  }

  /**
   * Squared noise errors of at most `batch` images at every time, [rows.length, timesteps].
   * @param breathe awaited between forward passes.
   */
  async errors(rows: Uint32Array, breathe: () => Promise<unknown>): Promise<Float32Array<ArrayBuffer>> {
    const { timesteps, batch } = this.request;
    const { net, objective, params } = this.model;
    const { values } = this;
    const padded = Uint32Array.from({ length: batch }, (_, i) => rows[Math.min(i, rows.length - 1)]);
    const images = toUnit(this.dataset.pixels(padded));
    const labels = Int32Array.from(padded, (row) => this.labels[row]);
    const shape = [batch, net.config.size, net.config.size, net.config.channels];
    const results: tf.Tensor[] = [];
    try {
      for (const [j, level] of midpoints(objective.schedule, timesteps).entries()) {
        // Fresh arrays each time: some backends keep the array they are given until they need it.
        const noise = new Float32Array(batch * values);
        const noisy = new Float32Array(batch * values);
        padded.forEach((row, n) => noise.set(this.noise(row, j), n * values));
        for (let i = 0; i < noisy.length; i++) noisy[i] = level.alpha * images[i] + level.sigma * noise[i];
        results.push(tf.tidy(() => {
          const x = tf.tensor(noisy, shape);
          const output = net.apply(params, x, new Float32Array(batch).fill(level.t), labels);
          const estimate = objective.noise(level);
          const eps = tf.add(tf.mul(x, estimate.x), tf.mul(output, estimate.output));
          return tf.mul(meanSquare(eps, tf.tensor(noise, shape)), values);
        }));
        await breathe();
      }
      const out = new Float32Array(rows.length * timesteps);
      for (const [j, result] of results.entries()) {
        const column = await result.data();
        for (let n = 0; n < rows.length; n++) out[n * timesteps + j] = column[n];
      }
      return out;
    } finally {
      tf.dispose(results);
    }
  }
}

/** Row means of an [n, timesteps] matrix of errors, summed in float64. */
export function meanScores(errors: Float32Array, timesteps: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: errors.length / timesteps }, (_, n) => {
    let sum = 0;
    for (let j = 0; j < timesteps; j++) sum += errors[n * timesteps + j];
    return sum / timesteps;
  });
}
