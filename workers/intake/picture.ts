import { RetortError } from '../failure';
import { pictureHeader, type PictureHeader } from '../formats/sniff-header';
import { isPicture, sniff, type FileType, type PictureType } from '../formats/sniff';
import { Sha256, sha256 } from '../formats/sha256';
import { HASH_SIDE, perceptualHash } from '../data/phash';
import { Resizer } from '../data/resize';
import type { IntakeOptions } from '../protocol';
import { refuse, type Reason } from './verdicts';

export const MAX_SIDE = 16_384;
export const MAX_PIXELS = 100_000_000;

/** A decoded picture, read a strip of rows at a time; transparency already laid over the background. */
export interface Picture {
  /** As displayed: EXIF orientation applied. */
  width: number;
  height: number;
  /** RGBA of rows `y` to `y + rows - 1`, valid until the next call. */
  strip(y: number, rows: number): Uint8ClampedArray;
  close(): void;
}

/** Turns file bytes into pixels. @throws anything when the bytes cannot be decoded. */
export interface Decoder {
  decode(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<Picture>;
}

/** A picture brought to the working size, with what is needed to find its repetitions. */
export interface Prepared {
  /** size * size * 3 bytes, or one channel where the options ask for grey. */
  pixels: Uint8Array<ArrayBuffer>;
  /** Whether all three channels agree everywhere. */
  grey: boolean;
  phash: [number, number];
  /** SHA-256 of the decoded pixels and their size. */
  pixelHash: string;
  width: number;
  height: number;
}

const TYPE_NAMES: Partial<Record<FileType, string>> = {
  svg: 'an SVG drawing', html: 'an HTML page', text: 'text', idx: 'an IDX file without its partner', gzip: 'a gzip archive', unknown: 'of no known type',
  tiff: 'TIFF', heic: 'HEIC', psd: 'PSD', pdf: 'PDF', jxl: 'JPEG XL', jp2: 'JPEG 2000', ico: 'ICO', video: 'Video', rar: 'RAR', '7z': '7z',
};
const UNSUPPORTED: readonly FileType[] = ['tiff', 'heic', 'psd', 'pdf', 'jxl', 'jp2', 'ico', 'video', 'rar', '7z'];

/** Type of a picture by its first kilobyte. @throws Refusal for everything that browsers do not decode. */
export function pictureType(bytes: Uint8Array): PictureType {
  const type = sniff(bytes);
  if (type === 'empty') throw refuse('empty-file');
  if (type === 'zip') throw refuse('nested-zip');
  if (!isPicture(type)) {
    throw refuse(UNSUPPORTED.includes(type) ? 'unsupported-type' : 'not-a-picture', { type: TYPE_NAMES[type] ?? type });
  }
  return type;
}

/**
 * What can be said about a file before it is decoded.
 * @returns its header. @throws Refusal for everything that is not a whole picture of a decodable type and size.
 */
export function inspect(bytes: Uint8Array): PictureHeader {
  const header = pictureHeader(bytes, pictureType(bytes));
  const { width, height } = header;
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    throw refuse('too-large', { width, height, side: MAX_SIDE, megapixels: MAX_PIXELS / 1e6 });
  }
  if (!header.complete) throw refuse('truncated');
  if (width === 0 || height === 0) throw refuse('broken');
  return header;
}

/** Remarks on an accepted picture. */
export function remarks(header: PictureHeader): Reason[] {
  const found: Reason[] = [];
  if (header.animated) found.push({ code: 'animated', params: {} });
  if (header.depth > 8) found.push({ code: 'deep', params: { depth: header.depth } });
  if (header.cmyk) found.push({ code: 'cmyk', params: {} });
  return found;
}

/** Red, green and blue of a CSS hex colour. @throws RetortError `background` for anything but #rrggbb. */
export function parseColour(hex: string): [number, number, number] {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (!match) throw new RetortError('background', `"${hex}" is no colour of the form #rrggbb. Choose another background.`, { value: hex });
  return [parseInt(match[1], 16), parseInt(match[2], 16), parseInt(match[3], 16)];
}

