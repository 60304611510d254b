import * as Comlink from 'comlink';
import type { EngineKind, EngineVerdict, Failure, Recipe, StudioApi, WorkerEvent } from '../../workers/protocol';
import { failure, normalise } from './failure';
import { QUICK_CALL_MS, WorkerLink, type WorkerPort } from './link';
import type { Client, Fault } from './types';
import { Watchdog } from './watchdog';

/** Compiling the kernels and proving the engine takes up to a minute on a software adapter. */
const OPEN_MS = 300_000;
/** Restarts without a checkpoint in between before the run is left for the person to resume. */
const RESTART_LIMIT = 3;
/** Faults of the engine that leave the run interrupted: it goes on in a fresh worker as it is. */
export const INTERRUPTIONS: ReadonlySet<string> = new Set(['device-lost', 'device-refused']);
/** Faults of the engine that end the run, since it would only meet them again; the worker cannot be used any more either. */
const EXHAUSTIONS: ReadonlySet<string> = new Set(['out-of-memory', 'over-cap']);
/** What a fresh worker may cure; any other failure would only repeat itself. */
const RECOVERABLE: ReadonlySet<string> = new Set(['worker-died', 'worker-silent', 'timeout', ...INTERRUPTIONS, ...EXHAUSTIONS]);

interface CurrentRun {
  id: string;
  paused: boolean;
}

/**
 * The page's end of the compute worker. Knows which run is going on, so that when the worker dies, falls silent or loses
 * its device, a fresh one takes the run up from its last checkpoint.
 */
export class StudioSession {
  readonly api: Client['studio'];
  private readonly link: WorkerLink<StudioApi>;
  private readonly watchdog: Watchdog;
  private readonly listeners = new Set<(event: WorkerEvent) => void>();
  private port: MessagePort | null = null;
  private opened: { engine: 'auto' | EngineKind; verdict: Promise<EngineVerdict> } | null = null;
  private current: CurrentRun | null = null;
  private restarts = 0;
  private memory: number | null = null;
  private recovering = false;

  constructor(spawn: () => WorkerPort, private readonly onFault: (fault: Fault) => void, silenceMs: number) {
    this.link = new WorkerLink<StudioApi>('studio', spawn, (reason) => void this.recover(reason));
    this.watchdog = new Watchdog(silenceMs, () => {
      void this.recover(failure('worker-silent', 'The compute worker fell silent and is started anew.', `${silenceMs} ms without an event`));
    });
    const quick = <T>(invoke: (remote: Comlink.Remote<StudioApi>) => Promise<T>) => this.link.call(invoke, QUICK_CALL_MS);
    this.api = {
      open: (engine) => this.open(engine),
      stages: () => quick((remote) => remote.stages()),
      resolve: (recipe: Recipe) => quick((remote) => remote.resolve(recipe)),
      forecast: (datasetId, recipe) => quick((remote) => remote.forecast(datasetId, recipe)),
      start: (datasetId, recipe, name) => this.link.call((remote) => remote.start(datasetId, recipe, name)),
      pause: () => quick((remote) => remote.pause()),
      step: () => quick((remote) => remote.step()),
      resume: () => quick((remote) => remote.resume()),
      // Waits for the step at work to end, which on a slow machine has no useful bound.
      stop: () => this.link.call((remote) => remote.stop()),
      resumeRun: (runId) => this.link.call((remote) => remote.resumeRun(runId)),
      runs: () => quick((remote) => remote.runs()),
      removeRun: (runId) => quick((remote) => remote.removeRun(runId)),
      figures: () => quick((remote) => remote.figures()),
      limitMemory: async (bytes) => {
        this.memory = bytes;
        if (this.opened !== null) await quick((remote) => remote.limitMemory(bytes));
      },
      loseDevice: () => quick((remote) => remote.loseDevice()),
      onEvent: (listener) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
    };
  }

  dispose(): void {
    this.listeners.clear();
    this.close(failure('aborted', 'Stopped. What was finished is kept.'));
  }

  /** One engine a worker: asking for another kind replaces the worker, asking again for the same answers the same verdict. */
  private open(engine: 'auto' | EngineKind): Promise<EngineVerdict> {
    if (this.opened !== null && this.opened.engine === engine) return this.opened.verdict;
    if (this.opened !== null) this.close(failure('aborted', 'Stopped, because another engine was chosen. Resume the run to go on with it.'));
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', (message: MessageEvent<WorkerEvent>) => this.receive(message.data));
    port1.start();
    this.port = port1;
    const verdict = this.link.call((remote) => remote.open(engine, Comlink.transfer(port2, [port2])), OPEN_MS).then(async (answer) => {
      if (this.memory !== null) await this.link.call((remote) => remote.limitMemory(this.memory), QUICK_CALL_MS);
      return answer;
    });
    const opened = { engine, verdict };
    this.opened = opened;
    // A failed start must not be remembered as the answer for ever.
    verdict.catch(() => {
      if (this.opened === opened && !this.recovering) this.opened = null;
    });
    return verdict;
  }

  private close(reason: Failure): void {
    this.watchdog.stop();
    this.port?.close();
    this.port = null;
    this.opened = null;
    this.current = null;
    this.link.kill(reason);
  }

  private receive(event: WorkerEvent): void {
    this.watchdog.heard();
    if (event.type === 'heartbeat') return;
    if (event.type === 'checkpoint') this.restarts = 0;
    if (event.type === 'status') this.track(event.runId, event.status);
    for (const listener of this.listeners) listener(event);
    if (event.type === 'failed' && (INTERRUPTIONS.has(event.failure.code) || EXHAUSTIONS.has(event.failure.code))) void this.recover(event.failure);
  }

  private track(id: string, status: string): void {
    if (status === 'running' || status === 'paused') this.current = { id, paused: status === 'paused' };
    // An interrupted run stays current: it is the one to take up again once a fresh worker stands.
    else if (status !== 'interrupted') this.current = null;
    if (status === 'running') this.watchdog.start();
    else this.watchdog.stop();
  }

  /** Replaces the worker and takes the current run up again; tells the listeners of every attempt and of giving up. */
  private async recover(reason: Failure): Promise<void> {
    if (this.recovering) return;
    this.recovering = true;
    const run = this.current;
    const engine = this.opened?.engine;
    try {
      for (let cause = reason; ; ) {
        this.close(cause);
        const giveUp = engine === undefined || this.restarts >= RESTART_LIMIT || !RECOVERABLE.has(cause.code);
        this.onFault({ worker: 'studio', failure: cause, recovering: !giveUp && !EXHAUSTIONS.has(cause.code) });
        if (giveUp) {
          this.restarts = 0;
          return;
        }
        this.restarts++;
        try {
          await this.open(engine);
          if (run !== null) await this.api.resumeRun(run.id);
          if (run?.paused) await this.api.pause();
          return;
        } catch (error) {
          cause = normalise(error);
        }
      }
    } finally {
      this.recovering = false;
    }
  }
}
