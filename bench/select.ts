import { parseArgs } from 'node:util';
import { scorerStage } from '../workers/diffusion/scorer.stage';
import { openModel } from '../workers/diffusion/model';
import { proportionalLabels, type TrainingOptions } from '../workers/diffusion/options';
import { sample } from '../workers/diffusion/sampler';
import type { DataSet } from '../workers/data/types';
import { toBytes } from '../workers/engine/tensors';
import type { Engine } from '../workers/engine/types';
import { CurveReference } from '../workers/methods/d2c/curve';
import { curveStage } from '../workers/methods/d2c/curve.stage';
import { agreementRows, scoreStage } from '../workers/methods/d2c/score.stage';
import { scoredImages, selectRows, type ScoredImages } from '../workers/methods/d2c/select';
import { selectOptions } from '../workers/methods/d2c/select.options';
import { floorDistance, RawDistance } from '../workers/methods/d2c/select.raw';
import { spreadOf } from '../workers/metrics/spread';
import { encoderStage, judgeStage } from '../workers/nets/encoder.stage';
import { loadEncoder } from '../workers/nets/encoder';
import type { CurvePoint, Spread } from '../workers/protocol';
import type { GraphNode } from '../workers/runs/runner';
import { bindStage, type BoundStage } from '../workers/runs/stage';
import type { Bundle } from '../workers/runs/types';
import type { Bench } from './bench';
import { readDataSet } from './support/dataset';
import { openBenchEngine, runNodes } from './support/host';

const STRATEGIES: Record<string, { options: Record<string, unknown>; repeats: number }> = {
  random: { options: { strategy: 'random' }, repeats: 8 },
  stratified: { options: { strategy: 'stratified' }, repeats: 8 },
  'interval 1.0': { options: { strategy: 'interval', multiplier: 1 }, repeats: 1 },
  'interval 0.7': { options: { strategy: 'interval', multiplier: 0.7 }, repeats: 1 },
  'interval 0.5': { options: { strategy: 'interval', multiplier: 0.5 }, repeats: 1 },
  'interval 0.25': { options: { strategy: 'interval', multiplier: 0.25 }, repeats: 1 },
  medium: { options: { strategy: 'medium' }, repeats: 1 },
  min: { options: { strategy: 'min' }, repeats: 1 },
  max: { options: { strategy: 'max' }, repeats: 1 },
  herding: { options: { strategy: 'herding' }, repeats: 1 },
  kcenter: { options: { strategy: 'kcenter' }, repeats: 1 },
  'best of 48': { options: { strategy: 'bestof', draws: 48 }, repeats: 4 },
  match: { options: { strategy: 'match' }, repeats: 8 },
};

const SLICES = 10;

/** Raw FD of consecutive slices of the ranking within classes, easiest first: the paper's U-shape. */
function sliceDistances(scored: ScoredImages, raw: RawDistance): number[] {
  return Array.from({ length: SLICES }, (_, slice) => {
    const positions = scored.candidates.ranked.flatMap((ranked) =>
      Array.from(ranked.subarray(Math.floor((slice * ranked.length) / SLICES), Math.floor(((slice + 1) * ranked.length) / SLICES))));
    return raw.of(Uint32Array.from(positions, (position) => scored.rows[position]));
  });
}

function strategyDistances(scored: ScoredImages, raw: RawDistance, imagesPerClass: number, seed: number): Record<string, Spread> {
  return Object.fromEntries(Object.entries(STRATEGIES).map(([name, { options, repeats }]) => {
    const distances = Array.from({ length: repeats }, (_, repeat) =>
      raw.of(selectRows(scored, selectOptions.parse({ ...options, imagesPerClass, seed: repeat }), seed).picked));
    return [name, spreadOf(distances)];
  }));
}

