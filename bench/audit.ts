import { parseArgs } from 'node:util';
import { auditStage } from '../workers/audit/audit.stage';
import { intakeOptions } from '../workers/data/options';
import { openDataSet } from '../workers/data/dataset';
import { sampleFiles, sampleTruth, type TruthRow } from '../workers/data/sample';
import { memoryStore } from '../workers/data/storage.testing';
import { readSource } from '../workers/intake/reader';
import { encoderStage } from '../workers/nets/encoder.stage';
import { bindStage } from '../workers/runs/stage';
import type { Bundle } from '../workers/runs/types';
import type { Bench } from './bench';
import { PageDecoder } from './support/decoder';
import { openBenchEngine, runNodes } from './support/host';

const STAGES = { encoder: bindStage(encoderStage), audit: bindStage(auditStage) };

interface Found {
  planted: number;
  found: number;
  recall: number;
  /** Share of pictures without this flaw or another that were called flawed. */
  falseAlarms: number;
}

/** How many of the planted pictures are among `rows`, and how many ordinary ones are. */
function found(truth: readonly TruthRow[], rows: ReadonlySet<number>, planted: (row: TruthRow) => boolean): Found {
  const count = (of: (row: TruthRow) => boolean) => truth.reduce((sum, row, index) => sum + (of(row) && rows.has(index) ? 1 : 0), 0);
  const of = truth.filter(planted).length;
  const ordinary = (row: TruthRow) => row.planted === 'none' || row.planted === 'rare-mode';
  return { planted: of, found: count(planted), recall: count(planted) / of, falseAlarms: count(ordinary) / truth.filter(ordinary).length };
}

/** The audit against what is planted in the sample set: duplicates, wrong labels, outliers. */
export const audit: Bench = {
  name: 'audit',
  summary: 'the audit on the sample set: share of planted duplicates, wrong labels and outliers found, and false alarms',
  async run(argv, log) {
    const { values } = parseArgs({ args: argv, options: { size: { type: 'string', default: '32' }, seed: { type: 'string', default: '1' } } });
    const seed = Number(values.seed);
    const browser = await PageDecoder.open();
    const store = memoryStore();
    const summary = await readSource(
      { store, decoder: (background) => browser.decoder(background), clock: () => performance.now(), now: () => 0, id: () => 'bench', sample: sampleFiles },
      { kind: 'sample', name: 'sample', seed }, intakeOptions.parse({ size: Number(values.size) }), new AbortController().signal, () => undefined,
    );
    await browser.close();
    const dataset = await openDataSet(store, summary.id);
    const engine = await openBenchEngine();
    const { bundles, seconds } = await runNodes([
      { id: 'encoder', stage: STAGES.encoder, options: STAGES.encoder.resolve({}), inputs: {} },
      { id: 'audit', stage: STAGES.audit, options: STAGES.audit.resolve({}), inputs: { encoder: 'encoder' } },
    ], { engine, dataset, seed: 0 }, log);
    const { head, parts } = bundles.get('audit') as Bundle;
    const truths = sampleTruth(seed);
    const byPath = new Map(truths.map((row) => [row.truthPath, row]));
    const truth = dataset.records.map(({ path }) => byPath.get(path.slice(path.indexOf('/') + 1)) ?? byPath.get(path)!);
    const rowsOf = (...names: string[]) => new Set(names.flatMap((name) => Array.from(parts[name])));
    const exact = truths.filter(({ planted }) => planted === 'exact-duplicate').length;
    // A pair is found when both of its pictures are named; its partner is an ordinary picture, so false alarms count pairs that nobody planted.
    const pairs = Array.from(parts['duplicates:first'], (first, i) => [truth[first], truth[parts['duplicates:second'][i]]]);
    const isPlanted = ([a, b]: TruthRow[]) => a.partner === b.truthPath || b.partner === a.truthPath;
    const near = truth.filter(({ planted }) => planted === 'near-duplicate').length;
    const nearFound = pairs.filter(isPlanted).length;
    const result = {
      settings: { size: Number(values.size), seed, ...head },
      encoder: bundles.get('encoder')?.head.accuracy, seconds,
      duplicates: {
        planted: exact + near, found: summary.duplicates + nearFound, recall: (summary.duplicates + nearFound) / (exact + near), exact: summary.duplicates, near: nearFound,
        unplantedPairs: pairs.length - nearFound,
      },
      mislabelled: found(truth, rowsOf('mislabelled:rows'), ({ planted }) => planted === 'mislabelled'),
      outliers: found(truth, rowsOf('outliers:rows'), ({ planted }) => planted === 'outlier'),
    };
    dataset.close();
    engine.close();
    return result;
  },
};
