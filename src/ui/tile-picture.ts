import type { Gallery } from '../features/intake/gallery';
import { prepareCanvas } from './canvas';
import { toRgba } from './tile-store';

/** An image of a data set by its row, or a picture that has none by its place in `SampledPictures`. */
export type Picture = { row: number } | { sampled: number };

/** Pictures that are no rows of a data set, uint8 NHWC one after the other. */
export interface SampledPictures {
  pixels: Uint8Array;
  size: number;
  channels: 1 | 3;
}

/** Side in CSS pixels near `wanted` at which every pixel of a thumbnail is equally large. */
export function evenSide(size: number, wanted: number): number {
  const base = Math.min(size, 64);
  return base * Math.max(1, Math.round(wanted / base));
}

let scratch: OffscreenCanvas | null = null;

function drawSampled(context: CanvasRenderingContext2D, { pixels, size, channels }: SampledPictures, index: number, x: number, y: number, side: number): void {
  const bytes = size * size * channels;
  if (scratch?.width !== size) scratch = new OffscreenCanvas(size, size);
  const image = new ImageData(size, size);
  toRgba(pixels.subarray(index * bytes, (index + 1) * bytes), channels, image.data);
  scratch.getContext('2d')?.putImageData(image, 0, 0);
  context.drawImage(scratch, x, y, side, side);
}

export interface Place {
  picture: Picture;
  x: number;
  y: number;
  /** Custom property of the colour of a frame around it. */
  frame?: string;
}

/** Draws pictures at their places with every pixel sharp; a place whose thumbnail is still on its way is filled with `empty`. */
export function drawPictures(
  canvas: HTMLCanvasElement, width: number, height: number, places: readonly Place[], side: number, gallery: Gallery, sampled: SampledPictures | null, empty: string,
): void {
  const context = prepareCanvas(canvas, width, height);
  if (!context) return;
  gallery.request(places.flatMap(({ picture }) => ('row' in picture ? [picture.row] : [])));
  context.imageSmoothingEnabled = false;
  for (const { picture, x, y, frame } of places) {
    context.fillStyle = empty;
    if ('sampled' in picture) {
      if (sampled) drawSampled(context, sampled, picture.sampled, x, y, side);
    } else if (!gallery.tiles?.draw(context, picture.row, x, y, side)) context.fillRect(x, y, side, side);
    if (frame) {
      context.strokeStyle = frame;
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, side - 2, side - 2);
    }
  }
}
