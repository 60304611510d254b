/**
 * Runs `task` over items, at most `width` at a time, and yields results in the order of the items, so that what comes out
 * does not depend on which finished first. Stops starting tasks when the consumer stops.
 */
export async function* ordered<T, R>(items: Iterable<T>, width: number, task: (item: T) => Promise<R>): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  const start = (item: T): void => {
    const promise = task(item);
    // A failure is reported where its turn comes; until then it must not count as unhandled.
    promise.catch(() => undefined);
    running.push(promise);
  };
  try {
    for (const item of items) {
      start(item);
      if (running.length >= width) yield await (running.shift() as Promise<R>);
    }
    while (running.length > 0) yield await (running.shift() as Promise<R>);
  } finally {
    await Promise.allSettled(running);
  }
}

/** A counting lock: takers wait while the budget is spent. A request above the whole budget waits to be alone. */
export class Budget {
  private used = 0;
  private readonly waiting: { amount: number; go: () => void }[] = [];

  constructor(private readonly total: number) {}

  async take(amount: number): Promise<() => void> {
    const needed = Math.min(amount, this.total);
    if (this.waiting.length > 0 || this.used + needed > this.total) {
      await new Promise<void>((go) => this.waiting.push({ amount: needed, go }));
    } else this.used += needed;
    return () => {
      this.used -= needed;
      // First come, first served: a large picture must not starve behind small ones.
      while (this.waiting.length > 0 && this.used + this.waiting[0].amount <= this.total) {
        const next = this.waiting.shift() as { amount: number; go: () => void };
        this.used += next.amount;
        next.go();
      }
    };
  }
}

/** Lets messages (a cancel) in between pieces of work that never leave the microtask queue. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
