import { orientationBlock, orientationOf } from './orientation';
import { crc32 } from './png';
import { ascii, jpegSegments, pngChunks, viewOf, webpChunks, type Segment } from './sniff-segments';

/** PNG chunks that change how a picture looks. Everything else that is ancillary goes. */
const PNG_KEPT = new Set(['tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'bKGD', 'pHYs', 'cICP', 'mDCV', 'cLLI', 'acTL', 'fcTL', 'fdAT']);
const WEBP_EXIF_FLAG = 0x08;
const WEBP_XMP_FLAG = 0x04;

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function keepsJpeg(bytes: Uint8Array, segment: Segment): boolean {
  const { marker, from } = segment;
  if (marker === 0xfe) return false;
  if (marker < 0xe0 || marker > 0xef) return true;
  // JFIF sets the density, ICC the colours, Adobe the colour transform: without them the picture would look different.
  if (marker === 0xe0) return ascii(bytes, from, 5) === 'JFIF\0';
  if (marker === 0xe2) return ascii(bytes, from, 12) === 'ICC_PROFILE\0';
  return marker === 0xee && ascii(bytes, from, 5) === 'Adobe';
}

function stripJpeg(bytes: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const segment of jpegSegments(bytes)) {
    if (keepsJpeg(bytes, segment)) parts.push(bytes.subarray(segment.start, segment.end));
    if (segment.marker === 0xd8 && orientation !== 1) {
      const block = orientationBlock(orientation);
      const head = Uint8Array.of(0xff, 0xe1, 0, 8 + block.length, 0x45, 0x78, 0x69, 0x66, 0, 0);
      parts.push(head, block);
    }
  }
  return join(parts);
}

function pngOrientationChunk(orientation: number): Uint8Array<ArrayBuffer> {
  const block = orientationBlock(orientation);
  const chunk = new Uint8Array(12 + block.length);
  const view = viewOf(chunk);
  view.setUint32(0, block.length);
  chunk.set([0x65, 0x58, 0x49, 0x66], 4);
  chunk.set(block, 8);
  view.setUint32(8 + block.length, crc32(chunk.subarray(4, 8 + block.length)));
  return chunk;
}

function stripPng(bytes: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  for (const chunk of pngChunks(bytes)) {
    const critical = (chunk.name.charCodeAt(0) & 0x20) === 0;
    if (critical || PNG_KEPT.has(chunk.name)) parts.push(bytes.subarray(chunk.start, chunk.end));
    if (chunk.name === 'IHDR' && orientation !== 1) parts.push(pngOrientationChunk(orientation));
  }
  return join(parts);
}

function stripWebp(bytes: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [bytes.slice(0, 12)];
  for (const chunk of webpChunks(bytes)) {
    if (chunk.name === 'EXIF' || chunk.name === 'XMP ') continue;
    const kept = bytes.slice(chunk.start, chunk.end);
    if (chunk.name === 'VP8X') {
      kept[8] &= ~(WEBP_EXIF_FLAG | WEBP_XMP_FLAG);
      if (orientation !== 1) kept[8] |= WEBP_EXIF_FLAG;
    }
    parts.push(kept);
  }
  if (orientation !== 1) {
    const block = orientationBlock(orientation);
    const head = new Uint8Array(8);
    head.set([0x45, 0x58, 0x49, 0x46]);
    viewOf(head).setUint32(4, block.length, true);
    parts.push(head, block);
  }
  const out = join(parts);
  viewOf(out).setUint32(4, out.length - 8, true);
  return out;
}

/**
 * The same picture without EXIF (GPS included), XMP, IPTC, comments, text and whatever hides behind the end mark. ICC
 * profiles stay. A turned picture keeps a minimal EXIF block with its orientation and nothing else, so that it does not
 * turn. Pixels are not touched.
 *
 * @param type file type by magic bytes.
 * @returns null for types that cannot be cleaned byte by byte (gif, avif): the caller has to encode them anew.
 */
export function stripMetadata(bytes: Uint8Array<ArrayBuffer>, type: string): Uint8Array<ArrayBuffer> | null {
  if (type === 'bmp') return bytes;
  const orientation = orientationOf(bytes, type);
  if (type === 'jpeg') return stripJpeg(bytes, orientation);
  if (type === 'png') return stripPng(bytes, orientation);
  return type === 'webp' ? stripWebp(bytes, orientation) : null;
}
