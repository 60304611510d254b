import { orientationOf } from './orientation';
import { type PictureType } from './sniff';
import { ascii, jpegSegments, pngChunks, viewOf, webpChunks } from './sniff-segments';

/** What the header tells before anything is decoded. */
export interface PictureHeader {
  type: PictureType;
  /** Stored size in pixels, before any EXIF turn; 0 where the header does not say. */
  width: number;
  height: number;
  animated: boolean;
  /** Bits per sample. */
  depth: number;
  cmyk: boolean;
  orientation: number;
  /** False when the container ends before its own end mark: the file was cut off. */
  complete: boolean;
}

type Container = Omit<PictureHeader, 'type' | 'orientation'>;

const UNKNOWN: Container = { width: 0, height: 0, animated: false, depth: 8, cmyk: false, complete: false };

function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function jpegHeader(bytes: Uint8Array): Container {
  const header = { ...UNKNOWN };
  for (const segment of jpegSegments(bytes)) {
    if (isStartOfFrame(segment.marker) && segment.to - segment.from >= 6) {
      const at = segment.from;
      header.depth = bytes[at];
      header.height = bytes[at + 1] * 256 + bytes[at + 2];
      header.width = bytes[at + 3] * 256 + bytes[at + 4];
      header.cmyk = bytes[at + 5] === 4;
    }
    if (segment.marker === 0xd9) header.complete = true;
  }
  return header;
}

function pngHeader(bytes: Uint8Array): Container {
  const header = { ...UNKNOWN };
  const view = viewOf(bytes);
  for (const chunk of pngChunks(bytes)) {
    if (chunk.name === 'IHDR' && chunk.to - chunk.from >= 13) {
      header.width = view.getUint32(chunk.from);
      header.height = view.getUint32(chunk.from + 4);
      header.depth = bytes[chunk.from + 8];
    }
    if (chunk.name === 'acTL') header.animated = true;
    if (chunk.name === 'IEND') header.complete = true;
  }
  // A file cut inside IHDR still has its size in the first bytes, and the size must be known before decoding.
  if (header.width === 0 && bytes.length >= 24) {
    header.width = view.getUint32(16);
    header.height = view.getUint32(20);
  }
  return header;
}

function uint24(bytes: Uint8Array, at: number): number {
  return bytes[at] + bytes[at + 1] * 256 + bytes[at + 2] * 65536;
}

function webpHeader(bytes: Uint8Array): Container {
  const header = { ...UNKNOWN };
  if (bytes.length < 30) return header;
  const view = viewOf(bytes);
  // Read the size from the fixed first chunk, so that a cut file still shows it.
  const first = ascii(bytes, 12, 4);
  if (first === 'VP8X') {
    header.animated = (bytes[20] & 2) !== 0;
    header.width = 1 + uint24(bytes, 24);
    header.height = 1 + uint24(bytes, 27);
  } else if (first === 'VP8L') {
    const bits = view.getUint32(21, true);
    header.width = 1 + (bits & 0x3fff);
    header.height = 1 + ((bits >>> 14) & 0x3fff);
  } else if (first === 'VP8 ') {
    header.width = view.getUint16(26, true) & 0x3fff;
    header.height = view.getUint16(28, true) & 0x3fff;
  }
  let picture = false;
  for (const chunk of webpChunks(bytes)) picture ||= /^(VP8 |VP8L|ANMF)$/.test(chunk.name);
  header.complete = picture && bytes.length >= 8 + view.getUint32(4, true);
  return header;
}

/** Skips GIF sub-blocks; answers one past the terminator. */
function subBlocks(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at];
  return at + 1;
}

function gifHeader(bytes: Uint8Array): Container {
  const header = { ...UNKNOWN };
  if (bytes.length < 13) return header;
  const view = viewOf(bytes);
  header.width = view.getUint16(6, true);
  header.height = view.getUint16(8, true);
  let at = 13 + (bytes[10] & 0x80 ? 3 * 2 ** ((bytes[10] & 7) + 1) : 0);
  let frames = 0;
  while (at < bytes.length) {
    if (bytes[at] === 0x3b) {
      header.complete = frames > 0;
      break;
    }
    if (bytes[at] === 0x21) at = subBlocks(bytes, at + 2);
    else if (bytes[at] === 0x2c) {
      frames++;
      const table = bytes[at + 9] & 0x80 ? 3 * 2 ** ((bytes[at + 9] & 7) + 1) : 0;
      at = subBlocks(bytes, at + 11 + table);
    } else break;
  }
  // Many writers leave the trailer out; a whole first frame is all that is needed.
  header.complete ||= frames > 0 && at === bytes.length;
  header.animated = frames > 1;
  return header;
}

function bmpHeader(bytes: Uint8Array): Container {
  const view = viewOf(bytes);
  const core = view.getUint32(14, true) === 12;
  const width = core ? view.getUint16(18, true) : Math.abs(view.getInt32(18, true));
  const height = core ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
  const bits = core ? view.getUint16(24, true) : view.getUint16(28, true);
  const packed = core || bytes.length < 34 || view.getUint32(30, true) === 0;
  const needed = packed ? view.getUint32(10, true) + Math.ceil((width * bits) / 32) * 4 * height : 0;
  return { ...UNKNOWN, width, height, complete: bytes.length >= needed };
}

/** Largest `ispe` (ISO 23008-12, 6.5.3) inside meta/iprp/ipco: the picture itself, not its thumbnail. */
function avifHeader(bytes: Uint8Array): Container {
  const header = { ...UNKNOWN, animated: ascii(bytes, 8, 4) === 'avis', complete: true };
  const view = viewOf(bytes);
  const walk = (from: number, to: number): void => {
    for (let at = from; at + 8 <= to;) {
      const size = view.getUint32(at);
      const name = ascii(bytes, at + 4, 4);
      const end = size === 0 ? to : at + size;
      if (size === 1 || end > to || end < at + 8) {
        header.complete = header.complete && size === 1;
        return;
      }
      if (name === 'meta') walk(at + 12, end);
      if (name === 'iprp' || name === 'ipco') walk(at + 8, end);
      if (name === 'ispe' && end >= at + 20) {
        header.width = Math.max(header.width, view.getUint32(at + 12));
        header.height = Math.max(header.height, view.getUint32(at + 16));
      }
      at = end;
    }
  };
  walk(0, bytes.length);
  return header;
}

const READERS: Record<PictureType, (bytes: Uint8Array) => Container> = {
  jpeg: jpegHeader, png: pngHeader, webp: webpHeader, gif: gifHeader, bmp: bmpHeader, avif: avifHeader,
};

/** Size, depth, frames and orientation of a picture from its container alone; nothing is decoded or allocated. */
export function pictureHeader(bytes: Uint8Array, type: PictureType): PictureHeader {
  return { type, orientation: orientationOf(bytes, type), ...READERS[type](bytes) };
}
