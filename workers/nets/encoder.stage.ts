import type { Bundle, Stage, StageContext } from '../runs/types';
import { classifierFromWeights, type ConvNet } from './convnet';
import { evaluate, trainConvNet, type TrainedConvNet } from './convnet.train';
import { encoderNet, type EncoderConfig } from './encoder';
import { holdOut, judgeRows, type EncoderTask } from './encoder.data';
import { encoderOptions, type EncoderOptions } from './encoder.options';
import { prefixed, unprefixed, WEIGHTS } from './stored';

const ROTATIONS = 4;
/** Square the judge hides in its training images when it must share them with the methods' encoder, as a share of the side. */
const SHARED_ERASE = 0.25;
const FEATURE_CHUNK = 1024;

/** What is known once training is over; kept in the checkpoint beside the features embedded so far. */
type Trained = Pick<TrainedConvNet, 'bestStep' | 'steps' | 'heldOut'>;
type Embedding = Trained & Pick<TrainedConvNet, 'weights'>;

/**
 * Features of every data set row, [count, dim], so that selection and judging need no net. Goes on from `stored`.
 */
async function allFeatures(
  context: StageContext, net: ConvNet, { weights, bestStep, steps, heldOut }: Embedding, stored: Bundle | null,
): Promise<Float32Array<ArrayBuffer>> {
  const { dataset, checkpoint } = context;
  const { count } = dataset.summary;
  const encoder = classifierFromWeights(net, weights);
  const features = new Float32Array(count * encoder.dim);
  const known = stored?.parts.features instanceof Float32Array ? stored.parts.features : new Float32Array(0);
  features.set(known);
  const save = (rows: number): Promise<void> => checkpoint.save({
    head: { phase: 'features', trained: { bestStep, steps, heldOut } satisfies Trained },
    parts: { ...prefixed(WEIGHTS, weights), features: features.slice(0, rows * encoder.dim) },
  });
  try {
    if (!stored) await save(0);
    for (let from = known.length / encoder.dim; from < count; from += FEATURE_CHUNK) {
      const rows = Uint32Array.from({ length: Math.min(FEATURE_CHUNK, count - from) }, (_, i) => from + i);
      features.set(await encoder.features(dataset.pixels(rows), rows.length), from * encoder.dim);
      const { checkpointDue } = await context.breathe();
      if (checkpointDue) await save(from + rows.length);
    }
  } finally {
    encoder.dispose();
  }
  return features;
}

/** Trains one of the two domain encoders and embeds the whole data set with it. */
async function run(context: StageContext, options: EncoderOptions, judge: boolean): Promise<Bundle> {
  const { dataset, seed, node } = context;
  const { size, channels, classes, count } = dataset.summary;
  const chosen = judge ? judgeRows(dataset) : { rows: dataset.rows('train'), disjoint: false };
  const { train, held } = holdOut(chosen.rows, dataset.labels(), seed, node);
  const task: EncoderTask = classes.length > 1 ? 'classes' : 'rotation';
  const config: EncoderConfig = { size, channels, classes: task === 'classes' ? classes.length : ROTATIONS, width: options.width };
  const net = encoderNet(config);
  const batch = Math.min(options.batch, train.length);
  const stored = await context.checkpoint.load();
  const embedding = stored?.head.phase === 'features' ? stored : null;
  const trained: Embedding = embedding ? { ...(embedding.head.trained as Trained), weights: unprefixed(WEIGHTS, embedding.parts) } : await trainConvNet(context, net, {
    task, train, held, batch,
    steps: Math.min(options.maxSteps, Math.max(options.minSteps, options.epochs * Math.max(1, Math.floor(train.length / batch)))),
    augmentation: {
      flip: options.flip,
      shift: Math.round(options.shift * size),
      erase: judge && !chosen.disjoint ? Math.round(SHARED_ERASE * size) : 0,
    },
    learningRate: options.learningRate,
    weightDecay: options.weightDecay,
    labelSmoothing: options.labelSmoothing,
  }, stored);
  const test = await evaluate(context, net, trained.weights, task, dataset.rows('test'));
  const features = await allFeatures(context, net, trained, embedding);
  context.log(`${node}: ${(100 * test.accuracy).toFixed(1)} % of the test split right (${task}), ${trained.steps} steps on ${train.length} images`);
  return {
    head: {
      config, task, accuracy: test.accuracy, testLoss: test.loss, dim: features.length / count,
      trainedOn: train.length, heldOut: held.length, steps: trained.steps, bestStep: trained.bestStep,
      ...(judge ? { judgeIsDisjoint: chosen.disjoint } : {}),
    },
    parts: { features, ...prefixed(WEIGHTS, trained.weights) },
  };
}

function define(id: 'encoder' | 'judge', title: string): Stage<EncoderOptions, Record<string, Bundle>> {
  return { id, version: 1, title, options: encoderOptions, shard: 'none', run: (context, _inputs, options) => run(context, options, id === 'judge') };
}

/** The encoder methods may use: herding, k-center, best-of. Trained on the training split. */
export const encoderStage = define('encoder', 'Train the encoder for methods');

/**
 * The encoder that judges and nothing else: trained on the reserve, which no method sees, where it is large enough; else on
 * the training split from another seed and augmentation, and `judgeIsDisjoint` is false in the head.
 */
export const judgeStage = define('judge', 'Train the judging encoder');
