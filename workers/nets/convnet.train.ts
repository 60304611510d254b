import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '../engine/ops';
import { toUnit } from '../engine/tensors';
import type { CompiledStep, Engine, Optimizer } from '../engine/types';
import { RandomStream } from '../random';
import type { Bundle, StageContext } from '../runs/types';
import {
  classifierFromWeights, convNetSpecs, foldStatistics, readStatistics, runningStatistics, statisticsShare, trainForward, updateStatistics, type ConvNet,
  type FoldedWeights,
} from './convnet';
import { augment, rotationTask, type Augmentation, type EncoderTask } from './encoder.data';
import { initialise } from './init';
import { prefixed, unprefixed } from './stored';

export interface TrainingPlan {
  task: EncoderTask;
  train: Uint32Array;
  /** Rows the best weights are chosen on. */
  held: Uint32Array;
  augmentation: Augmentation;
  batch: number;
  steps: number;
  learningRate: number;
  weightDecay: number;
  labelSmoothing: number;
}

/** Flat weights as trained, and running mean and variance of each normalisation named 0, 1, ... */
export interface Unfolded {
  params: Record<string, Float32Array<ArrayBuffer>>;
  statistics: Record<string, Float32Array<ArrayBuffer>>;
}

export interface TrainedConvNet {
  weights: FoldedWeights;
  /** The same weights before folding, and the running statistics of every normalisation, for those who need the parts. */
  unfolded: Unfolded;
  /** Step the weights are from, and how many were taken. */
  bestStep: number;
  steps: number;
  heldOut: Evaluation | null;
}

export interface Evaluation {
  /** Mean cross-entropy in nats. */
  loss: number;
  /** Share of images whose largest logit is their label's, in [0, 1]. */
  accuracy: number;
}

/** Times the held-out rows are looked at, and looks without a better loss before training ends. */
const LOOKS = 12;
const PATIENCE = 4;
/** Steps that may be under way on the device at once. */
const IN_FLIGHT = 16;

/** Cross-entropy and accuracy of a net on some rows, in the given task. NaN for no rows. */
export async function evaluate(
  context: StageContext, net: ConvNet, weights: FoldedWeights, task: EncoderTask, rows: Uint32Array,
): Promise<Evaluation> {
  const { dataset } = context;
  const all = dataset.labels();
  const classifier = classifierFromWeights(net, weights);
  let loss = 0;
  let right = 0;
  try {
    const chunk = 1024;
    for (let from = 0; from < rows.length; from += chunk) {
      const part = rows.subarray(from, from + chunk);
      const upright = { pixels: dataset.pixels(part), labels: Uint16Array.from(part, (row) => all[row]) };
      const { pixels, labels } = task === 'rotation' ? rotationTask(upright.pixels, net.size, net.channels) : upright;
      const { logits } = await classifier.predict(pixels, part.length);
      labels.forEach((label, i) => {
        const row = logits.subarray(i * net.classes, (i + 1) * net.classes);
        const top = row.reduce((best, value) => Math.max(best, value), -Infinity);
        loss += top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0)) - row[label];
        if (row[label] === top) right++;
      });
      await context.breathe();
    }
  } finally {
    classifier.dispose();
  }
  return { loss: loss / rows.length, accuracy: right / rows.length };
}

/**
 * Minibatches by step number: every epoch a fresh shuffle, every batch augmented from a stream of its own. What a step sees
 * depends on seed, node and step alone, so a resumed run sees the same.
 */
class Minibatches {
  readonly perEpoch: number;
  /** Images of every batch. */
  readonly count: number;
  private epoch = -1;
  private order: Uint32Array = new Uint32Array();
  private readonly labels: Uint16Array;

  constructor(private readonly context: StageContext, private readonly net: ConvNet, private readonly plan: TrainingPlan) {
    this.count = Math.min(plan.batch, plan.train.length);
    this.perEpoch = Math.max(1, Math.floor(plan.train.length / plan.batch));
    this.labels = context.dataset.labels();
  }

  /** Images [N, size, size, channels] in [-1, 1] and smoothed one-hot targets [N, classes] of training step `step`, from 0. */
  at(step: number): { images: Float32Array; targets: Float32Array } {
    const { context: { dataset, seed, node }, net: { size, channels, classes }, plan } = this;
    const epoch = Math.floor(step / this.perEpoch);
    if (epoch !== this.epoch) {
      this.order = new RandomStream(seed, `${node}/order/${epoch}`).shuffle(plan.train.slice());
      this.epoch = epoch;
    }
    const first = (step % this.perEpoch) * plan.batch;
    const rows = this.order.subarray(first, first + plan.batch);
    const stream = new RandomStream(seed, `${node}/augment/${step}`);
    const moved = augment(dataset.pixels(rows), size, channels, plan.augmentation, stream);
    const { pixels, labels } = plan.task === 'rotation'
      ? rotationTask(moved, size, channels, () => stream.integer(4))
      : { pixels: moved, labels: Uint16Array.from(rows, (row) => this.labels[row]) };
    const targets = new Float32Array(labels.length * classes).fill(plan.labelSmoothing / classes);
    labels.forEach((label, i) => {
      targets[i * classes + label] += 1 - plan.labelSmoothing;
    });
    return { images: toUnit(pixels), targets };
  }
}

/** What training has found so far; the best weights are those with the least held-out loss. */
interface Progress {
  step: number;
  looksWithoutGain: number;
  bestStep: number;
  best: Unfolded;
  /** Null before the first look; not an infinite loss, which JSON would not bring back. */
  heldOut: Evaluation | null;
}

