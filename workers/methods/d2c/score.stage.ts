import { z } from 'zod';
import type { DataSet } from '../../data/types';
import { openModel } from '../../diffusion/model';
import { RandomStream } from '../../random';
import type { Bundle, Stage, StageContext } from '../../runs/types';
import { rankAgreement, type RankAgreement } from './rank';
import { DifficultyScorer, meanScores } from './score';

export const scoreOptions = z.object({
  timesteps: z.int().min(1).max(1000).default(16)
    .describe('Noise levels each image is scored at, as stratified midpoints. 16 gives a rank agreement above 0.93 within a class.'),
  noise: z.enum(['common', 'independent']).default('common')
    .describe('Whether all images share the noise of a level (steadier ranking) or each gets its own.'),
  agreementImages: z.int().min(0).max(1_000_000).default(1000)
    .describe('Images scored again under a second noise seed to measure rank agreement, drawn evenly by class; 0 takes all and doubles the cost.'),
  perTimestep: z.boolean().default(false)
    .describe('Keep the error of every image at every noise level in the artifact.'),
  batch: z.int().min(1).max(4096).default(64)
    .describe('Images per forward pass. The scores do not depend on it beyond rounding.'),
});

export type ScoreOptions = z.output<typeof scoreOptions>;

/** Rows of the second scoring: a seeded draw in proportion to class sizes, at least two a class where there are two; ascending. */
export function agreementRows(dataset: DataSet, limit: number, seed: number): Uint32Array<ArrayBuffer> {
  const rows = dataset.rows('train');
  if (limit === 0 || limit >= rows.length) return rows.slice();
  const labels = dataset.labels();
  const stream = new RandomStream(seed, 'score/agreement');
  const members: number[][] = dataset.summary.classes.map(() => []);
  for (const row of rows) members[labels[row]].push(row);
  const chosen = members.flatMap((group) => {
    const share = Math.max(2, Math.round((limit * group.length) / rows.length));
    return Array.from(stream.sample(group.length, share), (i) => group[i]);
  });
  return Uint32Array.from(chosen).sort();
}

/** One pass of scoring over `rows`, going on from what `done` already holds. */
async function scorePass(
  context: StageContext, scorer: DifficultyScorer, rows: Uint32Array, batch: number, timesteps: number,
  errors: Float32Array<ArrayBuffer>, from: number,
  hooks: { progress(done: number): void; save(done: number): Promise<void> },
): Promise<void> {
  let due = false;
  const breathe = async (): Promise<void> => {
    due = (await context.breathe()).checkpointDue || due;
  };
  for (let done = from; done < rows.length; ) {
    const part = rows.slice(done, done + batch);
    errors.set(await scorer.errors(part, breathe), done * timesteps);
    done += part.length;
    hooks.progress(done);
    if (due) await hooks.save(done);
    due = false;
  }
}

function summarise({ global, withinClass, perClass }: RankAgreement): { global: number; withinClass: number; perClass: (number | null)[] } {
  return { global, withinClass, perClass: perClass.map((rho) => (Number.isNaN(rho) ? null : rho)) };
}

/**
 * Scores every training image with the scorer and measures how far a second noise seed would rank them alike. Parts: `rows`
 * (data set rows), `scores` (one each, higher is harder), optionally `errors` [rows, timesteps]. Head: `rankAgreement` with
 * null for classes too small to rank.
 */
export const scoreStage: Stage<ScoreOptions, { scorer: Bundle }> = {
  id: 'score',
  version: 1,
  title: 'Score the images',
  options: scoreOptions,
  shard: 'image',
  async run(context, { scorer: stored }, options) {
    const { dataset, seed } = context;
    const { timesteps, noise, batch } = options;
    const rows = dataset.rows('train');
    const again = agreementRows(dataset, options.agreementImages, seed);
    const total = rows.length + again.length;
    const first = new Float32Array(rows.length * timesteps);
    const second = new Float32Array(again.length * timesteps);
    const saved = await context.checkpoint.load();
    const start = { first: 0, second: 0 };
    if (saved !== null) {
      first.set(saved.parts.first as Float32Array);
      second.set(saved.parts.second as Float32Array);
      start.first = saved.head.first as number;
      start.second = saved.head.second as number;
    }
    const save = (doneFirst: number, doneSecond: number): Promise<void> =>
      context.checkpoint.save({ head: { first: doneFirst, second: doneSecond }, parts: { first: first.slice(), second: second.slice() } });

    const model = openModel(stored);
    try {
      const scorer = (stream: string) => new DifficultyScorer(model, dataset, { timesteps, noise, batch, seed, stream });
      await scorePass(context, scorer('score/noise'), rows, batch, timesteps, first, start.first, {
        progress: (done) => context.progress(done, total),
        save: (done) => save(done, 0),
      });
      await scorePass(context, scorer('score/noise-again'), again, batch, timesteps, second, start.second, {
        progress: (done) => context.progress(rows.length + done, total),
        save: (done) => save(rows.length, done),
      });
    } finally {
      model.dispose();
    }

    const scores = meanScores(first, timesteps);
    const place = new Map(Array.from(rows, (row, i) => [row, i]));
    const labels = dataset.labels();
    const agreement = rankAgreement(
      Float32Array.from(again, (row) => scores[place.get(row) ?? 0]), meanScores(second, timesteps),
      Array.from(again, (row) => labels[row]), dataset.summary.classes.length,
    );
    context.metric(total, { rankAgreementGlobal: agreement.global, rankAgreementWithinClass: agreement.withinClass });
    return {
      head: { timesteps, noise, agreementImages: again.length, rankAgreement: summarise(agreement) },
      parts: { rows, scores, ...(options.perTimestep ? { errors: first } : {}) },
    };
  },
};
