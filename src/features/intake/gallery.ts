import type { Thumbnail } from '../../../workers/protocol';
import type { TileInfo, Tiles } from '../../ui/tile-store';

/** Thumbnails kept of each class while files stream in; more are fetched from the store when they are looked at. */
const STREAM_PER_CLASS = 160;
/** Rows fetched to show a stored data set whose rows by class are not known yet. */
const SAMPLE = 1600;
const BATCH = 200;

export interface GallerySource {
  images(id: string, indices: number[]): Promise<Thumbnail[]>;
}

/**
 * Which images exist, by class, and their thumbnails. Holds four bytes an image plus a bounded cache of pixels, so that it does not grow with the
 * size of the pictures. Not React state: canvases subscribe and draw once a frame.
 */
export class Gallery {
  /** Rows of the data set by class, in the order they arrived. */
  rowsByClass: number[][] = [];
  tiles: Tiles | null = null;
  private datasetId: string | null = null;
  private readonly wanted = new Set<number>();
  private readonly listeners = new Set<() => void>();
  private fetching = false;
  private version = 0;

  constructor(
    private readonly source: GallerySource,
    private readonly createTiles: (size: number, channels: 1 | 3) => Tiles,
    private readonly schedule: (task: () => void) => void,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getVersion = (): number => this.version;

  reset(): void {
    this.rowsByClass = [];
    this.tiles = null;
    this.datasetId = null;
    this.wanted.clear();
    this.changed();
  }

  /** Takes a batch from a running intake. */
  stream(size: number, channels: 1 | 3, items: Thumbnail[]): void {
    this.tiles ??= this.createTiles(size, channels);
    for (const item of items) {
      const rows = (this.rowsByClass[item.classIndex] ??= []);
      rows.push(item.index);
      if (rows.length <= STREAM_PER_CLASS) this.tiles.put(item);
    }
    this.changed();
  }

  /** Ties the gallery to a finished data set; from now on missing thumbnails are fetched. */
  attach(id: string, size: number, channels: 1 | 3): void {
    this.datasetId = id;
    this.tiles ??= this.createTiles(size, channels);
    this.changed();
  }

  /** Shows a stored data set from an even sample of its rows, in place of a full list. */
  async sample(count: number): Promise<void> {
    const taken = Math.min(SAMPLE, count);
    const rows = Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
    const id = this.datasetId;
    for (let from = 0; from < rows.length && id !== null && id === this.datasetId; from += BATCH) {
      const items = await this.source.images(id, rows.slice(from, from + BATCH));
      if (id !== this.datasetId) return;
      for (const item of items) {
        (this.rowsByClass[item.classIndex] ??= []).push(item.index);
        this.tiles?.put(item);
      }
      this.changed();
    }
  }

  /** Asks for thumbnails that are about to be drawn. Cheap to call every frame. */
  request(rows: Iterable<number>): void {
    if (this.datasetId === null || !this.tiles) return;
    for (const row of rows) if (!this.tiles.has(row)) this.wanted.add(row);
    if (this.wanted.size > 0) void this.fetch();
  }

  info(row: number): TileInfo | undefined {
    return this.tiles?.info(row);
  }

  private async fetch(): Promise<void> {
    if (this.fetching) return;
    this.fetching = true;
    try {
      while (this.wanted.size > 0 && this.datasetId !== null) {
        // The newest wishes are what is on screen now; older ones have scrolled away.
        const batch = [...this.wanted].slice(-BATCH);
        for (const row of batch) this.wanted.delete(row);
        const id = this.datasetId;
        const items = await this.source.images(id, batch);
        if (id !== this.datasetId) continue;
        for (const item of items) this.tiles?.put(item);
        this.changed();
      }
    } catch {
      // A dead reader is told by the fault banner; the next draw asks again.
      this.wanted.clear();
    } finally {
      this.fetching = false;
    }
  }

  private pending = false;

  private changed(): void {
    if (this.pending) return;
    this.pending = true;
    this.schedule(() => {
      this.pending = false;
      this.version++;
      for (const listener of this.listeners) listener();
    });
  }
}