/** FD and KID of a trained model's samples under another guidance, from the same noise as its curve. */
async function guided(
  dataset: DataSet, judge: Bundle, curve: Bundle, options: TrainingOptions & { samples: number }, guidance: number, seed: number,
  engine: Engine,
): Promise<{ fd: number; kid: number }> {
  const encoder = loadEncoder(engine, judge);
  const model = openModel(curve);
  try {
    const heldOut = dataset.rows('test');
    const reference = new CurveReference(await encoder.features(dataset.pixels(heldOut), heldOut.length), heldOut.length, encoder.dim);
    const labels = proportionalLabels(dataset.summary.classes.map(() => 1), options.samples);
    const images = await sample(model, {
      labels, seed, stream: 'curve/samples', batch: 100, breathe: async () => undefined, options: { ...options, guidance },
    });
    return reference.distances(await encoder.features(toBytes(images), labels.length), labels.length);
  } finally {
    model.dispose();
    encoder.dispose();
  }
}

interface Settings {
  steps: number;
  samples: number;
  nfe: number;
  seed: number;
  agreement: number;
}

/** The graph of the bench: both encoders, the flow scorer with its curve, eps beside it, and scores under several settings. */
function nodesOf({ steps, samples, nfe, agreement }: Settings): { nodes: GraphNode[]; curve: Record<string, number | string> } {
  const stages = { encoder: bindStage(encoderStage), judge: bindStage(judgeStage), curve: bindStage(curveStage), score: bindStage(scoreStage) };
  const short = Math.min(700, steps);
  const shared = { batch: 64, samples, samplerSteps: nfe, previewEvery: 0 };
  const curve = { ...shared, steps, evaluateAt: [short, Math.round(steps / 2), steps].join(',') };
  const score = (id: string, options: Record<string, unknown>): GraphNode =>
    ({ id, stage: stages.score, options: stages.score.resolve({ agreementImages: agreement, ...options }), inputs: { scorer: 'curve:flow' } });
  return {
    curve,
    nodes: [
      { id: 'encoder', stage: stages.encoder, options: stages.encoder.resolve({}), inputs: {} },
      { id: 'judge', stage: stages.judge, options: stages.judge.resolve({}), inputs: {} },
      { id: 'curve:flow', stage: stages.curve, options: stages.curve.resolve(curve), inputs: { judge: 'judge' } },
      { id: 'curve:eps', stage: stages.curve, options: stages.curve.resolve({ ...shared, steps: short, evaluateAt: '', evaluateEvery: 0, objective: 'eps' }), inputs: { judge: 'judge' } },
      score('score', {}),
    ],
  };
}

/** The first `count` training rows of each class in a seeded order, as a data set of its own. */
function excerpt(dataset: DataSet, count: number, seed: number): DataSet {
  const rows = agreementRows(dataset, count, seed);
  return {
    summary: { ...dataset.summary, hash: `${dataset.summary.hash}/${rows.length}` },
    records: dataset.records,
    rows: (split) => (split === 'train' ? rows : dataset.rows(split)),
    labels: () => dataset.labels(),
    pixels: (wanted) => dataset.pixels(wanted),
    original: (row) => dataset.original(row),
    close: () => undefined,
  };
}

/** Rank agreement of two noise seeds by number of timesteps, with and without common noise, on a seeded excerpt. */
async function stability(
  host: { engine: Engine; dataset: DataSet; seed: number }, scorer: Bundle, agreement: number, log: (line: string) => void,
): Promise<Record<string, unknown>> {
  const stage = bindStage(scoreStage);
  const known: BoundStage = { ...bindStage(scorerStage), run: async () => scorer };
  const settings = [[4, 'common'], [8, 'common'], [16, 'common'], [32, 'common'], [16, 'independent']] as const;
  const nodes: GraphNode[] = [
    { id: 'scorer', stage: known, options: {}, inputs: {} },
    ...settings.map(([timesteps, noise]): GraphNode => ({
      id: `T=${timesteps} ${noise}`, stage, inputs: { scorer: 'scorer' }, options: stage.resolve({ timesteps, noise, agreementImages: 0 }),
    })),
  ];
  const { bundles } = await runNodes(nodes, { ...host, dataset: excerpt(host.dataset, agreement, host.seed) }, log);
  return Object.fromEntries(nodes.slice(1).map(({ id }) => [id, bundles.get(id)?.head.rankAgreement]));
}

