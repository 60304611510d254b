import type { RunStatus } from '../protocol';

export type RunAction = 'start' | 'pause' | 'resume' | 'step' | 'stop' | 'finish' | 'fail' | 'lose';

/** The life of a run. `interrupted` is what a run that was going on is found as after a reload or a lost device. */
const TRANSITIONS: Record<RunStatus, Partial<Record<RunAction, RunStatus>>> = {
  running: { pause: 'paused', stop: 'stopped', finish: 'done', fail: 'failed', lose: 'interrupted', step: 'paused' },
  paused: { resume: 'running', step: 'paused', stop: 'stopped', fail: 'failed', lose: 'interrupted', finish: 'done' },
  interrupted: { start: 'running', lose: 'interrupted', fail: 'failed' },
  stopped: { start: 'running' },
  failed: { start: 'running' },
  done: { start: 'running' },
};

/** The status after an action, or null when the action means nothing in this status. */
export function transition(status: RunStatus, action: RunAction): RunStatus | null {
  return TRANSITIONS[status][action] ?? null;
}

/** Longest time a stage computes before the worker answers its messages again. */
const YIELD_AFTER_MS = 40;
const CHECKPOINT_EVERY_MS = 20_000;

/** Yields to the event loop without the 4 ms clamp that nested timers get. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * What stands between a stage's steps: answers messages, holds while paused, lets one step through, aborts when stopped, and
 * says when a checkpoint is due.
 */
export class RunControl {
  private readonly abort = new AbortController();
  private paused = false;
  private allowed = 0;
  private wake: (() => void) | null = null;
  private lastYield = performance.now();
  private lastCheckpoint = performance.now();
  private checkpointWanted = false;

  /** @param settled waits while the device is far behind, so that pauses, stops and progress mean what they say. */
  constructor(private readonly settled: () => Promise<void> = () => Promise.resolve()) {}

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get isPaused(): boolean {
    return this.paused;
  }

  pause(): void {
    this.paused = true;
    this.allowed = 0;
    this.checkpointWanted = true;
  }

  resume(): void {
    this.paused = false;
    this.wake?.();
  }

  /** Lets one more step run, then holds again. */
  step(): void {
    this.paused = true;
    this.allowed = 1;
    this.wake?.();
  }

  stop(reason: DOMException): void {
    this.abort.abort(reason);
    this.wake?.();
  }

  async breathe(): Promise<{ checkpointDue: boolean }> {
    await this.settled();
    const now = performance.now();
    if (this.paused || now - this.lastYield >= YIELD_AFTER_MS) {
      await nextTask();
      this.lastYield = performance.now();
    }
    this.abort.signal.throwIfAborted();
    // A stage saves when it is told that a checkpoint is due, so a pause first lets it come round once more with that news.
    const checkpointDue = this.checkpointWanted || now - this.lastCheckpoint >= CHECKPOINT_EVERY_MS;
    if (checkpointDue) {
      this.checkpointWanted = false;
      this.lastCheckpoint = now;
      return { checkpointDue };
    }
    if (this.paused) await this.hold();
    this.abort.signal.throwIfAborted();
    return { checkpointDue: false };
  }

  private async hold(): Promise<void> {
    while (this.paused && this.allowed === 0 && !this.abort.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.wake = null;
    if (this.allowed > 0) this.allowed--;
  }
}
