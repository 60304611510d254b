import { datasetPath, FILES, listDataSets, openDataSet, removeDataSet } from '../data/dataset';
import { intakeOptions } from '../data/options';
import type { Store, StoreFile } from '../data/storage';
import type { DataSet } from '../data/types';
import { RetortError, toFailure } from '../failure';
import type { DataSetSummary, IntakeApi, IntakeEvent, IntakeOptions, IntakeSource, Thumbnail, Verdict, VerdictStatus } from '../protocol';
import { readSource, type Environment } from './reader';

/** Line starts of a verdict file, by status, so that a page of a million verdicts costs one page. */
interface VerdictIndex {
  id: string;
  all: number[];
  byStatus: Map<VerdictStatus, number[]>;
  end: number;
}

const SCAN = 2 ** 20;

async function indexVerdicts(store: Store, id: string): Promise<VerdictIndex> {
  const file = await store.open(datasetPath(id, FILES.verdicts));
  if (!file) throw new RetortError('no-dataset', 'This data set is no longer in the store. Read its folder again.', { id });
  try {
    const index: VerdictIndex = { id, all: [], byStatus: new Map(), end: file.size() };
    const decoder = new TextDecoder();
    let pending = new Uint8Array(0);
    for (let at = 0; at < index.end;) {
      const chunk = new Uint8Array(pending.length + Math.min(SCAN, index.end - at));
      chunk.set(pending);
      at += file.read(chunk.subarray(pending.length), at);
      const base = at - chunk.length;
      let from = 0;
      for (let to = chunk.indexOf(10); to >= 0; from = to + 1, to = chunk.indexOf(10, from)) {
        const { status } = JSON.parse(decoder.decode(chunk.subarray(from, to))) as Verdict;
        index.all.push(base + from);
        const list = index.byStatus.get(status) ?? [];
        index.byStatus.set(status, list);
        list.push(base + from);
      }
      pending = chunk.slice(from);
    }
    return index;
  } finally {
    file.close();
  }
}

/** One line from `at`, whose length is not known beforehand. */
function lineAt(file: StoreFile, at: number, end: number): string {
  for (let size = 512; ; size *= 4) {
    const bytes = new Uint8Array(Math.min(size, end - at));
    file.read(bytes, at);
    const stop = bytes.indexOf(10);
    if (stop >= 0) return new TextDecoder().decode(bytes.subarray(0, stop));
    if (bytes.length < size) return new TextDecoder().decode(bytes);
  }
}

async function failing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Comlink carries plain objects whole but strips errors of their fields, so the failure itself is the rejection.
    return await Promise.reject<T>(toFailure(error));
  }
}

function checked(options: IntakeOptions): IntakeOptions {
  const result = intakeOptions.safeParse(options);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const option = issue.path.join('.');
  throw new RetortError('option', `The option intake.${option} is not valid: ${issue.message}. Correct it and read the folder again.`, { option });
}

/** The intake as its worker serves it. At most one reading at a time. */
export class Intake implements IntakeApi {
  private running: { abort: AbortController; ended: Promise<void> } | null = null;
  private verdictIndex: VerdictIndex | null = null;
  private opened: { id: string; dataset: DataSet } | null = null;

  /** @param environment opened at the first call, since the store is asynchronous to get. */
  constructor(private readonly environment: () => Promise<Environment>) {}

  read(source: IntakeSource, options: IntakeOptions, port: MessagePort): Promise<DataSetSummary> {
    const emit = (event: IntakeEvent, transfer: Transferable[] = []): void => port.postMessage(event, transfer);
    const abort = new AbortController();
    const work = failing(async () => {
      if (this.running) throw new RetortError('busy', 'Another folder is being read. Wait for it or cancel it first.', {});
      let end = (): void => undefined;
      this.running = { abort, ended: new Promise((resolve) => (end = resolve)) };
      try {
        return await readSource(await this.environment(), source, checked(options), abort.signal, emit);
      } finally {
        this.running = null;
        end();
      }
    });
    work.catch((failure: unknown) => emit({ type: 'failed', failure: toFailure(failure) }));
    return work;
  }

  async cancel(): Promise<void> {
    const running = this.running;
    running?.abort.abort();
    await running?.ended;
  }

  list(): Promise<DataSetSummary[]> {
    return failing(async () => listDataSets((await this.environment()).store));
  }

  remove(id: string): Promise<void> {
    return failing(async () => {
      if (this.opened?.id === id) this.release();
      if (this.verdictIndex?.id === id) this.verdictIndex = null;
      await removeDataSet((await this.environment()).store, id);
    });
  }

  verdicts(id: string, from: number, count: number, status?: VerdictStatus): Promise<{ total: number; items: Verdict[] }> {
    return failing(async () => {
      const { store } = await this.environment();
      if (this.verdictIndex?.id !== id) this.verdictIndex = await indexVerdicts(store, id);
      const { all, byStatus, end } = this.verdictIndex;
      const lines = status === undefined ? all : byStatus.get(status) ?? [];
      const file = await store.open(datasetPath(id, FILES.verdicts));
      if (!file) throw new RetortError('no-dataset', 'This data set is no longer in the store. Read its folder again.', { id });
      try {
        const items = lines.slice(from, from + count).map((at) => JSON.parse(lineAt(file, at, end)) as Verdict);
        return { total: lines.length, items };
      } finally {
        file.close();
      }
    });
  }

  images(id: string, indices: number[]): Promise<Thumbnail[]> {
    return failing(async () => {
      const { store } = await this.environment();
      if (this.opened?.id !== id) {
        this.release();
        this.opened = { id, dataset: await openDataSet(store, id) };
      }
      const { dataset } = this.opened;
      const stride = dataset.summary.size ** 2 * dataset.summary.channels;
      const rows = indices.filter((index) => Number.isInteger(index) && index >= 0 && index < dataset.records.length);
      const pixels = dataset.pixels(rows);
      return rows.map((index, i): Thumbnail => {
        const { classIndex, split, path } = dataset.records[index];
        return { index, classIndex, split, path, pixels: pixels.slice(i * stride, (i + 1) * stride) };
      });
    });
  }

  private release(): void {
    this.opened?.dataset.close();
    this.opened = null;
  }
}
