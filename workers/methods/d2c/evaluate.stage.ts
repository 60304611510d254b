import { z } from 'zod';
import { RetortError } from '../../failure';
import { startDistances } from '../../features/distances-link';
import { featureFigures } from '../../features/figures';
import { shareDrift } from '../../metrics/drift';
import type { Arm, AuditFigures, ClassSummary, CurvePoint, RunResult } from '../../protocol';
import type { Bundle, Stage } from '../../runs/types';
import { studentFigures } from '../../students/figures';
import { floorDistance, RawDistance } from './select.raw';
import { scoredImages } from './select';

const evaluateOptions = z.object({
  seed: z.int().min(0).max(0xffffffff).default(0)
    .describe('Added to the seed of the run for the random subsets and the split of the floor.'),
});

export type EvaluateInputs = Record<
  'encoder' | 'audit' | 'judge' | 'score' | 'select' | 'curveMethod' | 'curveRandom' | 'curveFull', Bundle
> & Partial<Record<'teacher' | 'students:method' | 'students:random' | 'students:full' | 'students:packed' | 'features:data' | `features:${Arm}`, Bundle>>;

async function featuresOf(inputs: EvaluateInputs, breathe: () => Promise<unknown>): Promise<Pick<RunResult['metrics'], 'features'>> {
  const { 'features:data': data, 'features:method': method, 'features:random': random, 'features:full': full } = inputs;
  if (!data || !method || !random || !full) return {};
  const distances = startDistances();
  try {
    return { features: await featureFigures({ data, method, random, full }, distances, breathe) };
  } finally {
    distances.close();
  }
}

function curveOf(bundle: Bundle): CurvePoint[] {
  const points = bundle.head.points as CurvePoint[];
  if (points.length === 0) throw new RetortError('curve-empty', 'A training curve has no points. Set curve.evaluateAt to steps inside curve.steps and run again.');
  return points;
}

type Ends = Record<Arm, CurvePoint>;

function ends(curves: Record<Arm, CurvePoint[]>): Ends {
  const last = (points: CurvePoint[]): CurvePoint => points[points.length - 1];
  return { method: last(curves.method), random: last(curves.random), full: last(curves.full) };
}

/** One figure of every arm under its name, or nothing where an arm lacks it: a figure without its baselines is not shown. */
function byArm<Name extends string, T>(name: Name, { method, random, full }: Ends, read: (end: CurvePoint) => T | undefined): Partial<Record<Name, Record<Arm, T>>> {
  const [ours, baseline, all] = [read(method), read(random), read(full)];
  if (ours === undefined || baseline === undefined || all === undefined) return {};
  return { [name]: { method: ours, random: baseline, full: all } } as Partial<Record<Name, Record<Arm, T>>>;
}

function driftOf(kept: number[], classes: ClassSummary[]): RunResult['metrics']['classDrift'] {
  const { total, perGroup } = shareDrift(kept, classes.map(({ train }) => train));
  return { total, perClass: perGroup };
}

/** What stands beside FD because FD rewards copying. */
function beside(end: Ends): Partial<RunResult['metrics']> {
  return {
    ...byArm('precision', end, ({ precision }) => precision),
    ...byArm('recall', end, ({ recall }) => recall),
    ...byArm('coverage', end, ({ coverage }) => coverage),
    ...byArm('memorisation', end, ({ copying }) => copying?.memorisation),
    ...byArm('searched', end, ({ copying }) => copying?.searched),
    ...byArm('nnRatio', end, ({ copying }) => copying?.nnRatio),
    ...byArm('fdInfinity', end, ({ fdInfinity }) => fdInfinity),
    ...(end.full.neighbours === undefined ? {} : { neighbours: end.full.neighbours }),
  };
}

function studentsOf(inputs: EvaluateInputs): Pick<RunResult['metrics'], 'students'> {
  const { teacher, 'students:method': method, 'students:random': random, 'students:full': full, 'students:packed': packed } = inputs;
  const figures = teacher && method && random && full ? studentFigures({ teacher, method, random, full, packed }) : undefined;
  return figures ? { students: figures } : {};
}

/**
 * Brings the figures of a run together: FD, KID, recall and copying at the end of each curve, the floor (train half against train half, as many
 * images in each as the curves sampled, where there are that many), and the raw FD of the choice beside random subsets with
 * the same class counts. Everything in the judge's features, against the hold-out.
 */
export const evaluateStage: Stage<z.output<typeof evaluateOptions>, EvaluateInputs> = {
  id: 'evaluate',
  version: 4,
  title: 'Evaluate',
  options: evaluateOptions,
  shard: 'none',
  async run({ dataset, seed, progress, breathe }, inputs, options) {
    const { judge, encoder, score, select } = inputs;
    const labels = dataset.labels();
    const features = judge.parts.features as Float32Array<ArrayBuffer>;
    const dim = features.length / labels.length;
    const drawSeed = seed + options.seed;
    const scored = scoredImages(score, encoder, labels, dataset.summary.classes.length);
    const perClass = Array.from(select.parts.perClass);
    const rows = select.parts.rows as Uint32Array<ArrayBuffer>;
    const raw = new RawDistance(features, dim, dataset.rows('test'));
    const curves = { method: curveOf(inputs.curveMethod), random: curveOf(inputs.curveRandom), full: curveOf(inputs.curveFull) };
    const end = ends(curves);
    const n = inputs.curveFull.parts.labels.length;
    const { side, channels } = { side: dataset.summary.size, channels: dataset.summary.channels };
    const result: RunResult = {
      condensed: { count: rows.length, perClass, bytes: rows.length * side * side * channels },
      metrics: {
        fdDomain: {
          method: end.method.fd, random: end.random.fd, full: end.full.fd,
          floor: floorDistance(features, dim, dataset.rows('train'), drawSeed, n).fd, n,
        },
        fdRaw: { method: raw.of(rows), random: raw.random(scored, perClass, drawSeed) },
        kid: { method: end.method.kid, random: end.random.kid, full: end.full.kid },
        encoderAccuracy: { methods: encoder.head.accuracy as number, judge: judge.head.accuracy as number },
        rankAgreement: score.head.rankAgreement as RunResult['metrics']['rankAgreement'],
        judgeIsDisjoint: judge.head.judgeIsDisjoint as boolean,
        ...beside(end),
        ...studentsOf(inputs),
        ...(await featuresOf(inputs, breathe)),
        classDrift: driftOf(perClass, dataset.summary.classes),
        audit: inputs.audit.head as unknown as AuditFigures,
        curves,
      },
    };
    progress(1, 1);
    return { head: { result }, parts: {} };
  },
};
