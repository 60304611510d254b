import { z } from 'zod';
import type { DataSet } from '../data/types';
import { APPEARANCE, appearance } from '../metrics/appearance';
import { claims, directions, fisherOfTwo, nearestRows, robustScores, tails } from '../metrics/suspects';
import { RandomStream } from '../random';
import type { Bundle, Stage, StageContext } from '../runs/types';
import { nearDuplicates } from './duplicates';

const auditOptions = z.object({
  neighbours: z.int().min(3).max(100).default(15).describe('Nearest images by content that are asked for their label.'),
  margin: z.number().min(0).max(1).default(0.4)
    .describe('An image counts as possibly mislabelled when the share of another class among its neighbours exceeds that of its own by this much.'),
  outlierLevel: z.number().min(0.0001).max(0.2).default(0.02)
    .describe('Chance at which an ordinary image may be called an outlier: 0.02 expects two in a hundred.'),
  references: z.int().min(100).max(50_000).default(5000).describe('Images that neighbours are looked for among; a larger folder is represented by a seeded draw.'),
});

type AuditOptions = z.output<typeof auditOptions>;

/** Neighbour whose distance tells how lonely an image is. */
const LONELY = 5;
const CHUNK = 256;

function draw(count: number, most: number, seed: number): Uint32Array<ArrayBuffer> {
  if (count <= most) return Uint32Array.from({ length: count }, (_, row) => row);
  return new RandomStream(seed, 'audit/references').sample(count, most).sort();
}

async function appearances({ dataset, breathe }: StageContext): Promise<Float64Array> {
  const { count, size, channels } = dataset.summary;
  const out = new Float64Array(count * APPEARANCE);
  for (let row = 0; row < count; row++) {
    out.set(appearance(dataset.pixels([row]), size, channels), row * APPEARANCE);
    if (row % CHUNK === 0) await breathe();
  }
  return out;
}

/** Rows whose content and looks are both, or either very much, far from every other image's, loneliest first. */
async function outliersOf(context: StageContext, content: Float64Array, dim: number, references: Uint32Array, level: number): Promise<{ rows: number[]; chances: number[] }> {
  const { count } = context.dataset.summary;
  const looks = robustScores(await appearances(context), count, APPEARANCE);
  const [byContent, byLooks] = [
    await nearestRows(content, count, dim, references, LONELY, context.breathe),
    await nearestRows(looks, count, APPEARANCE, references, LONELY, context.breathe),
  ].map(({ reach }) => tails(reach));
  const chances = byContent.map((tail, row) => fisherOfTwo(tail + byLooks[row]));
  const rows = Array.from(chances.keys()).filter((row) => chances[row] <= level).sort((a, b) => chances[a] - chances[b] || a - b);
  return { rows, chances: rows.map((row) => chances[row]) };
}

async function mislabelledOf(
  { dataset, breathe }: StageContext, content: Float64Array, dim: number, references: Uint32Array, { neighbours, margin }: AuditOptions,
): Promise<{ rows: number[]; suggested: number[]; margins: number[] }> {
  const { count, classes } = dataset.summary;
  if (classes.length < 2) return { rows: [], suggested: [], margins: [] };
  const found = claims(await nearestRows(content, count, dim, references, neighbours, breathe), references, dataset.labels(), classes.length);
  const rows = Array.from(found.keys()).filter((row) => found[row].margin >= margin).sort((a, b) => found[b].margin - found[a].margin || a - b);
  return { rows, suggested: rows.map((row) => found[row].classIndex), margins: rows.map((row) => found[row].margin) };
}

function duplicatesOf(dataset: DataSet, breathe: StageContext['breathe']): ReturnType<typeof nearDuplicates> {
  const { size, channels } = dataset.summary;
  return nearDuplicates(dataset.records.map(({ phash }) => phash), { pixels: (rows) => dataset.pixels(rows), side: size, channels }, breathe);
}

/**
 * What in the folder a person may want to look at again: images that show a scene twice, images whose neighbours in the methods' encoder carry another label, and images
 * unlike all others in content or looks. Nothing is dropped by it. Rows of each list stand with the strongest suspicion first.
 */
export const auditStage: Stage<AuditOptions, { encoder: Bundle }> = {
  id: 'audit',
  version: 1,
  title: 'Audit the images',
  options: auditOptions,
  shard: 'none',
  async run(context, { encoder }, options) {
    const { dataset, seed, progress } = context;
    const { count } = dataset.summary;
    const features = encoder.parts.features as Float32Array;
    const dim = features.length / count;
    const content = directions(features, count, dim);
    const references = draw(count, options.references, seed);
    progress(0, 3);
    const pairs = await duplicatesOf(dataset, context.breathe);
    progress(1, 3);
    const mislabelled = await mislabelledOf(context, content, dim, references, options);
    progress(2, 3);
    const outliers = await outliersOf(context, content, dim, references, options.outlierLevel);
    progress(3, 3);
    return {
      head: {
        looked: count, exactDuplicates: dataset.summary.duplicates, nearDuplicates: pairs.length, mislabelled: mislabelled.rows.length, outliers: outliers.rows.length,
        margin: options.margin, outlierLevel: options.outlierLevel,
      },
      parts: {
        'duplicates:first': Uint32Array.from(pairs, ({ first }) => first), 'duplicates:second': Uint32Array.from(pairs, ({ second }) => second),
        'duplicates:distance': Float32Array.from(pairs, ({ distance }) => distance),
        'mislabelled:rows': Uint32Array.from(mislabelled.rows), 'mislabelled:suggested': Uint32Array.from(mislabelled.suggested),
        'mislabelled:margin': Float32Array.from(mislabelled.margins),
        'outliers:rows': Uint32Array.from(outliers.rows), 'outliers:chance': Float32Array.from(outliers.chances),
      },
    };
  },
};
