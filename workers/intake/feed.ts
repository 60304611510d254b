import type { IntakeEvent, Thumbnail, Verdict } from '../protocol';

export type Emit = (event: IntakeEvent, transfer?: Transferable[]) => void;

const THUMBNAILS = 32;
const VERDICTS = 128;
const PROGRESS_MS = 100;
/** No estimate before this much time: the first files are the slowest. */
const ESTIMATE_MS = 1000;

/** Gathers events so that 100,000 files do not become 100,000 messages. Times only pace messages and never reach the store. */
export class Feed {
  private thumbnails: { thumbnail: Thumbnail; grey: boolean }[] = [];
  private verdicts: Verdict[] = [];
  private started = 0;
  private last = 0;
  read = 0;
  total: number | null = null;
  accepted = 0;
  refused = 0;
  duplicates = 0;

  constructor(private readonly emit: Emit, private readonly size: number, private readonly channels: 'auto' | 'grey' | 'rgb', private readonly clock: () => number) {}

  /** Starts the clock of the estimate once it is known how much there is to read. */
  begin(total: number): void {
    this.total = total;
    this.started = this.clock();
    this.progress(true);
  }

  progress(force = false): void {
    const now = this.clock();
    if (!force && now - this.last < PROGRESS_MS) return;
    this.last = now;
    const elapsed = now - this.started;
    const known = this.total !== null && elapsed > ESTIMATE_MS && this.read > 0;
    const secondsLeft = known ? ((elapsed / 1000) * ((this.total as number) - this.read)) / this.read : null;
    const { read, total, accepted, refused, duplicates } = this;
    this.emit({ type: 'progress', read, total, accepted, refused, duplicates, secondsLeft });
  }

  classes(names: string[], counts: number[]): void {
    this.emit({ type: 'classes', names, counts });
  }

  /** @param grey whether the image's channels agree; a batch that is grey throughout travels as one channel. */
  image(thumbnail: Thumbnail, grey: boolean): void {
    this.thumbnails.push({ thumbnail, grey });
    if (this.thumbnails.length >= THUMBNAILS) this.flushImages();
  }

  verdict(verdict: Verdict): void {
    this.verdicts.push(verdict);
    if (this.verdicts.length >= VERDICTS) this.flushVerdicts();
  }

  private flushImages(): void {
    if (this.thumbnails.length === 0) return;
    const single = this.channels === 'grey';
    const reduce = this.channels === 'auto' && this.thumbnails.every(({ grey }) => grey);
    const items = this.thumbnails.map(({ thumbnail }) => (reduce ? { ...thumbnail, pixels: thumbnail.pixels.filter((_, i) => i % 3 === 0) } : thumbnail));
    this.thumbnails = [];
    this.emit({ type: 'images', size: this.size, channels: single || reduce ? 1 : 3, items }, items.map((item) => item.pixels.buffer));
  }

  private flushVerdicts(): void {
    if (this.verdicts.length === 0) return;
    this.emit({ type: 'verdicts', items: this.verdicts });
    this.verdicts = [];
  }

  flush(): void {
    this.flushImages();
    this.flushVerdicts();
    this.progress(true);
  }
}
