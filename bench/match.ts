import { parseArgs } from 'node:util';
import type { DataSet } from '../workers/data/types';
import { select } from '../workers/methods/d2c/select';
import { selectOptions } from '../workers/methods/d2c/select.options';
import { floorDistance, RawDistance } from '../workers/methods/d2c/select.raw';
import { prepare, sizesPerClass, type Candidates } from '../workers/methods/d2c/strategies/candidates';
import { matchedSubset } from '../workers/methods/d2c/strategies/match';
import { spreadOf } from '../workers/metrics/spread';
import { encoderStage, judgeStage } from '../workers/nets/encoder.stage';
import type { SelectOptions, Spread } from '../workers/protocol';
import { RandomStream } from '../workers/random';
import { bindStage } from '../workers/runs/stage';
import type { Bundle } from '../workers/runs/types';
import type { Bench } from './bench';
import { readDataSet } from './support/dataset';
import { openBenchEngine, runNodes } from './support/host';

/** Strategies that look at features alone; those that need the difficulty of images are in the bench `select`. */
const STRATEGIES: Record<string, Partial<SelectOptions>> = {
  random: { strategy: 'random' },
  'best of 48': { strategy: 'bestof', draws: 48 },
  herding: { strategy: 'herding' },
  match: { strategy: 'match' },
};

/** What is selected from, and what it is held against. */
interface Trial {
  rows: Uint32Array;
  reference: Uint32Array;
}

/** Training images against the test split, or one half of them against the other: variants are compared on halves, so that none is chosen by the test split. */
function trialOf(dataset: DataSet, halves: boolean): Trial {
  const train = dataset.rows('train');
  if (!halves) return { rows: train, reference: dataset.rows('test') };
  const labels = dataset.labels();
  const parts: [number[], number[]] = [[], []];
  dataset.summary.classes.forEach((_, classIndex) => {
    const members = train.filter((row) => labels[row] === classIndex);
    new RandomStream(0, `match/halves/${classIndex}`).shuffle(members).forEach((row, i) => parts[i % 2].push(row));
  });
  return { rows: Uint32Array.from(parts[0]).sort(), reference: Uint32Array.from(parts[1]).sort() };
}

/** Candidates by the methods' encoder. Without a scorer there is no difficulty: images are ranked by row, which none of the strategies here follows. */
function candidatesOf(dataset: DataSet, encoder: Bundle, rows: Uint32Array): Candidates {
  const all = encoder.parts.features as Float32Array;
  const dim = all.length / dataset.summary.count;
  const features = new Float32Array(rows.length * dim);
  rows.forEach((row, position) => features.set(all.subarray(row * dim, (row + 1) * dim), position * dim));
  const labels = dataset.labels();
  return prepare({
    scores: new Float32Array(rows.length), classes: Uint16Array.from(rows, (row) => labels[row]), classCount: dataset.summary.classes.length, features, dim,
  });
}

function millisecondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

interface Figures {
  fdRaw: Spread;
  overRandom: number;
  /** Of processor time a selection, since the clock on the wall tells how busy the machine is. */
  milliseconds: number;
}

/** Raw FD of every strategy in the judge's features, over seeds. */
function compare(candidates: Candidates, { rows }: Trial, raw: RawDistance, imagesPerClass: number, seeds: number): Record<string, Figures> {
  let baseline = Number.NaN;
  return Object.fromEntries(Object.entries(STRATEGIES).map(([name, strategy]) => {
    const started = process.cpuUsage();
    const picked = Array.from({ length: seeds }, (_, seed) => select(candidates, selectOptions.parse({ ...strategy, imagesPerClass, seed })).picked);
    const milliseconds = millisecondsSince(started) / seeds;
    const fdRaw = spreadOf(picked.map((positions) => raw.of(positions.map((position) => rows[position]))));
    if (name === 'random') baseline = fdRaw.mean;
    return [name, { fdRaw, overRandom: fdRaw.mean / baseline, milliseconds }];
  }));
}

/** Match against random draws in the judge's features: encoder and judge alone, no scorer, so that it takes minutes. */
export const match: Bench = {
  name: 'match',
  summary: 'raw FD of Match on --data PATH in the judging encoder, against random, best of 48 and herding; --halves judges against held-out training images',
  async run(argv, log) {
    const { values } = parseArgs({
      args: argv,
      options: {
        data: { type: 'string' }, size: { type: 'string', default: '16' }, limit: { type: 'string', default: '10000' }, reserve: { type: 'string', default: '20000' },
        perClass: { type: 'string', default: '10,50' }, seeds: { type: 'string', default: '8' }, judgeSeed: { type: 'string', default: '0' },
        halves: { type: 'boolean', default: false },
      },
    });
    if (values.data === undefined) throw new Error('Give the data set: npm run bench -- match --data PATH');
    const dataset = await readDataSet(values.data, { size: Number(values.size), limit: Number(values.limit), reserve: Number(values.reserve), seed: 0 }, log);
    const engine = await openBenchEngine();
    const train = async (stage: typeof encoderStage, seed: number): Promise<Bundle> => {
      const bound = bindStage(stage);
      const { bundles } = await runNodes([{ id: stage.id, stage: bound, options: bound.resolve({}), inputs: {} }], { engine, dataset, seed }, log);
      return bundles.get(stage.id) as Bundle;
    };
    const encoder = await train(encoderStage, 0);
    const judge = await train(judgeStage, Number(values.judgeSeed));
    const trial = trialOf(dataset, values.halves);
    const features = judge.parts.features as Float32Array;
    const dim = features.length / dataset.summary.count;
    const raw = new RawDistance(features, dim, trial.reference);
    const candidates = candidatesOf(dataset, encoder, trial.rows);
    const started = process.cpuUsage();
    matchedSubset(candidates, sizesPerClass(candidates, 1), { seed: 0 });
    const firstMilliseconds = millisecondsSince(started);
    const count = (split: 'train' | 'test' | 'reserve') => dataset.rows(split).length;
    const result = {
      data: { name: dataset.summary.name, hash: dataset.summary.hash, size: dataset.summary.size, train: count('train'), test: count('test'), reserve: count('reserve') },
      reference: values.halves ? 'training half' : 'test',
      candidates: trial.rows.length,
      encoders: { methods: encoder.head.accuracy, judge: judge.head.accuracy, judgeIsDisjoint: judge.head.judgeIsDisjoint },
      floor: { halves: floorDistance(features, dim, dataset.rows('train'), 0), everything: raw.of(trial.rows) },
      firstMilliseconds,
      raw: Object.fromEntries(values.perClass.split(',').map((m) => [m, compare(candidates, trial, raw, Number(m), Number(values.seeds))])),
    };
    dataset.close();
    engine.close();
    return result;
  },
};
