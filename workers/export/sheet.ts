import { Resizer } from '../data/resize';
import type { DataSet } from '../data/types';
import type { ExportFacts } from '../formats/facts';
import { encodePng } from '../formats/png';

/** Side of a picture on the contact sheet; larger working sizes are reduced to it. */
const SIDE = 48;
const PER_CLASS = 8;
/** Characters of all addresses together, so that the report stays a file one can mail. */
const BUDGET = 280_000;
/** Addresses kept between two plans of one data set. */
const REMEMBERED = 2000;

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Working pixels of a row, reduced to at most `SIDE`. */
function reduced(dataset: DataSet, row: number): { pixels: Uint8Array; side: number } {
  const { size, channels } = dataset.summary;
  const pixels = dataset.pixels([row]);
  if (size <= SIDE) return { pixels, side: size };
  const rgba = new Uint8ClampedArray(size * size * 4);
  for (let i = 0; i < size * size; i++) for (let c = 0; c < 3; c++) rgba[4 * i + c] = pixels[i * channels + Math.min(c, channels - 1)];
  const resizer = new Resizer({ x: 0, y: 0, width: size, height: size }, SIDE, SIDE, channels);
  resizer.feed(rgba, size, 0, size);
  const out = new Uint8Array(SIDE * SIDE * channels);
  resizer.writeBytes(out, SIDE, 0, 0);
  return { pixels: out, side: SIDE };
}

/** Small pictures as data addresses, made once each. */
export class Thumbnails {
  private readonly known = new Map<number, string>();

  address(dataset: DataSet, row: number): string {
    const found = this.known.get(row);
    if (found !== undefined) return found;
    const { pixels, side } = reduced(dataset, row);
    const address = `data:image/png;base64,${base64(encodePng(pixels, side, side, dataset.summary.channels))}`;
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(row, address);
    return address;
  }
}

/**
 * The first pictures of every class, in label order, as many of each as the budget allows: a round that does not fit for all classes is left out, so that no class is shown
 * more generously than another, but for the first, which goes as far as it can.
 *
 * @param rows rows of each class in the order of selection.
 */
export function contactSheet(dataset: DataSet, rows: readonly (readonly number[])[], thumbnails: Thumbnails): ExportFacts['sheet'] {
  const sheet = rows.map((_, classIndex): ExportFacts['sheet'][number] => ({ classIndex, pictures: [] }));
  let left = BUDGET;
  for (let round = 0; round < PER_CLASS; round++) {
    const added: { classIndex: number; address: string }[] = [];
    let fits = true;
    for (let classIndex = 0; classIndex < rows.length && fits; classIndex++) {
      if (round >= rows[classIndex].length) continue;
      const address = thumbnails.address(dataset, rows[classIndex][round]);
      fits = address.length <= left;
      if (!fits) break;
      left -= address.length;
      added.push({ classIndex, address });
    }
    if (!fits && round > 0) break;
    for (const { classIndex, address } of added) sheet[classIndex].pictures.push(address);
    if (!fits) break;
  }
  return sheet.filter(({ pictures }) => pictures.length > 0);
}
