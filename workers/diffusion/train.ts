import * as tf from '@tensorflow/tfjs-core';
import { meanSquare } from '../engine/ops';
import { toBytes } from '../engine/tensors';
import type { CompiledStep, Engine, Optimizer, Params } from '../engine/types';
import { RetortError } from '../failure';
import { conditionInputs, conditionShapes, type DiffusionNet } from '../nets/net';
import { RandomStream } from '../random';
import type { Bundle, StageContext } from '../runs/types';
import { BatchSource, type Batch } from './batches';
import { noised, noisingShapes, type NoisingInput } from './noising';
import type { Objective } from './objective';
import { learningRateAt, previewLabels, type TrainingOptions } from './options';
import { sample } from './sampler';

export interface TrainingRequest {
  net: DiffusionNet;
  objective: Objective;
  options: TrainingOptions;
  /** Rows of the data set to train on. */
  rows: Uint32Array;
  /** Names the random streams. Two trainings with the same seed and name share initial weights, noise and times. */
  stream: string;
  /** Steps after which `evaluate` runs. */
  evaluateAt?: ReadonlySet<number>;
  /** `params` are the averaged weights, valid during the call. `breathe` must be awaited in long evaluations. */
  evaluate?(step: number, params: Params, breathe: () => Promise<void>): Promise<void>;
  /** JSON-safe state of the caller that must survive with the checkpoint; refilled in place on resume. */
  carry?: Record<string, unknown>;
  /** Called when a checkpoint was put back, so that what was shown before can be shown again. */
  resumed?(): void;
}

export interface TrainingResult {
  /** Averaged weights by name (the weights themselves when `ema` is 0). */
  weights: Record<string, Float32Array<ArrayBuffer>>;
  /** Loss of every step. */
  losses: Float32Array<ArrayBuffer>;
}

/** Moments of Adam as in the papers. */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
/** Steps between readings of the loss, which wait for the device. */
const METRIC_EVERY = 10;
const PREVIEW_IMAGES = 16;
const PREVIEW_BATCH = 16;

type BatchInput = NoisingInput | 'time' | 'labels' | 'weights';

/** The training step on batches of one size: mean over batch and pixels of the weighted squared error of the net's output. */
function compileTraining(engine: Engine, optimizer: Optimizer, net: DiffusionNet, batch: number): CompiledStep<BatchInput> {
  const { size, channels } = net.config;
  return engine.compileStep(optimizer, {
    inputs: { ...noisingShapes(batch, size, channels), weights: [batch], ...conditionShapes(net, batch) },
    loss: (params, { time, labels, weights, ...inputs }) => {
      const { noisy, target } = noised(inputs);
      return tf.mean(tf.mul(meanSquare(net.apply(params, noisy, time, labels), target), weights));
    },
  });
}

function inputsOf(net: DiffusionNet, { time, labels, ...batch }: Batch): Record<BatchInput, Float32Array> {
  return { ...batch, ...conditionInputs(net, time, labels) };
}

/** Losses of the steps so far, read late so that the device never waits for the reader. */
class LossLog {
  readonly values: Float32Array<ArrayBuffer>;
  private pending: { step: number; loss: Promise<number> }[] = [];

  constructor(steps: number) {
    this.values = new Float32Array(steps);
  }

  add(step: number, loss: Promise<number>): void {
    this.pending.push({ step, loss });
  }

  /** Reads what is outstanding; throws the first failure among it. */
  async settle(): Promise<void> {
    const read = await Promise.all(this.pending.map(({ loss }) => loss));
    this.pending.forEach(({ step }, i) => { this.values[step] = read[i]; });
    this.pending = [];
  }

  mean(from: number, to: number): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.values[i];
    return sum / (to - from);
  }
}

/** The checkpoint of a training after `step` steps. */
async function saveState(
  optimizer: Optimizer, batches: BatchSource, losses: LossLog, carry: Record<string, unknown>, step: number,
): Promise<Bundle> {
  await losses.settle();
  const state = await optimizer.save();
  return {
    head: { step, optimizerStep: state.step, positions: batches.positions(), carry: structuredClone(carry) },
    parts: { ...state.arrays, losses: losses.values.slice(0, step) },
  };
}

