import { z } from 'zod';
import { packModel } from '../../diffusion/model';
import { netOf, objectiveOf, proportionalLabels, trainingShape } from '../../diffusion/options';
import { sample } from '../../diffusion/sampler';
import { imageShape } from '../../diffusion/scorer.stage';
import { trainDiffusion } from '../../diffusion/train';
import { toBytes } from '../../engine/tensors';
import { RetortError } from '../../failure';
import { loadEncoder } from '../../nets/encoder';
import type { CurvePoint } from '../../protocol';
import type { Bundle, Stage, StageContext } from '../../runs/types';
import { CurveReference, evaluationSteps } from './curve';
import { copyingOf } from './curve.copying';

export const curveOptions = z.object({
  ...trainingShape({ steps: 1600, batch: 32 }),
  evaluateAt: z.string().default('')
    .describe('Training steps the curve is evaluated at, separated by commas, such as 300,600,1000; the last step always is. Empty goes by evaluateEvery.'),
  evaluateEvery: z.int().min(0).max(1_000_000).default(400)
    .describe('Steps between points of the curve when evaluateAt is empty; 0 evaluates the last step only.'),
  samples: z.int().min(2).max(100_000).default(1000)
    .describe('Images sampled for each point of the curve. Distances from different numbers do not compare.'),
  sampleClasses: z.enum(['balanced', 'reference']).default('balanced')
    .describe('Class shares of the sampled images: equal, or those of the test images they are compared with.'),
  sampleBatch: z.int().min(1).max(4096).default(100)
    .describe('Images sampled at a time.'),
});

export type CurveOptions = z.output<typeof curveOptions>;

/** `judge` is the judging encoder; `subset`, when given, names the rows to train on in `parts.rows`. */
export type CurveInputs = { judge: Bundle } | { judge: Bundle; subset: Bundle };

function trainingRows(context: StageContext, inputs: CurveInputs): Uint32Array {
  if (!('subset' in inputs)) return context.dataset.rows('train');
  const { rows } = inputs.subset.parts;
  if (rows instanceof Uint32Array) return rows;
  throw new RetortError('artifact-incomplete', 'The stored selection lacks its rows. Delete this run\'s artifacts and start it again.', { part: 'rows' });
}

/**
 * The test images in the features the judge's artifact already holds. A folder with fewer than two has no reference, and says so
 * before the training starts.
 */
function referenceOf({ dataset, seed }: StageContext, judge: Bundle, dim: number): CurveReference {
  const rows = dataset.rows('test');
  if (rows.length < 2) {
    throw new RetortError('no-reference', 'There are fewer than two test images to compare with. Read the folder again with a larger hold-out.', { images: rows.length });
  }
  const all = judge.parts.features;
  if (!(all instanceof Float32Array)) {
    throw new RetortError('artifact-incomplete', 'The stored judge lacks its features. Delete this run\'s artifacts and start it again.', { part: 'features' });
  }
  const features = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => features.set(all.subarray(row * dim, (row + 1) * dim), i * dim));
  return new CurveReference(features, rows.length, dim, seed);
}

/**
 * Trains the same small diffusion model from scratch on some rows and follows FD(domain), KID, precision, recall and coverage of its samples,
 * from the same noise at every point, under the judging encoder. The last point also says how far the samples copy the training images. Parts: averaged weights, `losses`, `samples` (uint8 NHWC of the last point), `labels`.
 * Head: model configuration and `points`.
 */
export const curveStage: Stage<CurveOptions, CurveInputs> = {
  id: 'curve',
  version: 3,
  title: 'Train on the subset',
  options: curveOptions,
  shard: 'none',
  async run(context, inputs, options) {
    const { dataset, engine, seed } = context;
    const shape = imageShape(dataset.summary);
    const rows = trainingRows(context, inputs);
    const net = netOf(options, shape);
    const objective = objectiveOf(options);
    const shares = options.sampleClasses === 'balanced'
      ? dataset.summary.classes.map(() => 1)
      : dataset.summary.classes.map(({ test }) => test);
    const labels = proportionalLabels(shares, options.samples);
    const encoder = loadEncoder(engine, inputs.judge);
    try {
      const reference = referenceOf(context, inputs.judge, encoder.dim);
      const carry: { points: CurvePoint[] } = { points: [] };
      let samples = new Uint8Array(0);
      const { weights, losses } = await trainDiffusion(context, {
        net, objective, options, rows, carry,
        // One stream for all arms: they differ in their images alone.
        stream: 'curve',
        evaluateAt: evaluationSteps(options.evaluateAt, options.evaluateEvery, options.steps),
        resumed: () => carry.points.forEach((point) => context.curvePoint(point)),
        async evaluate(step, params, breathe) {
          samples = toBytes(await sample(
            { net, objective, params },
            { labels, options, seed, stream: 'curve/samples', batch: options.sampleBatch, breathe },
          ));
          const features = await encoder.features(samples, labels.length);
          const point: CurvePoint = { step, ...reference.figures(features, labels.length) };
          if (step === options.steps) {
            const copying = await copyingOf(dataset, rows, samples, labels.length, seed, breathe);
            const fdInfinity = reference.extrapolated(features, labels.length);
            Object.assign(point, copying && { copying }, fdInfinity && { fdInfinity });
          }
          carry.points.push(point);
          context.curvePoint(point);
          if (step === options.steps) context.images(step, samples.slice(), labels.length);
        },
      });
      const bundle = packModel({ net: net.config, objective: objective.config }, weights);
      return {
        head: { ...bundle.head, steps: options.steps, images: rows.length, points: carry.points },
        parts: { ...bundle.parts, losses, samples, labels: Uint32Array.from(labels) },
      };
    } finally {
      encoder.dispose();
    }
  },
};
