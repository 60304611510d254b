import type { Thumbnail } from '../../workers/protocol';

/** Where thumbnails wait to be drawn. The gallery needs no more than this, so that it can be tested without a canvas. */
export interface Tiles {
  has(row: number): boolean;
  put(item: Thumbnail): void;
  info(row: number): TileInfo | undefined;
  draw(context: CanvasRenderingContext2D, row: number, x: number, y: number, side: number): boolean;
}

export interface TileInfo {
  path: string;
  split: Thumbnail['split'];
  classIndex: number;
}

interface Slot extends TileInfo {
  slot: number;
}

const PAGE = 2048;
/** 16 MB a page: enough for every tile on a large screen, and a bound that does not grow with the data set. */
const PAGES = 3;
/** Tiles are never shown larger than this many device pixels in a grid. */
const LARGEST = 64;

/** Expands grey or RGB bytes to RGBA. */
export function toRgba(pixels: Uint8Array, channels: 1 | 3, out: Uint8ClampedArray): void {
  for (let from = 0, to = 0; from < pixels.length; from += channels, to += 4) {
    out[to] = pixels[from];
    out[to + 1] = pixels[channels === 3 ? from + 1 : from];
    out[to + 2] = pixels[channels === 3 ? from + 2 : from];
    out[to + 3] = 255;
  }
}

/** A least-recently-drawn cache of thumbnails in a few large canvases, so that a grid of thousands is a few draw calls each. */
export class TileStore implements Tiles {
  readonly side: number;
  private readonly perRow: number;
  private readonly capacity: number;
  private readonly pages: OffscreenCanvas[] = [];
  private readonly slots = new Map<number, Slot>();
  private readonly scratch: OffscreenCanvas;
  private readonly image: ImageData;

  constructor(private readonly size: number, private readonly channels: 1 | 3) {
    this.side = Math.min(size, LARGEST);
    this.perRow = Math.floor(PAGE / this.side);
    this.capacity = this.perRow * this.perRow * PAGES;
    this.scratch = new OffscreenCanvas(size, size);
    this.image = new ImageData(size, size);
  }

  has(row: number): boolean {
    return this.slots.has(row);
  }

  info(row: number): TileInfo | undefined {
    return this.slots.get(row);
  }

  put(item: Thumbnail): void {
    const slot = this.slots.get(item.index)?.slot ?? this.freeSlot();
    this.slots.set(item.index, { slot, path: item.path, split: item.split, classIndex: item.classIndex });
    toRgba(item.pixels, this.channels, this.image.data);
    const { context, x, y } = this.locate(slot);
    if (this.side === this.size) {
      context.putImageData(this.image, x, y);
      return;
    }
    this.scratch.getContext('2d')?.putImageData(this.image, 0, 0);
    context.drawImage(this.scratch, x, y, this.side, this.side);
  }

  draw(context: CanvasRenderingContext2D, row: number, x: number, y: number, side: number): boolean {
    const found = this.slots.get(row);
    if (!found) return false;
    // Deleting and setting again moves the row to the young end of the map's order.
    this.slots.delete(row);
    this.slots.set(row, found);
    const at = this.locate(found.slot);
    context.drawImage(at.context.canvas, at.x, at.y, this.side, this.side, x, y, side, side);
    return true;
  }

  private freeSlot(): number {
    if (this.slots.size < this.capacity) return this.slots.size;
    for (const [row, { slot }] of this.slots) {
      this.slots.delete(row);
      return slot;
    }
    return 0;
  }

  private locate(slot: number): { context: OffscreenCanvasRenderingContext2D; x: number; y: number } {
    const perPage = this.perRow * this.perRow;
    const page = Math.floor(slot / perPage);
    this.pages[page] ??= new OffscreenCanvas(PAGE, PAGE);
    const context = this.pages[page].getContext('2d');
    if (!context) throw new Error('No 2D canvas for thumbnails');
    const within = slot % perPage;
    return { context, x: (within % this.perRow) * this.side, y: Math.floor(within / this.perRow) * this.side };
  }
}