/** Pixels of IDX and other raw images as a picture. @param channels 1 or 3, interleaved. */
export function rawPicture(pixels: Uint8Array, width: number, height: number, channels: number): Picture {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 0, from = 0; i < rgba.length; i += 4, from += channels) {
    rgba[i] = pixels[from];
    rgba[i + 1] = pixels[channels === 3 ? from + 1 : from];
    rgba[i + 2] = pixels[channels === 3 ? from + 2 : from];
    rgba[i + 3] = 255;
  }
  return { width, height, strip: (y, rows) => rgba.subarray(y * width * 4, (y + rows) * width * 4), close: () => undefined };
}

/** About 4 MB of RGBA: large enough to keep calls few, small enough to stay in cache and flat in memory. */
const STRIP_PIXELS = 2 ** 20;
/** Below this the script's own digest is quicker than the way to the browser's and back. */
const SMALL_DIGEST = 2 ** 15;

async function digest(bytes: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>): Promise<string> {
  if (bytes.length <= SMALL_DIGEST) return sha256(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** SHA-256 of a file, hex. */
export function fileHash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return digest(bytes);
}

function luma(r: number, g: number, b: number): number {
  return Math.floor((r * 19595 + g * 38470 + b * 7471 + 0x8000) / 65536);
}

function finish(reduced: Resizer, at: { x: number; y: number; width: number; height: number }, options: IntakeOptions): { pixels: Uint8Array<ArrayBuffer>; grey: boolean } {
  const { size } = options;
  const pixels = new Uint8Array(size * size * 3);
  const background = parseColour(options.background);
  const whole = at.width === size && at.height === size;
  if (!whole) for (let i = 0; i < pixels.length; i++) pixels[i] = background[i % 3];
  reduced.writeBytes(pixels, size, at.x, at.y);
  let grey = true;
  for (let i = 0; grey && i < pixels.length; i += 3) grey = pixels[i] === pixels[i + 1] && pixels[i] === pixels[i + 2];
  if (options.channels !== 'grey') return { pixels, grey };
  const single = new Uint8Array(size * size);
  for (let i = 0; i < single.length; i++) single[i] = luma(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]);
  return { pixels: single, grey: true };
}

/**
 * Brings a picture to the working square and hashes it. Crop takes the largest centred square; letterbox scales the longer
 * side to `size` and centres the picture between bars. Every source row is visited once, in strips.
 */
export async function prepare(picture: Picture, options: IntakeOptions): Promise<Prepared> {
  const { width, height } = picture;
  const { size } = options;
  const side = Math.min(width, height);
  const long = Math.max(width, height);
  const crop = options.fit === 'crop';
  const box = crop
    ? { x: (width - side) >> 1, y: (height - side) >> 1, width: side, height: side }
    : { x: 0, y: 0, width, height };
  const wide = crop ? size : Math.max(1, Math.round((width * size) / long));
  const high = crop ? size : Math.max(1, Math.round((height * size) / long));
  const at = { x: (size - wide) >> 1, y: (size - high) >> 1, width: wide, height: high };
  const reduced = new Resizer(box, wide, high, 3);
  const grey = new Resizer({ x: 0, y: 0, width, height }, HASH_SIDE, HASH_SIDE, 1);
  const rows = Math.max(1, Math.floor(STRIP_PIXELS / width));
  const hashes: string[] = [];
  for (let y = 0; y < height; y += rows) {
    const count = Math.min(rows, height - y);
    const rgba = picture.strip(y, count) as Uint8ClampedArray<ArrayBuffer>;
    reduced.feed(rgba, width, y, count);
    grey.feed(rgba, width, y, count);
    // The digest copies its input before it returns, so the strip may be overwritten while it runs.
    hashes.push(await digest(rgba));
  }
  const pixelHash = new Sha256().update(new TextEncoder().encode(`${width}x${height}:${hashes.join()}`)).hex();
  return { ...finish(reduced, at, options), phash: perceptualHash(grey.values()), pixelHash, width, height };
}
