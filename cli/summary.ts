import type { AutomationSummary } from '../src/client/automation';
import { RetortError } from '../workers/failure';
import { limitCells } from '../workers/formats/report.limits';
import { EN } from '../workers/formats/report.tongue';
import type { DataSetSummary, EngineVerdict, LimitVerdict, Recipe, RunResult } from '../workers/protocol';

/** The one JSON object on stdout. */
export interface Summary {
  images: Pick<DataSetSummary, 'read' | 'accepted' | 'refused' | 'duplicates' | 'nearDuplicates'> & { classes: number };
  engine: Pick<EngineVerdict, 'kind' | 'adapter' | 'reason'>;
  stages: { id: string; seconds: number; cached: boolean }[];
  condensed: RunResult['condensed'];
  metrics: Omit<RunResult['metrics'], 'curves'>;
  /** Acceptance limits that were set, held against the figures. */
  limits: LimitVerdict[];
  recipe: Recipe;
  out: string;
  bytes: number;
  sha256: string;
}

/** @throws RetortError when the run ended without a result */
export function buildSummary({ dataset, engine, run, seconds, bytes, sha256, limits }: AutomationSummary, out: string): Summary {
  if (run.result === null) throw new RetortError('no-result', 'The run ended without a result. Start it again; finished stages are kept.');
  const { curves: _, ...metrics } = run.result.metrics;
  const rounded = (value: number) => Math.round(value * 1000) / 1000;
  return {
    images: {
      read: dataset.read,
      accepted: dataset.accepted,
      refused: dataset.refused,
      duplicates: dataset.duplicates,
      nearDuplicates: dataset.nearDuplicates,
      classes: dataset.classes.length,
    },
    engine: { kind: engine.kind, adapter: engine.adapter, reason: engine.reason },
    stages: [
      { id: 'intake', seconds: rounded(seconds.intake), cached: false },
      ...run.stages.map((stage) => ({ id: stage.id, seconds: rounded(stage.seconds), cached: stage.status === 'cached' })),
      { id: 'export', seconds: rounded(seconds.export), cached: false },
    ],
    condensed: run.result.condensed,
    metrics,
    limits,
    recipe: run.recipe,
    out,
    bytes,
    sha256,
  };
}

function figure(value: number): string {
  return value.toPrecision(4);
}

/** The same for a person to read. */
export function describe(summary: Summary): string {
  const { images, condensed, metrics } = summary;
  const { fdDomain, fdRaw, encoderAccuracy, recall, memorisation, features } = metrics;
  return [
    `${images.accepted} of ${images.read} images in ${images.classes} classes became ${condensed.count}.`,
    `FD(domain) after training: ${figure(fdDomain.method)}; a random set of the same size ${figure(fdDomain.random)}, ` +
      `everything ${figure(fdDomain.full)}, floor ${figure(fdDomain.floor)} (N = ${fdDomain.n}).`,
    ...(features
      ? [`${features.label} after training: ${figure(features.fd.method)}; random ${figure(features.fd.random)}, everything ${figure(features.fd.full)}, ` +
        `floor ${figure(features.fd.floor)} (N = ${features.n} against ${features.reference}; floor ${features.floorN} against ${features.floorN}).`]
      : []),
    `Raw FD of the chosen images: ${figure(fdRaw.method)}; random ${figure(fdRaw.random.mean)} ± ${figure(fdRaw.random.sd)} over ${fdRaw.random.n} draws.`,
    ...(recall && memorisation
      ? [`Recall ${figure(recall.method)} (random ${figure(recall.random)}, everything ${figure(recall.full)}); copies of training images ` +
        `${(100 * memorisation.method.estimate).toFixed(1)} % (random ${(100 * memorisation.random.estimate).toFixed(1)} %).`]
      : []),
    `Encoder accuracy: ${(100 * encoderAccuracy.judge).toFixed(1)} % (judge), ${(100 * encoderAccuracy.methods).toFixed(1)} % (methods).`,
    ...summary.limits.map((each) => limitCells(each, EN).join('  ')),
    `${summary.out}  ${summary.bytes} bytes  sha256 ${summary.sha256}`,
  ].join('\n');
}
