import type { TuningFigures } from '../../../protocol';
import { RandomStream } from '../../../random';
import { tileKey, type Tile } from './tile';
import { likelyTiles, type Chooser, type Tiled } from './tiled';
import { Trial } from './trial';

/** What was measured on one adapter, as text that only this module reads, by product. */
export type Remembered = Record<string, string>;

/** Keeps measurements from one session to the next, by adapter. */
export interface TuningStore {
  load(adapter: string): Promise<Remembered>;
  save(adapter: string, choices: Remembered): Promise<void>;
}

export interface TunerOptions {
  /** Vendor, architecture and whatever else is known about adapter and browser: what was measured on one says nothing about another. */
  adapter: string;
  store: TuningStore;
  /** What `store` had for the adapter. */
  remembered: Remembered;
  /** Milliseconds that may be spent on measuring in one session. */
  budget?: number;
  /** Products of fewer floating-point operations are not worth a measurement. */
  least?: number;
  /** The tiles among which to choose, the usual one first. */
  candidates?: (kernel: Tiled) => Tile[];
}

const BUDGET_MS = 2000;
const LEAST_FLOPS = 4e6;
/** Products whose operands and result take more bytes keep the usual tile: the trial would need them a second time. */
const MOST_BYTES = 1 << 28;
/** A run repeats its product for about so long, several times above the precision of clocks in browsers. */
const RUN_MS = 2;
const RUNS = 3;
/** A tile must be faster by this factor than the usual one: less is noise. */
const GAIN = 0.95;

interface Choice {
  tile: Tile;
  /** Of the shader: a choice made for another one counts for nothing. */
  mark: number;
}

/** The same for the same text, and hardly ever for another. */
function markOf(text: string): number {
  return new RandomStream(0, text).uniform();
}

function parse(text: string | undefined): Choice | null {
  if (text === undefined) return null;
  try {
    const { tile, mark } = JSON.parse(text) as Choice;
    return typeof tile?.rows === 'number' && typeof mark === 'number' ? { tile, mark } : null;
  } catch {
    return null;
  }
}

/**
 * Chooses tiles by timing. A product that is asked for the first time gets its usual tile, or the one an earlier session found, and is put on a list; between
 * steps, never inside one, the list is worked off: every candidate must first give the same bits as the usual tile, and the fastest of those serves
 * from then on. Since it computes the same bits, neither the clock nor the store can change a result, only how soon it is there.
 */
export class Tuner implements Chooser {
  readonly figures: TuningFigures = { measured: 0, remembered: 0, changed: 0, refused: 0, skipped: 0, milliseconds: 0 };
  private readonly choices = new Map<string, Tile>();
  private readonly known: Remembered;
  private waiting: Tiled[] = [];
  private working: Promise<void> | null = null;

  constructor(private readonly device: GPUDevice, private readonly options: TunerOptions) {
    this.known = { ...options.remembered };
  }

  choose(kernel: Tiled): Tile {
    const chosen = this.choices.get(kernel.key);
    if (chosen) return chosen;
    const known = this.recall(kernel);
    this.choices.set(kernel.key, known ?? kernel.usual);
    if (known) {
      this.figures.remembered++;
      return known;
    }
    const bytes = 4 * kernel.sizes.reduce((sum, size) => sum + size, 0);
    if (kernel.flops >= (this.options.least ?? LEAST_FLOPS) && bytes <= MOST_BYTES) {
      this.waiting.push(kernel);
      // Whoever encodes at the moment does so to the end before anything is measured.
      this.working ??= Promise.resolve().then(() => this.work()).finally(() => { this.working = null; });
    }
    return kernel.usual;
  }

  /** Resolves when nothing is left to be measured; never rejects. */
  async settled(): Promise<void> {
    while (this.working) await this.working;
  }

  private recall(kernel: Tiled): Tile | null {
    const choice = parse(this.known[kernel.key]);
    if (!choice) return null;
    const tile = this.candidates(kernel).find((candidate) => tileKey(candidate) === tileKey(choice.tile));
    return tile && markOf(kernel.program(tile).wgsl()) === choice.mark ? tile : null;
  }

  private candidates(kernel: Tiled): Tile[] {
    return (this.options.candidates ?? likelyTiles)(kernel);
  }

  private async work(): Promise<void> {
    const { adapter, store } = this.options;
    try {
      while (this.waiting.length > 0) {
        // What costs most first, in case that time runs out; all take effect together, so that a step that is recorded changes once at most.
        const batch = this.waiting.splice(0).sort((a, b) => b.flops - a.flops);
        const found: [Tiled, Tile][] = [];
        for (const kernel of batch) {
          // One that cannot be measured, say for want of memory, does not keep the others from it.
          const tile = await this.measure(kernel).catch(() => null);
          if (tile) found.push([kernel, tile]);
          else this.figures.skipped++;
        }
        for (const [kernel, tile] of found) {
          this.choices.set(kernel.key, tile);
          this.known[kernel.key] = JSON.stringify({ tile, mark: markOf(kernel.program(tile).wgsl()) } satisfies Choice);
        }
        if (found.length > 0) await store.save(adapter, { ...this.known });
      }
    } catch {
      // A device that went away, or a store that is full: the usual tiles serve as well.
      this.figures.skipped += this.waiting.splice(0).length;
    }
  }

  /** The fastest right tile; null when there was no time to try all of them. */
  private async measure(kernel: Tiled): Promise<Tile | null> {
    const { figures } = this;
    const budget = this.options.budget ?? BUDGET_MS;
    const from = figures.milliseconds;
    const start = performance.now();
    const late = (): boolean => {
      figures.milliseconds = from + performance.now() - start;
      return figures.milliseconds > budget;
    };
    if (late()) return null;
    const trial = new Trial(this.device, kernel);
    try {
      const [usual, ...others] = this.candidates(kernel);
      await trial.prepare(usual);
      const expected = await trial.bits(usual);
      const repeats = await trial.repeats(usual, RUN_MS);
      const reference = await trial.time(usual, RUNS, repeats);
      let best = { tile: usual, ms: GAIN * reference };
      for (const tile of others) {
        if (late()) return null;
        const right = await trial.prepare(tile).then(async () => same(await trial.bits(tile), expected), () => false);
        if (!right) {
          figures.refused++;
          continue;
        }
        const ms = await trial.time(tile, RUNS, repeats, best.ms);
        if (ms < best.ms) best = { tile, ms };
      }
      figures.measured++;
      if (best.tile !== usual) figures.changed++;
      return best.tile;
    } finally {
      trial.dispose();
      late();
    }
  }
}

/** Whether two results are the same bit for bit. */
export function same(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

/** Forgets with the process. */
export class MemoryTuningStore implements TuningStore {
  private readonly adapters = new Map<string, Remembered>();

  async load(adapter: string): Promise<Remembered> {
    return { ...this.adapters.get(adapter) };
  }

  async save(adapter: string, choices: Remembered): Promise<void> {
    this.adapters.set(adapter, { ...choices });
  }
}
