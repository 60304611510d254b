import * as Comlink from 'comlink';
import type { ExploreApi, ExportApi, FeaturesApi, IntakeApi } from '../../workers/protocol';
import { failure } from './failure';
import { QUICK_CALL_MS, WorkerLink, type WorkerPort } from './link';
import { StudioSession } from './studio';
import type { Client, Fault } from './types';

/** Silence of the compute worker, heartbeats included, after which it is taken for dead. */
const SILENCE_MS = 60_000;
/** Events posted just before a call resolved may still be under way on their own port. */
const PORT_LINGER_MS = 1_000;

export type Spawners = Record<Fault['worker'], () => WorkerPort>;

/** The bundler finds workers by this exact expression, so each is written out and never built from a name. */
const spawners: Spawners = {
  studio: () => new Worker(new URL('../../workers/studio.worker.ts', import.meta.url), { type: 'module', name: 'studio' }),
  intake: () => new Worker(new URL('../../workers/intake.worker.ts', import.meta.url), { type: 'module', name: 'intake' }),
  explore: () => new Worker(new URL('../../workers/explore.worker.ts', import.meta.url), { type: 'module', name: 'explore' }),
  export: () => new Worker(new URL('../../workers/export.worker.ts', import.meta.url), { type: 'module', name: 'export' }),
  features: () => new Worker(new URL('../../workers/features.worker.ts', import.meta.url), { type: 'module', name: 'features' }),
};

/** Runs a call that reports over a port of its own; the port lives a moment longer than the call. */
async function withEvents<Event, T>(onEvent: (event: Event) => void, call: (port: MessagePort) => Promise<T>): Promise<T> {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener('message', (message: MessageEvent<Event>) => onEvent(message.data));
  port1.start();
  try {
    return await call(Comlink.transfer(port2, [port2]));
  } finally {
    setTimeout(() => port1.close(), PORT_LINGER_MS);
  }
}

/**
 * The page's end of every worker. Nothing is spawned before the first call.
 *
 * @param options.spawners how workers are made; tests bring their own
 * @param options.silenceMs the watchdog's patience
 */
export function createClient(options: { spawners?: Partial<Spawners>; silenceMs?: number } = {}): Client {
  const spawn = { ...spawners, ...options.spawners };
  const faultListeners = new Set<(fault: Fault) => void>();
  const tell = (fault: Fault) => faultListeners.forEach((listener) => listener(fault));
  const link = <Api>(name: Fault['worker']) =>
    new WorkerLink<Api>(name, spawn[name], (reason) => tell({ worker: name, failure: reason, recovering: false }));

  const intake = link<IntakeApi>('intake');
  const explore = link<ExploreApi>('explore');
  const exporter = link<ExportApi>('export');
  const features = link<FeaturesApi>('features');
  const studio = new StudioSession(spawn.studio, tell, options.silenceMs ?? SILENCE_MS);

  return {
    intake: {
      read: (source, readOptions, onEvent) =>
        withEvents(onEvent, (port) => intake.call((remote) => remote.read(source, readOptions, port))),
      cancel: () => intake.call((remote) => remote.cancel(), QUICK_CALL_MS),
      list: () => intake.call((remote) => remote.list(), QUICK_CALL_MS),
      remove: (id) => intake.call((remote) => remote.remove(id), QUICK_CALL_MS),
      verdicts: (id, from, count, status) => intake.call((remote) => remote.verdicts(id, from, count, status), QUICK_CALL_MS),
      images: (id, indices) => intake.call((remote) => remote.images(id, indices), QUICK_CALL_MS),
    },
    studio: studio.api,
    explore: {
      load: (runId) => explore.call((remote) => remote.load(runId)),
      behind: (runId, query) => explore.call((remote) => remote.behind(runId, query)),
      select: (runId, selection) => explore.call((remote) => remote.select(runId, selection)),
      sizes: (runId, selection) => explore.call((remote) => remote.sizes(runId, selection), QUICK_CALL_MS),
    },
    exporter: {
      plan: (runId, exportOptions, selection) => exporter.call((remote) => remote.plan(runId, exportOptions, selection)),
      write: (runId, exportOptions, selection, onEvent) =>
        withEvents(onEvent, (port) => exporter.call((remote) => remote.write(runId, exportOptions, selection, port))),
      report: (runId, exportOptions, selection, language) => exporter.call((remote) => remote.report(runId, exportOptions, selection, language)),
      cancel: () => exporter.call((remote) => remote.cancel(), QUICK_CALL_MS),
    },
    features: {
      add: (file, name) => features.call((remote) => remote.add(file, name)),
      list: () => features.call((remote) => remote.list(), QUICK_CALL_MS),
      remove: (sha256) => features.call((remote) => remote.remove(sha256), QUICK_CALL_MS),
    },
    onFault(listener) {
      faultListeners.add(listener);
      return () => faultListeners.delete(listener);
    },
    dispose() {
      faultListeners.clear();
      const reason = failure('aborted', 'Stopped. What was finished is kept.');
      intake.kill(reason);
      explore.kill(reason);
      exporter.kill(reason);
      features.kill(reason);
      studio.dispose();
    },
  };
}
