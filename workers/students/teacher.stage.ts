import type { ConvNet } from '../nets/convnet';
import { evaluate, trainConvNet, type Unfolded } from '../nets/convnet.train';
import { holdOut } from '../nets/encoder.data';
import { prefixed, unprefixed } from '../nets/stored';
import type { Bundle, Stage } from '../runs/types';
import { studentNet } from './net';
import { teacherOptions, type TeacherOptions } from './options';

/** Prefixes of the teacher's weights and of its running statistics. */
const [PARAMS, STATISTICS] = ['p/', 't/'];

/** The teacher of a stored artifact; null where the folder has one class, which leaves nothing to teach. */
export function teacherOf(bundle: Bundle, shape: { size: number; channels: number; classes: number }): { net: ConvNet; unfolded: Unfolded } | null {
  if (bundle.head.taught !== true) return null;
  return {
    net: studentNet(shape, bundle.head.width as number),
    unfolded: { params: unprefixed(PARAMS, bundle.parts), statistics: unprefixed(STATISTICS, bundle.parts) },
  };
}

/**
 * Trains the teacher on the training split with augmentation, choosing the weights with the least cross-entropy on a tenth held out. Its accuracy on the test
 * split is what the folder gives a net of this kind: the ceiling of every student.
 */
export const teacherStage: Stage<TeacherOptions, Record<string, Bundle>> = {
  id: 'teacher',
  version: 1,
  title: 'Train the teacher',
  options: teacherOptions,
  shard: 'none',
  async run(context, _inputs, options) {
    const { dataset, seed, node } = context;
    const { size, channels, classes } = dataset.summary;
    if (classes.length < 2) return { head: { taught: false }, parts: {} };
    const net = studentNet({ size, channels, classes: classes.length }, options.width);
    const { train, held } = holdOut(dataset.rows('train'), dataset.labels(), seed, node);
    const batch = Math.min(options.batch, train.length);
    const epochs = options.epochs * Math.max(1, Math.floor(train.length / batch));
    const { weights, unfolded, steps, bestStep } = await trainConvNet(context, net, {
      task: 'classes', train, held, batch,
      steps: Math.min(options.maxSteps, Math.max(options.minSteps, epochs)),
      augmentation: { flip: options.flip, shift: Math.round(options.shift * size), erase: 0 },
      learningRate: options.learningRate,
      weightDecay: options.weightDecay,
      labelSmoothing: 0,
    }, await context.checkpoint.load());
    const test = await evaluate(context, net, weights, 'classes', dataset.rows('test'));
    context.log(`${node}: ${(100 * test.accuracy).toFixed(1)} % of the test split right, ${steps} steps on ${train.length} images`);
    return {
      head: { taught: true, width: options.width, accuracy: test.accuracy, testLoss: test.loss, trainedOn: train.length, heldOut: held.length, steps, bestStep },
      parts: { ...prefixed(PARAMS, unfolded.params), ...prefixed(STATISTICS, unfolded.statistics) },
    };
  },
};
