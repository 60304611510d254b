import { openDataSet } from '../data/dataset';
import { RetortError } from '../failure';
import { selectOptions } from '../methods/d2c/select.options';
import { scoredImages, selectRows } from '../methods/d2c/select';
import type { RunSummary, SelectOptions } from '../protocol';
import type { ArtifactStore } from '../runs/artifacts';
import { openStores } from '../runs/store';
import type { Bundle } from '../runs/types';
import { version } from '../../package.json';
import { PictureIndex } from './pictures';
import type { AuditRows, ChosenSet, ExportSource } from './types';

/** A run opened for export; `close` gives its data set back so that it can be deleted. */
export interface ExportSession {
  source: ExportSource;
  chosen: ChosenSet;
  close(): void;
}

async function findArtifact(run: RunSummary, id: string, artifacts: ArtifactStore): Promise<Bundle | null> {
  const stage = run.stages.find((each) => each.id === id && (each.status === 'done' || each.status === 'cached'));
  return stage === undefined ? null : artifacts.get(stage.key);
}

async function artifactOf(run: RunSummary, id: string, artifacts: ArtifactStore): Promise<Bundle> {
  const bundle = await findArtifact(run, id, artifacts);
  if (bundle === null) {
    throw new RetortError('export-unscored', 'This run has not scored its images yet. Let it go on until the scores are there, then export.', { run: run.name });
  }
  return bundle;
}

/** What the audit named, where the run has one and it is still stored. */
async function auditOf(run: RunSummary, artifacts: ArtifactStore): Promise<AuditRows | null> {
  const bundle = await findArtifact(run, 'audit', artifacts);
  if (bundle === null) return null;
  const list = (name: string) => Uint32Array.from(bundle.parts[name]);
  return {
    first: list('duplicates:first'), second: list('duplicates:second'), mislabelled: list('mislabelled:rows'), suggested: list('mislabelled:suggested'), outliers: list('outliers:rows'),
  };
}

/** Picture indices by data set hash; one is kept, since exports of one run follow each other while a slider moves. */
const remembered = new Map<string, PictureIndex>();

function pictureIndex(hash: string): PictureIndex {
  const index = remembered.get(hash) ?? new PictureIndex();
  remembered.clear();
  remembered.set(hash, index);
  return index;
}

/**
 * Opens a stored run with its own selection, or with another one on the same scores.
 * @throws RetortError `run-missing`, `export-unscored`, and what opening the data set and selecting throw.
 */
export async function openSession(runId: string, selection: SelectOptions | null): Promise<ExportSession> {
  const { runs, artifacts, data } = await openStores();
  const run = await runs.load(runId);
  const score = await artifactOf(run, 'score', artifacts);
  const encoder = await artifactOf(run, 'encoder', artifacts);
  const dataset = await openDataSet(data, run.datasetId);
  try {
    const scored = scoredImages(score, encoder, dataset.labels(), dataset.summary.classes.length);
    const own = selectOptions.parse(run.recipe.options.select ?? {});
    const options = selection ?? own;
    const { picked } = selectRows(scored, options, run.recipe.seed);
    const measured = selection === null || sameRows(picked, selectRows(scored, own, run.recipe.seed).picked);
    return {
      source: {
        run, dataset, appVersion: version,
        scores: { rows: scored.rows, scores: scored.candidates.scores },
        audit: await auditOf(run, artifacts),
        pictures: pictureIndex(dataset.summary.hash),
      },
      chosen: { options: measured ? own : options, rows: picked, measured },
      close: () => dataset.close(),
    };
  } catch (error) {
    dataset.close();
    throw error;
  }
}

function sameRows(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((row, i) => row === b[i]);
}
