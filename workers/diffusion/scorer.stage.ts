import { z } from 'zod';
import type { ImageShape } from '../nets/net';
import { forwardFlops, parameterCount } from '../nets/net';
import type { DataSetSummary } from '../protocol';
import type { Bundle, Stage } from '../runs/types';
import { packModel } from './model';
import { netOf, objectiveOf, trainingShape, type TrainingOptions } from './options';
import { trainDiffusion } from './train';

export const scorerOptions = z.object(trainingShape({ steps: 1600, batch: 64 }));

/** What a net must know about a data set. */
export function imageShape(summary: DataSetSummary): ImageShape {
  return { size: summary.size, channels: summary.channels, classes: summary.classes.length };
}

/**
 * Trains the diffusion model whose errors rank the images, on the whole training split. The artifact holds the averaged
 * weights (`openModel` reads them), the configuration of the net and the loss of every step.
 */
export const scorerStage: Stage<TrainingOptions, Record<string, Bundle>> = {
  id: 'scorer',
  version: 2,
  title: 'Train the scorer',
  options: scorerOptions,
  shard: 'none',
  async run(context, _inputs, options) {
    const net = netOf(options, imageShape(context.dataset.summary));
    const objective = objectiveOf(options);
    context.log(`The scorer has ${parameterCount(net)} parameters and costs ${Math.round(forwardFlops(net) / 1e5) / 10} MFLOP an image.`);
    const { weights, losses } = await trainDiffusion(context, {
      net, objective, options, rows: context.dataset.rows('train'), stream: 'scorer',
    });
    const bundle = packModel({ net: net.config, objective: objective.config }, weights);
    return { head: { ...bundle.head, steps: options.steps }, parts: { ...bundle.parts, losses } };
  },
};
