import { opfsStore, type Store } from '../data/storage';
import { RetortError } from '../failure';
import type { RunSummary } from '../protocol';
import { ArtifactStore } from './artifacts';
import { opfsFiles, type Files } from './files';

/** Run records, one JSON file each: what was asked, how far it came, what it found. */
export class RunStore {
  constructor(private readonly files: Files) {}

  async save(run: RunSummary): Promise<void> {
    await this.files.write(`runs/${run.id}.json`, new TextEncoder().encode(JSON.stringify(run)));
  }

  /** @throws RetortError('run-missing') when there is no such run. */
  async load(id: string): Promise<RunSummary> {
    const bytes = await this.files.read(`runs/${id}.json`);
    if (bytes === null) throw new RetortError('run-missing', 'This run is no longer stored. Start a new one from its data set.', { id });
    return JSON.parse(new TextDecoder().decode(bytes)) as RunSummary;
  }

  /** Newest first. */
  async list(): Promise<RunSummary[]> {
    const names = (await this.files.list('runs')).filter((name) => name.endsWith('.json'));
    const runs = await Promise.all(names.map((name) => this.load(name.slice(0, -'.json'.length))));
    return runs.sort((a, b) => b.createdAt - a.createdAt);
  }

  remove(id: string): Promise<void> {
    return this.files.remove(`runs/${id}.json`);
  }
}

export interface Stores {
  runs: RunStore;
  artifacts: ArtifactStore;
  files: Files;
  /** Data sets, for `openDataSet`. */
  data: Store;
}

/** Everything this origin keeps. */
export async function openStores(): Promise<Stores> {
  const root = await navigator.storage.getDirectory();
  const files = opfsFiles(root);
  return { runs: new RunStore(files), artifacts: new ArtifactStore(files), files, data: opfsStore(root) };
}
