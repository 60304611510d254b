import * as tf from '@tensorflow/tfjs-core';
import { normal } from '../engine/ops';
import type { Params } from '../engine/types';
import { sizeOf } from '../nets/init';
import type { DiffusionNet } from '../nets/net';
import { RandomStream } from '../random';
import type { Combination, Objective } from './objective';
import { nullLabels, type SamplerOptions } from './options';
import { grid, transition, type Level } from './schedule';

/** A net with weights and the meaning of its output. */
export interface DiffusionModel {
  net: DiffusionNet;
  objective: Objective;
  params: Params;
}

export interface SampleRequest {
  /** One class index per image; `NULL_LABEL` samples without condition. */
  labels: Int32Array;
  options: SamplerOptions;
  /** Noise of image i depends on seed, stream label and i only, never on the batch it is drawn in. */
  seed: number;
  stream: string;
  /** Images on the device at a time. */
  batch: number;
  /** Clamps the estimated clean image to [-1, 1] in DDIM and DDPM (Euler has no such estimate). On unless told otherwise. */
  clip?: boolean;
  /** Awaited between steps, so that a long sampling can be paused and stopped. */
  breathe?: () => Promise<unknown>;
}

const CLEAN: Level = { t: 0, alpha: 1, sigma: 0 };

function combine({ x, output }: Combination, image: tf.Tensor, prediction: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(image, x), tf.mul(prediction, output));
}

/** The net's output at one time, guided: u + g (c - u) with c under the label and u under the null condition (Ho and Salimans 2022). */
export function predict(
  { net, params }: DiffusionModel, x: tf.Tensor, t: number, labels: Int32Array, guidance: number,
): tf.Tensor {
  const n = labels.length;
  if (guidance === 1) return net.apply(params, x, new Float32Array(n).fill(t), labels);
  const both = Int32Array.from([...labels, ...nullLabels(n)]);
  const output = net.apply(params, tf.concat([x, x]), new Float32Array(2 * n).fill(t), both);
  const rest = output.shape.slice(1);
  const zeros = rest.map(() => 0);
  const conditional = tf.slice(output, [0, ...zeros], [n, ...rest]);
  const free = tf.slice(output, [n, ...zeros], [n, ...rest]);
  return tf.add(free, tf.mul(tf.sub(conditional, free), guidance));
}

/** Noise of images first.. in order, each with a place of its own in the stream: images have an even number of values. */
function noiseOf(stream: RandomStream, first: number, [count, ...shape]: number[]): tf.Tensor {
  stream.position = first * sizeOf(shape);
  return normal([count, ...shape], tf.tensor1d(stream.key()));
}

/** x at `to` by DDIM (Song et al. 2021, eta 0) or, with `noise`, by the ancestral step of DDPM (Ho et al. 2020), for any schedule. */
function denoise(clean: tf.Tensor, x: tf.Tensor, from: Level, to: Level, noise: tf.Tensor | null): tf.Tensor {
  if (noise === null) {
    const eps = tf.mul(tf.sub(x, tf.mul(clean, from.alpha)), 1 / from.sigma);
    return tf.add(tf.mul(clean, to.alpha), tf.mul(eps, to.sigma));
  }
  const { alpha, variance } = transition(from, to);
  const total = from.sigma * from.sigma;
  const mean = tf.add(
    tf.mul(x, (alpha * to.sigma * to.sigma) / total),
    tf.mul(clean, (to.alpha * variance) / total),
  );
  const deviation = Math.sqrt(Math.max(0, variance)) * (to.sigma / from.sigma);
  return tf.add(mean, tf.mul(noise, deviation));
}

/**
 * Draws one image a label by Euler steps along the probability flow, DDIM or DDPM. Deterministic per seed.
 *
 * @returns labels.length images [size, size, channels], float in about [-1, 1], one after the other.
 */
export async function sample(model: DiffusionModel, request: SampleRequest): Promise<Float32Array<ArrayBuffer>> {
  const { labels, options, seed, stream, batch, clip = true, breathe } = request;
  const { net, objective } = model;
  const { size, channels } = net.config;
  const values = size * size * channels;
  const sampler = options.sampler === 'auto' ? (objective.config.objective === 'flow' ? 'euler' : 'ddim') : options.sampler;
  const levels = grid(objective.schedule, options.samplerSteps);
  const start = new RandomStream(seed, stream);
  const steps = new RandomStream(seed, `${stream}/steps`);
  const out = new Float32Array(labels.length * values);

  for (let first = 0; first < labels.length; first += batch) {
    const part = labels.slice(first, first + batch);
    const shape = [part.length, size, size, channels];
    const draw = (source: RandomStream, round: number): tf.Tensor =>
      noiseOf(source, round * labels.length + first, shape);
    let x = tf.tidy(() => draw(start, 0));
    try {
      for (let i = 0; i < options.samplerSteps; i++) {
        const from = levels[i];
        const last = i + 1 === options.samplerSteps;
        const next = tf.tidy(() => {
          const prediction = predict(model, x, from.t, part, options.guidance);
          if (sampler === 'euler') return tf.add(x, tf.mul(combine(objective.velocity(from), x, prediction), levels[i + 1].t - from.t));
          const estimate = combine(objective.image(from), x, prediction);
          const clean = clip ? tf.clipByValue(estimate, -1, 1) : estimate;
          const noise = sampler === 'ddpm' && !last ? draw(steps, i) : null;
          return denoise(clean, x, from, last ? CLEAN : levels[i + 1], noise);
        });
        x.dispose();
        x = next;
        await breathe?.();
      }
      out.set((await x.data()) as Float32Array, first * values);
    } finally {
      x.dispose();
    }
  }
  return out;
}
