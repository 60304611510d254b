import { parseArgs } from 'node:util';
import { curveStage } from '../workers/methods/d2c/curve.stage';
import { scoreStage } from '../workers/methods/d2c/score.stage';
import { selectStage } from '../workers/methods/d2c/select.stage';
import { floorDistance, RawDistance } from '../workers/methods/d2c/select.raw';
import { spreadOf } from '../workers/metrics/spread';
import { encoderStage, judgeStage } from '../workers/nets/encoder.stage';
import { scorerStage } from '../workers/diffusion/scorer.stage';
import type { CurvePoint, OptionValue, Spread } from '../workers/protocol';
import { graphKeys, type GraphNode } from '../workers/runs/runner';
import { bindStage, type BoundStage } from '../workers/runs/stage';
import type { Bundle } from '../workers/runs/types';
import { studentsStage, type StudentScore } from '../workers/students/students.stage';
import { teacherStage } from '../workers/students/teacher.stage';
import type { Bench } from './bench';
import { readDataSet } from './support/dataset';
import { openBenchEngine, runNodes } from './support/host';

const STAGES = {
  encoder: bindStage(encoderStage), judge: bindStage(judgeStage), scorer: bindStage(scorerStage), score: bindStage(scoreStage),
  select: bindStage(selectStage), curve: bindStage(curveStage), teacher: bindStage(teacherStage), students: bindStage(studentsStage),
};

/** Strategies by the names the table gives them. */
const STRATEGIES: Record<string, Record<string, OptionValue>> = {
  random: { strategy: 'random' },
  'interval 1.0': { strategy: 'interval', multiplier: 1 },
  'interval 0.7': { strategy: 'interval', multiplier: 0.7 },
  stratified: { strategy: 'stratified' },
  herding: { strategy: 'herding' },
  'best of 48': { strategy: 'bestof', draws: 48 },
  match: { strategy: 'match' },
};

interface Settings {
  imagesPerClass: number;
  strategies: string[];
  steps: number;
  samples: number;
  studentSteps: number;
  students: number;
  seeds: number;
}

/** What is made once for all seeds: both encoders, the scorer and its scores, and the teacher. */
function sharedNodes({ steps }: Settings): GraphNode[] {
  return [
    { id: 'encoder', stage: STAGES.encoder, options: STAGES.encoder.resolve({}), inputs: {} },
    { id: 'judge', stage: STAGES.judge, options: STAGES.judge.resolve({}), inputs: {} },
    { id: 'scorer', stage: STAGES.scorer, options: STAGES.scorer.resolve({ steps: 2 * steps, previewEvery: 0 }), inputs: {} },
    { id: 'score', stage: STAGES.score, options: STAGES.score.resolve({ agreementImages: 500 }), inputs: { scorer: 'scorer' } },
    { id: 'teacher', stage: STAGES.teacher, options: STAGES.teacher.resolve({}), inputs: {} },
  ];
}

/** What all seeds share, with the keys it was made under. */
interface Shared {
  bundles: Map<string, Bundle>;
  keys: Map<string, string>;
}

/** A node that hands on what was made before. */
function known(id: string, { bundles, keys }: Shared): GraphNode {
  const stage: BoundStage = { ...STAGES[id as keyof typeof STAGES], run: async () => bundles.get(id) as Bundle };
  return { id, stage, options: { madeAs: keys.get(id) as string }, inputs: {} };
}

/** Selection, training curve and students of every arm, under one seed that draws, trains and samples. */
function armNodes(settings: Settings, shared: Shared, seed: number): GraphNode[] {
  const { imagesPerClass, strategies, steps, samples, studentSteps, students } = settings;
  const curve = STAGES.curve.resolve({ steps, samples, evaluateAt: [Math.round(steps / 4), Math.round(steps / 2), steps].join(','), previewEvery: 0 });
  const learn = (packed: boolean) => STAGES.students.resolve({ seeds: students, steps: studentSteps, packed });
  const arm = (name: string, subset: Record<string, string>): GraphNode[] => [
    { id: `curve:${name}`, stage: STAGES.curve, options: curve, inputs: { judge: 'judge', ...subset } },
    { id: `students:${name}`, stage: STAGES.students, options: learn(false), inputs: { teacher: 'teacher', ...subset } },
  ];
  return [
    ...['encoder', 'judge', 'score', 'teacher'].map((id) => known(id, shared)),
    ...strategies.flatMap((name): GraphNode[] => [
      {
        id: `select:${name}`, stage: STAGES.select, inputs: { score: 'score', encoder: 'encoder' },
        options: STAGES.select.resolve({ ...STRATEGIES[name], imagesPerClass, seed }),
      },
      ...arm(name, { subset: `select:${name}` }),
    ]),
    ...arm('full', {}),
    { id: 'students:packed', stage: STAGES.students, options: learn(true), inputs: { teacher: 'teacher', subset: 'select:random' } },
  ];
}

const FIGURES = ['fd', 'kid', 'precision', 'recall', 'coverage'] as const;

