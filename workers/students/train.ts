import * as tf from '@tensorflow/tfjs-core';
import { scale, softmax, softmaxCrossEntropy } from '../engine/ops';
import type { CompiledStep, Engine, Optimizer, Params } from '../engine/types';
import {
  convNetSpecs, foldedForward, foldStatistics, placeFolded, readStatistics, runningStatistics, statisticsShare, trainForward, updateStatistics, type ConvNet,
  type FoldedWeights,
} from '../nets/convnet';
import type { Unfolded } from '../nets/convnet.train';
import { initialise } from '../nets/init';
import { prefixed, unprefixed } from '../nets/stored';
import { RandomStream } from '../random';
import type { Bundle } from '../runs/types';
import { StudentBatches } from './batches';
import type { StudentOptions } from './options';
import type { ImageSet } from './packed';

/** Class indices, or the teacher's probabilities at a temperature for exactly the image a student sees. */
export type Labels = 'hard' | 'soft';

/** Logits [N, classes] of the teacher for a batch [N, size, size, channels]. */
export interface Labeller {
  label(images: tf.Tensor): tf.Tensor;
  dispose(): void;
}

/** Puts a teacher on the device that labels with its running statistics, or with those of the batch at hand. */
export function labeller(net: ConvNet, { params, statistics }: Unfolded, mode: StudentOptions['teacherMode']): Labeller {
  if (mode === 'eval') {
    const folded = placeFolded(net, foldStatistics(net, params, statistics));
    return { label: (images) => foldedForward(net, folded, images).logits, dispose: () => tf.dispose(folded) };
  }
  const placed: Params = Object.fromEntries(convNetSpecs(net).map(({ name, shape }) => [name, tf.keep(tf.tensor(params[name], shape))]));
  return { label: (images) => trainForward(net, placed, images).logits, dispose: () => tf.dispose(placed) };
}

export interface StudentRequest {
  net: ConvNet;
  set: ImageSet;
  options: StudentOptions;
  seed: number;
  /** Null for hard labels. */
  teacher: Labeller | null;
}

type Input = 'images' | 'targets' | 'share' | 'rest';

/**
 * One training step: mean cross-entropy against the mixed class indices, or against the teacher's probabilities for the mixed image, both sides at the
 * temperature (methods.md 2.6: KL without a factor T^2, which differs from this by the entropy of the labels alone).
 */
function compileStudent(
  engine: Engine, optimizer: Optimizer, { net, options: { temperature }, teacher }: StudentRequest, count: number, saved?: Record<string, Float32Array>,
): CompiledStep<Input, string> {
  return engine.compileStep<Input, string>(optimizer, {
    inputs: { images: [count, net.size, net.size, net.channels], targets: [count, net.classes], share: [1], rest: [1] },
    state: runningStatistics(net, saved),
    loss: (params, { images, targets, share, rest }, running) => {
      const { logits, statistics } = trainForward(net, params, images);
      const surprise = teacher === null
        ? softmaxCrossEntropy(logits, targets)
        : softmaxCrossEntropy(logits, softmax(scale(teacher.label(images), 1 / temperature)), { temperature });
      return { loss: tf.mean(surprise), state: updateStatistics(running, statistics, share, rest) };
    },
  });
}

/** What a student in training reports to whoever watches it. */
export interface StudentWatch {
  /** Awaited between steps; true asks for `save`. */
  breathe(): Promise<boolean>;
  /** State to go on from, as `trainStudent` takes it. */
  save(state: Bundle): Promise<void>;
  step(step: number, loss: Promise<number>): void | Promise<void>;
}

/** Initial weights depend on the seed alone, so that students of one seed start alike on every set. */
const STREAM = 'student';

/**
 * Trains one student from scratch by AdamW under a cosine schedule and folds its running statistics into its weights. Goes on from `stored`, saved by `watch`,
 * with the same result as an unbroken run.
 * @throws RetortError `nan-loss`; AbortError when stopped.
 */
export async function trainStudent(engine: Engine, request: StudentRequest, watch: StudentWatch, stored: Bundle | null): Promise<FoldedWeights> {
  const { net, set, options, seed } = request;
  const optimizer = engine.optimizer(initialise(convNetSpecs(net), new RandomStream(seed, `${STREAM}/init`)), { weightDecay: options.weightDecay });
  let from = 0;
  if (stored) {
    from = stored.head.step as number;
    optimizer.load({ step: stored.head.optimizerStep as number, arrays: unprefixed('o/', stored.parts) });
  }
  const batches = new StudentBatches(set, net, options, seed, STREAM);
  const training = compileStudent(engine, optimizer, request, batches.count, stored ? unprefixed('s/', stored.parts) : undefined);
  try {
    for (let step = from; step < options.steps; step++) {
      if (await watch.breathe()) {
        const { step: optimizerStep, arrays } = await optimizer.save();
        await watch.save({ head: { step, optimizerStep }, parts: { ...prefixed('o/', arrays), ...prefixed('s/', await readStatistics(training.state)) } });
      }
      const share = statisticsShare(step);
      const rate = options.learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / options.steps));
      const { loss } = training.run({ ...batches.at(step), share: Float32Array.of(share), rest: Float32Array.of(1 - share) }, rate);
      await watch.step(step + 1, loss);
    }
    const { arrays } = await optimizer.save();
    return foldStatistics(net, unprefixed('p/', arrays), await readStatistics(training.state));
  } finally {
    training.dispose();
    optimizer.dispose();
  }
}