type TrainingInput = 'images' | 'targets' | 'share' | 'rest';
type Training = CompiledStep<TrainingInput, string>;

/** The training step on batches of `count` images, with the running statistics as its state. */
function compileTraining(
  engine: Engine, optimizer: Optimizer, net: ConvNet, count: number, saved?: Record<string, Float32Array>,
): Training {
  return engine.compileStep<TrainingInput, string>(optimizer, {
    inputs: { images: [count, net.size, net.size, net.channels], targets: [count, net.classes], share: [1], rest: [1] },
    state: runningStatistics(net, saved),
    loss: (params, { images, targets, share, rest }, running) => {
      const { logits, statistics } = trainForward(net, params, images);
      return { loss: tf.mean(softmaxCrossEntropy(logits, targets)), state: updateStatistics(running, statistics, share, rest) };
    },
  });
}

async function saveTraining(context: StageContext, optimizer: Optimizer, training: Training, progress: Progress): Promise<void> {
  const { step: optimizerStep, arrays } = await optimizer.save();
  const statistics = await readStatistics(training.state);
  const { best, ...head } = progress;
  await context.checkpoint.save({
    head: { ...head, optimizerStep },
    parts: {
      ...prefixed('o/', arrays), ...prefixed('s/', statistics),
      ...prefixed('b/', best.params), ...prefixed('t/', best.statistics),
    },
  });
}

/**
 * Trains a net by AdamW under a cosine schedule. The held-out rows are looked at up to twelve times, the weights with the
 * least held-out cross-entropy are kept, and training ends early after four looks without a gain. Goes on from `stored`, its
 * own checkpoint, with the same result as an uninterrupted run.
 * @throws RetortError `nan-loss`; AbortError when stopped.
 */
export async function trainConvNet(
  context: StageContext, net: ConvNet, plan: TrainingPlan, stored: Bundle | null,
): Promise<TrainedConvNet> {
  const { engine, seed, node } = context;
  const optimizer = engine.optimizer(initialise(convNetSpecs(net), new RandomStream(seed, `${node}/init`)), { weightDecay: plan.weightDecay });
  let progress: Progress = { step: 0, looksWithoutGain: 0, bestStep: 0, best: { params: {}, statistics: {} }, heldOut: null };
  let saved: Record<string, Float32Array> | undefined;
  if (stored) {
    const { optimizerStep, ...rest } = stored.head as Omit<Progress, 'best'> & { optimizerStep: number };
    progress = { ...rest, best: { params: unprefixed('b/', stored.parts), statistics: unprefixed('t/', stored.parts) } };
    optimizer.load({ step: optimizerStep, arrays: unprefixed('o/', stored.parts) });
    saved = unprefixed('s/', stored.parts);
  }
  // A checkpoint that falls due while held-out rows are looked at is saved before the next step.
  let due = false;
  const watched: StageContext = {
    ...context,
    breathe: async () => {
      const breath = await context.breathe();
      due ||= breath.checkpointDue;
      return breath;
    },
  };
  const batches = new Minibatches(context, net, plan);
  const training = compileTraining(engine, optimizer, net, batches.count, saved);
  const lookEvery = Math.max(batches.perEpoch, Math.ceil(plan.steps / LOOKS));
  const losses: Promise<number>[] = [];
  const rateAt = (step: number): number => plan.learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / plan.steps));
  /** Waits for the oldest loss in flight and reports it under its own step. */
  const settle = async (): Promise<void> => {
    const step = progress.step - losses.length + 1;
    const loss = await losses.shift();
    if (loss !== undefined) context.metric(step, { loss, learningRate: rateAt(step - 1) });
  };

  const look = async (): Promise<void> => {
    const { arrays } = await optimizer.save();
    const best: Unfolded = { params: unprefixed('p/', arrays), statistics: await readStatistics(training.state) };
    const heldOut = await evaluate(watched, net, foldStatistics(net, best.params, best.statistics), plan.task, plan.held);
    context.metric(progress.step, { heldOutLoss: heldOut.loss, accuracy: heldOut.accuracy });
    // With no row to spare for holding out the loss is NaN and the last weights are the best known.
    const better = progress.heldOut === null || !(heldOut.loss >= progress.heldOut.loss);
    progress = better
      ? { ...progress, looksWithoutGain: 0, bestStep: progress.step, best, heldOut }
      : { ...progress, looksWithoutGain: progress.looksWithoutGain + 1 };
  };

  try {
    while (progress.step < plan.steps && progress.looksWithoutGain < PATIENCE) {
      const { step } = progress;
      await watched.breathe();
      if (due) {
        await saveTraining(context, optimizer, training, progress);
        due = false;
      }
      const { images, targets } = batches.at(step);
      const learningRate = rateAt(step);
      const share = statisticsShare(step);
      const inputs = { images, targets, share: Float32Array.of(share), rest: Float32Array.of(1 - share) };
      const { loss } = training.run(inputs, learningRate);
      losses.push(loss);
      progress = { ...progress, step: step + 1 };
      if (losses.length > IN_FLIGHT) await settle();
      context.progress(progress.step, plan.steps);
      if (progress.step % lookEvery === 0 || progress.step === plan.steps) {
        while (losses.length > 0) await settle();
        await look();
      }
    }
  } finally {
    training.dispose();
    optimizer.dispose();
  }
  const { best } = progress;
  return { weights: foldStatistics(net, best.params, best.statistics), unfolded: best, bestStep: progress.bestStep, steps: progress.step, heldOut: progress.heldOut };
}