/** Puts a checkpoint back and returns its step. */
function loadState(
  bundle: Bundle, optimizer: Optimizer, batches: BatchSource, losses: LossLog, carry: Record<string, unknown>,
): number {
  const { losses: past, ...arrays } = bundle.parts as Record<string, Float32Array<ArrayBuffer>>;
  optimizer.load({ step: bundle.head.optimizerStep as number, arrays });
  batches.restore(bundle.head.positions as Record<string, number>);
  losses.values.set(past);
  Object.assign(carry, bundle.head.carry);
  return bundle.head.step as number;
}

function collectWeights(
  arrays: Record<string, Float32Array<ArrayBuffer>>, net: DiffusionNet, prefix: string,
): Record<string, Float32Array<ArrayBuffer>> {
  return Object.fromEntries(net.specs.map(({ name }) => [name, arrays[`${prefix}/${name}`]]));
}

/**
 * Trains a diffusion model by denoising score matching in the form the objective gives it, reporting loss, learning rate,
 * steps per second and previews, and resuming bit by bit from the checkpoint slot.
 *
 * @throws RetortError `nan-loss` from the engine; `no-images` without rows; AbortError when stopped.
 */
export async function trainDiffusion(context: StageContext, request: TrainingRequest): Promise<TrainingResult> {
  const { net, objective, options, rows, stream, carry = {} } = request;
  if (rows.length === 0) {
    throw new RetortError('no-images', 'There is no image to train on. Put images into the training split, or select at least one per class.');
  }
  const { weightDecay, clip, ema } = options;
  const initial = net.init(new RandomStream(context.seed, `${stream}/init`));
  const optimizer = context.engine.optimizer(initial, { ...ADAM, weightDecay, clip, ema });
  const training = compileTraining(context.engine, optimizer, net, options.batch);
  const averaged = (): Params => (ema > 0 ? optimizer.ema() : optimizer.params);
  const batches = new BatchSource(context.dataset, rows, objective, options, context.seed, stream);
  const losses = new LossLog(options.steps);

  let checkpointDue = false;
  // Evaluations breathe too: a checkpoint that falls due meanwhile is taken at the next step boundary.
  const breathe = async (): Promise<void> => {
    checkpointDue = (await context.breathe()).checkpointDue || checkpointDue;
  };

  const preview = async (step: number): Promise<void> => {
    const labels = previewLabels(net.config.classes, PREVIEW_IMAGES);
    const images = await sample(
      { net, objective, params: averaged() },
      { labels, options, seed: context.seed, stream: `${stream}/preview`, batch: PREVIEW_BATCH, breathe },
    );
    context.images(step, toBytes(images), labels.length);
  };

  try {
    const saved = await context.checkpoint.load();
    let step = 0;
    if (saved !== null) {
      step = loadState(saved, optimizer, batches, losses, carry);
      for (let to = METRIC_EVERY; to <= step; to += METRIC_EVERY) {
        context.metric(to, { loss: losses.mean(to - METRIC_EVERY, to), learningRate: learningRateAt(options, to - 1) });
      }
      request.resumed?.();
    }
    let marked = { step, time: performance.now() };
    while (step < options.steps) {
      await breathe();
      if (checkpointDue && step > 0) await context.checkpoint.save(await saveState(optimizer, batches, losses, carry, step));
      checkpointDue = false;

      const rate = learningRateAt(options, step);
      losses.add(step, training.run(inputsOf(net, batches.batch(step)), rate).loss);
      step++;

      const finished = step === options.steps;
      if (step % METRIC_EVERY === 0 || finished) {
        await losses.settle();
        const now = performance.now();
        const stepsPerSecond = ((step - marked.step) * 1000) / (now - marked.time);
        context.metric(step, { loss: losses.mean(marked.step, step), learningRate: rate, stepsPerSecond });
        marked = { step, time: now };
      }
      context.progress(step, options.steps);
      if (options.previewEvery > 0 && (step % options.previewEvery === 0 || finished)) await preview(step);
      if (request.evaluateAt?.has(step)) await request.evaluate?.(step, averaged(), breathe);
      if (marked.step === step) marked = { step, time: performance.now() };
    }
    await losses.settle();
    const { arrays } = await optimizer.save();
    return { weights: collectWeights(arrays, net, ema > 0 ? 'e' : 'p'), losses: losses.values };
  } finally {
    training.dispose();
    optimizer.dispose();
  }
}
