import type { AutomationLine } from '../src/client/automation';

/** Without a terminal, lines that replace each other are thinned out to one in this many milliseconds. */
const QUIET_MS = 10_000;

/** Writes progress: one updating line on a terminal, plain lines otherwise. */
export class Progress {
  private shown = false;
  private lastPlain = -Infinity;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly now: () => number = () => performance.now(),
  ) {}

  write({ text, update }: AutomationLine): void {
    if (this.stream.isTTY) {
      const fitting = update ? text.slice(0, Math.max(10, this.stream.columns - 1)) : text;
      this.stream.write(`${this.shown ? '\r\u001b[K' : ''}${fitting}${update ? '' : '\n'}`);
      this.shown = update;
      return;
    }
    if (update) {
      if (this.now() - this.lastPlain < QUIET_MS) return;
      this.lastPlain = this.now();
    }
    this.stream.write(`${text}\n`);
  }

  /** A line that stays. */
  say(text: string): void {
    this.write({ text, update: false });
  }

  /** Leaves the cursor on a fresh line. */
  end(): void {
    if (this.shown) this.stream.write('\n');
    this.shown = false;
  }
}