/** The figures of one arm under one seed. Packed images have students alone. */
function figuresOf(bundles: Map<string, Bundle>, name: string, raw: RawDistance): Record<string, number> {
  const points = bundles.get(`curve:${name}`)?.head.points as CurvePoint[] | undefined;
  const end = points?.at(-1);
  const rows = bundles.get(`select:${name}`)?.parts.rows as Uint32Array<ArrayBuffer> | undefined;
  const scores = bundles.get(`students:${name}`)?.head.scores as StudentScore[];
  const accuracy = (labels: StudentScore['labels']): number => spreadOf(scores.filter((score) => score.labels === labels).map((score) => score.accuracy)).mean;
  return {
    ...(rows && { fdRaw: raw.of(rows) }),
    ...Object.fromEntries(FIGURES.flatMap((figure) => (end?.[figure] === undefined ? [] : [[figure, end[figure]]]))),
    ...(end?.copying && { memorisation: end.copying.memorisation.estimate, ...(end.copying.nnRatio !== undefined && { nnRatio: end.copying.nnRatio }) }),
    accuracyHard: accuracy('hard'),
    accuracySoft: accuracy('soft'),
  };
}

/** Mean and spread over seeds of every figure, and of its difference to the random arm seed by seed. */
function summarise(perSeed: Record<string, number>[], random: Record<string, number>[]): Record<string, { value: Spread; minusRandom: Spread }> {
  return Object.fromEntries(Object.keys(perSeed[0]).map((figure) => [figure, {
    value: spreadOf(perSeed.map((figures) => figures[figure])),
    minusRandom: spreadOf(perSeed.map((figures, i) => figures[figure] - random[i][figure])),
  }]));
}

/** Generators and students on selections, random images, packed random images and all of a folder, over seeds: the table a claim needs. */
export const quality: Bench = {
  name: 'quality',
  summary: 'condensed sets of --data PATH against random and full: FD(domain), KID, recall, memorisation, student accuracy hard and soft, over seeds; resumable',
  async run(argv, log) {
    const { values } = parseArgs({
      args: argv,
      options: {
        data: { type: 'string' }, size: { type: 'string', default: '16' }, limit: { type: 'string', default: '10000' }, reserve: { type: 'string', default: '20000' },
        perClass: { type: 'string', default: '10' }, strategies: { type: 'string', default: 'random,interval 1.0,best of 48' },
        steps: { type: 'string', default: '800' }, samples: { type: 'string', default: '1000' },
        studentSteps: { type: 'string', default: '300' }, students: { type: 'string', default: '2' }, seeds: { type: 'string', default: '3' },
      },
    });
    if (values.data === undefined) throw new Error('Give the data set: npm run bench -- quality --data PATH');
    const strategies = [...new Set(['random', ...values.strategies.split(',')])];
    const unknown = strategies.find((name) => !(name in STRATEGIES));
    if (unknown !== undefined) throw new Error(`There is no strategy "${unknown}". The strategies are: ${Object.keys(STRATEGIES).join(', ')}.`);
    const settings: Settings = {
      strategies, imagesPerClass: Number(values.perClass), steps: Number(values.steps), samples: Number(values.samples),
      studentSteps: Number(values.studentSteps), students: Number(values.students), seeds: Number(values.seeds),
    };
    const dataset = await readDataSet(values.data, { size: Number(values.size), limit: Number(values.limit), reserve: Number(values.reserve), seed: 0 }, log);
    const engine = await openBenchEngine();
    const sharedGraph = sharedNodes(settings);
    const shared: Shared = {
      bundles: (await runNodes(sharedGraph, { engine, dataset, seed: 0 }, log)).bundles,
      keys: await graphKeys(sharedGraph, { datasetHash: dataset.summary.hash, seed: 0, engine: engine.verdict.kind }),
    };
    const features = shared.bundles.get('judge')?.parts.features as Float32Array;
    const dim = features.length / dataset.summary.count;
    const raw = new RawDistance(features, dim, dataset.rows('test'));
    const arms = [...strategies, 'full', 'packed'];
    const perSeed: Record<string, Record<string, number>[]> = Object.fromEntries(arms.map((name) => [name, []]));
    const curves: Record<string, unknown[]> = Object.fromEntries(arms.map((name) => [name, []]));
    for (let seed = 0; seed < settings.seeds; seed++) {
      const { bundles } = await runNodes(armNodes(settings, shared, seed), { engine, dataset, seed }, log);
      for (const name of arms) {
        perSeed[name].push(figuresOf(bundles, name, raw));
        const points = bundles.get(`curve:${name}`)?.head.points as CurvePoint[] | undefined;
        if (points) curves[name].push(points.map(({ step, fd, kid }) => ({ step, fd, kid })));
      }
      log(`seed ${seed}: ${arms.map((name) => `${name} FD ${perSeed[name][seed].fd?.toFixed(2) ?? '-'}, ${(100 * perSeed[name][seed].accuracyHard).toFixed(1)} / ${(100 * perSeed[name][seed].accuracySoft).toFixed(1)} %`).join('; ')}`);
    }
    const head = (id: string) => shared.bundles.get(id)?.head;
    const count = (split: 'train' | 'test' | 'reserve') => dataset.rows(split).length;
    const result = {
      data: { name: dataset.summary.name, hash: dataset.summary.hash, size: dataset.summary.size, train: count('train'), test: count('test'), reserve: count('reserve') },
      engine: { kind: engine.verdict.kind, adapter: engine.verdict.adapter },
      settings,
      encoders: { methods: head('encoder')?.accuracy, judge: head('judge')?.accuracy, judgeIsDisjoint: head('judge')?.judgeIsDisjoint },
      teacher: head('teacher')?.accuracy,
      floor: floorDistance(features, dim, dataset.rows('train'), 0, settings.samples),
      arms: Object.fromEntries(arms.map((name) => [name, { ...summarise(perSeed[name], perSeed.random), perSeed: perSeed[name], curves: curves[name] }])),
    };
    dataset.close();
    engine.close();
    return result;
  },
};
