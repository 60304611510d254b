import { Appender, type Store } from '../data/storage';
import { RetortError, toFailure } from '../failure';
import { fileSlug } from '../formats/slug';
import type { ExportApi, ExportEvent, ExportOptions, ExportPlan, LimitVerdict, SelectOptions } from '../protocol';
import { planExport, writeExport } from './export';
import { measuredReport } from './report';
import type { ExportSession } from './load';
import type { ExportSource, ChosenSet, ExportProgress } from './types';

const FOLDER = 'exports';

/** Old zips go before a new one is written, so that they do not eat the room of runs. One that is being read stays. */
async function clearExports(store: Store): Promise<void> {
  for (const name of await store.list(FOLDER)) {
    await store.remove(`${FOLDER}/${name}`).catch((error: unknown) => {
      if (toFailure(error).code !== 'in-use') throw error;
    });
  }
}

/**
 * Writes the zip to `exports/<name>.zip` of the store; a failure or a cancellation leaves no file behind.
 * @throws RetortError `quota` with the bytes that were asked for, and what `writeExport` throws.
 */
export async function storeExport(
  store: Store, source: ExportSource, options: ExportOptions, chosen: ChosenSet,
  onProgress: (progress: ExportProgress) => void, signal: AbortSignal,
): Promise<{ path: string; bytes: number; sha256: string; limits: LimitVerdict[] }> {
  await clearExports(store);
  const path = `${FOLDER}/${fileSlug(options.name, 'condensed')}.zip`;
  const file = await store.create(path);
  let written: Awaited<ReturnType<typeof writeExport>>;
  try {
    file.truncate(0);
    const out = new Appender(file);
    written = await writeExport(source, options, chosen, { write: (chunk) => out.append(chunk) }, onProgress, signal);
    out.flush();
    file.flush();
  } catch (error) {
    file.close();
    await store.remove(path).catch(() => undefined);
    throw error;
  }
  file.close();
  return { path, ...written };
}

export interface ExporterHost {
  openSession(runId: string, selection: SelectOptions | null): Promise<ExportSession>;
  openStorage(): Promise<Store>;
  /** The stored file under a path of the store. */
  openFile(path: string): Promise<File>;
}

/** The export worker's API. One export or plan at a time: a newer plan supersedes an older one. */
export class Exporter implements ExportApi {
  private planning: AbortController | null = null;
  private writing: AbortController | null = null;

  constructor(private readonly host: ExporterHost) {}

  async plan(runId: string, options: ExportOptions, selection: SelectOptions | null): Promise<ExportPlan> {
    this.planning?.abort(new RetortError('superseded', 'A newer plan replaced this one.'));
    const control = new AbortController();
    this.planning = control;
    const session = await this.host.openSession(runId, selection);
    try {
      return await planExport(session.source, options, session.chosen, control.signal);
    } finally {
      session.close();
    }
  }

  async write(
    runId: string, options: ExportOptions, selection: SelectOptions | null, port: MessagePort,
  ): Promise<{ file: File; bytes: number; sha256: string; limits: LimitVerdict[] }> {
    const emit = (event: ExportEvent) => port.postMessage(event);
    if (this.writing) throw new RetortError('busy', 'An export is being written already. Wait for it or cancel it first.');
    const control = new AbortController();
    this.writing = control;
    try {
      const session = await this.host.openSession(runId, selection);
      try {
        const { path, ...written } = await storeExport(
          await this.host.openStorage(), session.source, options, session.chosen, (progress) => emit({ type: 'progress', ...progress }), control.signal,
        );
        return { file: await this.host.openFile(path), ...written };
      } finally {
        session.close();
      }
    } catch (error) {
      emit({ type: 'failed', failure: toFailure(error) });
      throw error;
    } finally {
      this.writing = null;
    }
  }

  async report(runId: string, options: ExportOptions, selection: SelectOptions | null, language: 'en' | 'ja'): Promise<File> {
    const session = await this.host.openSession(runId, selection);
    try {
      const html = await measuredReport(session.source, options, session.chosen, language);
      return new File([html], `${fileSlug(options.name, 'condensed')}-report.html`, { type: 'text/html' });
    } finally {
      session.close();
    }
  }

  async cancel(): Promise<void> {
    const reason = new DOMException('cancelled', 'AbortError');
    this.planning?.abort(reason);
    this.writing?.abort(reason);
  }
}