/**
 * D2C Select measured on one data set: encoder accuracy and floors, scorer FD over steps, flow against eps, guidance, rank stability, the U-shape of
 * the ranking, raw FD of every strategy. Calibrated bars 1 to 6 can be read off its figures.
 */
export const select: Bench = {
  name: 'select',
  summary: 'D2C Select on --data PATH: encoders, scorer FD, flow against eps, score stability, U-shape, raw FD of every strategy against random',
  async run(argv, log) {
    const { values } = parseArgs({
      args: argv,
      options: {
        data: { type: 'string' }, size: { type: 'string', default: '16' }, limit: { type: 'string', default: '10000' }, reserve: { type: 'string', default: '30000' },
        steps: { type: 'string', default: '3200' }, samples: { type: 'string', default: '1000' }, nfe: { type: 'string', default: '25' },
        agreement: { type: 'string', default: '500' }, seed: { type: 'string', default: '0' },
      },
    });
    if (values.data === undefined) throw new Error('Give the data set: npm run bench -- select --data PATH');
    const settings: Settings = {
      steps: Number(values.steps), samples: Number(values.samples), nfe: Number(values.nfe), seed: Number(values.seed), agreement: Number(values.agreement),
    };
    const dataset = await readDataSet(values.data, { size: Number(values.size), limit: Number(values.limit), reserve: Number(values.reserve), seed: settings.seed }, log);
    const engine = await openBenchEngine();
    const { nodes, curve } = nodesOf(settings);
    const { bundles, seconds } = await runNodes(nodes, { engine, dataset, seed: settings.seed }, log);
    const bundle = (id: string): Bundle => bundles.get(id) as Bundle;
    const judge = bundle('judge');
    const features = judge.parts.features as Float32Array;
    const dim = features.length / dataset.summary.count;
    const raw = new RawDistance(features, dim, dataset.rows('test'));
    const scored = scoredImages(bundle('score'), bundle('encoder'), dataset.labels(), dataset.summary.classes.length);
    const options = curveStage.options.parse(curve);
    const unguided = (bundle('curve:flow').head.points as CurvePoint[]).at(-1);
    const count = (split: 'train' | 'test' | 'reserve') => dataset.rows(split).length;
    const result = {
      data: { name: dataset.summary.name, hash: dataset.summary.hash, size: dataset.summary.size, train: count('train'), test: count('test'), reserve: count('reserve') },
      engine: { kind: engine.verdict.kind, adapter: engine.verdict.adapter },
      settings,
      seconds,
      encoders: { methods: bundle('encoder').head.accuracy, judge: judge.head.accuracy, judgeIsDisjoint: judge.head.judgeIsDisjoint },
      floor: { halves: floorDistance(features, dim, dataset.rows('train'), settings.seed), halvesAtSamples: floorDistance(features, dim, dataset.rows('train'), settings.seed, settings.samples), train: raw.of(dataset.rows('train')) },
      flow: bundle('curve:flow').head.points,
      eps: bundle('curve:eps').head.points,
      guidance: { '1': unguided, '1.5': await guided(dataset, judge, bundle('curve:flow'), options, 1.5, settings.seed, engine) },
      stability: await stability({ engine, dataset, seed: settings.seed }, bundle('curve:flow'), settings.agreement, log),
      slices: sliceDistances(scored, raw),
      raw: Object.fromEntries([10, 50].map((m) => [m, strategyDistances(scored, raw, m, settings.seed)])),
    };
    dataset.close();
    engine.close();
    return result;
  },
};
