const TICK_MS = 5_000;

/**
 * Calls `onSilence` after `limitMs` without `heard()`. Time is summed over short ticks, each counted at most twice its length:
 * after the machine slept, or while the browser throttles a hidden page, the wall clock says nothing about the worker.
 */
export class Watchdog {
  private timer: ReturnType<typeof setInterval> | null = null;
  private silent = 0;
  private last = 0;

  constructor(
    private readonly limitMs: number,
    private readonly onSilence: () => void,
  ) {}

  start(): void {
    this.heard();
    if (this.timer !== null) return;
    this.last = performance.now();
    const tick = Math.min(TICK_MS, this.limitMs / 4);
    this.timer = setInterval(() => {
      const now = performance.now();
      this.silent += Math.min(now - this.last, 2 * tick);
      this.last = now;
      if (this.silent < this.limitMs) return;
      this.stop();
      this.onSilence();
    }, tick);
  }

  heard(): void {
    this.silent = 0;
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }
}
