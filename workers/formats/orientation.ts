import { ascii, jpegSegments, pngChunks, viewOf, webpChunks } from './sniff-segments';

const ORIENTATION_TAG = 0x0112;
const EXIF_PREFIX = 'Exif\0\0';

/**
 * Orientation (1 to 8) in a TIFF block as EXIF embeds it (EXIF 2.32, 4.6.4: tag 274 of IFD0); 1 where it is absent or
 * makes no sense, which is also what browsers assume.
 */
export function tiffOrientation(block: Uint8Array): number {
  if (block.length < 14) return 1;
  const order = ascii(block, 0, 2);
  if (order !== 'II' && order !== 'MM') return 1;
  const little = order === 'II';
  const view = viewOf(block);
  if (view.getUint16(2, little) !== 42) return 1;
  const directory = view.getUint32(4, little);
  if (directory + 2 > block.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i;
    if (at + 12 > block.length) return 1;
    if (view.getUint16(at, little) !== ORIENTATION_TAG) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** The smallest TIFF block that says nothing but the orientation: little-endian, one entry. 26 bytes. */
export function orientationBlock(orientation: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(26);
  const view = viewOf(block);
  block.set([0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0]);
  view.setUint16(10, ORIENTATION_TAG, true);
  view.setUint16(12, 3, true);
  view.setUint32(14, 1, true);
  view.setUint16(18, orientation, true);
  return block;
}

/** EXIF bytes inside a JPEG APP1 payload or a WebP EXIF chunk, which may or may not carry the prefix. */
export function exifBlock(payload: Uint8Array): Uint8Array {
  return ascii(payload, 0, 6) === EXIF_PREFIX ? payload.subarray(6) : payload;
}

/** Orientation of a JPEG, PNG or WebP file, 1 for every other type. */
export function orientationOf(bytes: Uint8Array, type: string): number {
  if (type === 'jpeg') {
    for (const segment of jpegSegments(bytes)) {
      if (segment.marker === 0xda) return 1;
      if (segment.marker === 0xe1 && ascii(bytes, segment.from, 6) === EXIF_PREFIX) {
        return tiffOrientation(exifBlock(bytes.subarray(segment.from, segment.to)));
      }
    }
  } else if (type === 'png' || type === 'webp') {
    const name = type === 'png' ? 'eXIf' : 'EXIF';
    for (const chunk of type === 'png' ? pngChunks(bytes) : webpChunks(bytes)) {
      if (chunk.name === name) return tiffOrientation(exifBlock(bytes.subarray(chunk.from, chunk.to)));
    }
  }
  return 1;
}
