import { openDataSet } from '../data/dataset';
import type { DataSet } from '../data/types';
import { makePicture } from '../export/pictures';
import { RetortError } from '../failure';
import { openStores } from '../runs/store';
import type { Bundle } from '../runs/types';
import type { RunSummary } from '../protocol';
import type { ArtifactStore } from '../runs/artifacts';
import type { EvidenceSource } from './behind';
import { nextTask, type ExploreSource } from './explore';

/** Images encoded to learn how large a picture of this data set is. */
const SIZED_IMAGES = 64;

/** Mean bytes of a working-resolution picture over evenly spread training rows. */
export function meanPictureBytes(dataset: DataSet): number {
  const rows = dataset.rows('train');
  const count = Math.min(SIZED_IMAGES, rows.length);
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += makePicture(dataset, rows[Math.floor((i * rows.length) / count)], 'working').data.length;
  return bytes / count;
}

/** Result of a node of a run's graph; null where it never got there or was removed. */
async function resultOf(run: RunSummary, id: string, artifacts: ArtifactStore): Promise<Bundle | null> {
  const report = run.stages.find((stage) => stage.id === id && (stage.status === 'done' || stage.status === 'cached'));
  return report ? artifacts.get(report.key) : null;
}

/**
 * Opens everything that a run has stored for `read`, and closes its data set afterwards.
 * @throws RetortError `run-missing`, `no-dataset` and what `read` throws.
 */
export async function readEvidence<T>(runId: string, read: (source: EvidenceSource) => Promise<T>): Promise<T> {
  const { runs, artifacts, data } = await openStores();
  const run = await runs.load(runId);
  const dataset = await openDataSet(data, run.datasetId);
  try {
    return await read({ dataset, seed: run.recipe.seed, artifact: (node) => resultOf(run, node, artifacts), breathe: nextTask });
  } finally {
    dataset.close();
  }
}

/**
 * Reads what exploring a run needs from the private file system.
 * @throws RetortError `run-missing`, `not-scored` and what opening the data set throws.
 */
export async function openSource(runId: string): Promise<ExploreSource> {
  const { runs, artifacts, data } = await openStores();
  const run = await runs.load(runId);
  const artifact = async (id: string): Promise<Bundle> => {
    const bundle = await resultOf(run, id, artifacts);
    if (bundle) return bundle;
    throw new RetortError('not-scored', 'The scores of this run are not there yet. Let the run go on until its images are scored.', { run: run.name });
  };
  const [score, encoder, judge] = await Promise.all([artifact('score'), artifact('encoder'), artifact('judge')]);
  const dataset = await openDataSet(data, run.datasetId);
  try {
    // Read once and let go: an open data set could not be deleted.
    const labels = dataset.labels();
    const holdout = { train: dataset.rows('train'), test: dataset.rows('test'), reserve: dataset.rows('reserve') };
    return {
      score, encoder, judge, seed: run.recipe.seed, pictureBytes: meanPictureBytes(dataset),
      dataset: { summary: dataset.summary, labels: () => labels, rows: (split) => holdout[split] },
    };
  } finally {
    dataset.close();
  }
}
