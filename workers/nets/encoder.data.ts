import type { DataSet } from '../data/types';
import { RandomStream } from '../random';

/** What the encoder learns: the folder's classes, or, where there is only one, by how many quarter turns an image was turned. */
export type EncoderTask = 'classes' | 'rotation';

export interface Augmentation {
  flip: boolean;
  /** Largest shift in pixels, either way along both axes; edges are repeated. */
  shift: number;
  /** Side in pixels of a randomly placed square set to mid grey; 0 erases nothing. */
  erase: number;
}

/** Reserve images the judge wants before it gives up being trained on the method's own candidates. */
const RESERVE_PER_CLASS = 50;
const RESERVE_IN_ALL = 1000;

const MID_GREY = 128;
const HELD_OUT_SHARE = 0.1;
const HELD_OUT_MOST = 2000;

/** Rows the judge is trained on: the reserve where it is large enough in every class, else the training rows. */
export function judgeRows(dataset: DataSet): { rows: Uint32Array; disjoint: boolean } {
  const reserve = dataset.rows('reserve');
  const enough = dataset.summary.classes.every((each) => each.reserve >= RESERVE_PER_CLASS);
  const disjoint = enough && reserve.length >= RESERVE_IN_ALL;
  return { rows: disjoint ? reserve : dataset.rows('train'), disjoint };
}

/**
 * Splits rows, class by class, into those trained on and a tenth held out to stop on. A class too small to spare an image
 * keeps all for training.
 */
export function holdOut(rows: Uint32Array, labels: Uint16Array, seed: number, label: string): { train: Uint32Array; held: Uint32Array } {
  const share = Math.min(HELD_OUT_SHARE, HELD_OUT_MOST / rows.length);
  const byClass = new Map<number, number[]>();
  for (const row of rows) {
    const members = byClass.get(labels[row]);
    if (members) members.push(row);
    else byClass.set(labels[row], [row]);
  }
  const train: number[] = [];
  const held: number[] = [];
  for (const [classIndex, members] of [...byClass].sort(([a], [b]) => a - b)) {
    const order = new RandomStream(seed, `${label}/hold-out/${classIndex}`).shuffle(members);
    const count = Math.floor(order.length * share);
    order.forEach((row, i) => (i < count ? held : train).push(row));
  }
  return { train: Uint32Array.from(train), held: Uint32Array.from(held) };
}

/** Turns one image by `turns` quarter turns, anticlockwise. */
function turned(image: Uint8Array, size: number, channels: number, turns: number): Uint8Array {
  if (turns === 0) return image;
  const out = new Uint8Array(image.length);
  const last = size - 1;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [fromY, fromX] = turns === 1 ? [x, last - y] : turns === 2 ? [last - y, last - x] : [last - x, y];
      for (let c = 0; c < channels; c++) out[(y * size + x) * channels + c] = image[(fromY * size + fromX) * channels + c];
    }
  }
  return out;
}

/**
 * Images of the rotation task with their labels: each turned by `turnsOf(i)` quarter turns. Evaluation turns by i mod 4, which
 * balances the four labels; training draws.
 */
export function rotationTask(
  pixels: Uint8Array, size: number, channels: number, turnsOf: (i: number) => number = (i) => i % 4,
): { pixels: Uint8Array; labels: Uint16Array } {
  const each = size * size * channels;
  const out = new Uint8Array(pixels.length);
  const labels = Uint16Array.from({ length: pixels.length / each }, (_, i) => turnsOf(i));
  labels.forEach((turns, i) => out.set(turned(pixels.subarray(i * each, (i + 1) * each), size, channels, turns), i * each));
  return { pixels: out, labels };
}

/** Shifts, mirrors and erases each image in place of the batch; draws the same number of words for every image. */
export function augment(pixels: Uint8Array, size: number, channels: number, augmentation: Augmentation, stream: RandomStream): Uint8Array {
  const { flip, shift, erase } = augmentation;
  const each = size * size * channels;
  const out = new Uint8Array(pixels.length);
  const clamp = (value: number): number => Math.min(size - 1, Math.max(0, value));
  for (let at = 0; at < pixels.length; at += each) {
    const mirrored = stream.uniform() < 0.5 && flip;
    const dx = Math.floor(stream.uniform() * (2 * shift + 1)) - shift;
    const dy = Math.floor(stream.uniform() * (2 * shift + 1)) - shift;
    const left = Math.floor(stream.uniform() * (size - erase + 1));
    const top = Math.floor(stream.uniform() * (size - erase + 1));
    for (let y = 0; y < size; y++) {
      const fromY = clamp(y + dy);
      for (let x = 0; x < size; x++) {
        const hidden = x >= left && x < left + erase && y >= top && y < top + erase;
        const shifted = clamp(x + dx);
        const fromX = mirrored ? size - 1 - shifted : shifted;
        for (let c = 0; c < channels; c++) {
          out[at + (y * size + x) * channels + c] = hidden ? MID_GREY : pixels[at + (fromY * size + fromX) * channels + c];
        }
      }
    }
  }
  return out;
}
