import { ascii, viewOf } from './sniff-segments';

/** Types a browser decodes here. */
export type PictureType = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'bmp';

/** What a file is by its first bytes; its name plays no part. */
export type FileType =
  | PictureType | 'empty' | 'svg' | 'html' | 'text' | 'tiff' | 'heic' | 'psd' | 'pdf' | 'jxl' | 'jp2' | 'ico'
  | 'zip' | 'gzip' | 'idx' | 'rar' | '7z' | 'video' | 'unknown';

const PICTURES: readonly string[] = ['jpeg', 'png', 'webp', 'gif', 'avif', 'bmp'];
const IDX_TYPES = [0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e];

export function isPicture(type: FileType): type is PictureType {
  return PICTURES.includes(type);
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((value, i) => bytes[i] === value);
}

/** ISO base media files tell their kind by brands: AVIF, HEIC and video share the container. */
function mediaType(bytes: Uint8Array): FileType {
  const length = Math.min(viewOf(bytes).getUint32(0), bytes.length, 256);
  const brands: string[] = [];
  for (let at = 8; at + 4 <= length; at += at === 8 ? 8 : 4) brands.push(ascii(bytes, at, 4));
  if (brands.includes('avif') || brands.includes('avis')) return 'avif';
  if (brands.some((brand) => /^(heic|heix|heim|heis|hevc|hevx|mif1|msf1)$/.test(brand))) return 'heic';
  return 'video';
}

function textType(bytes: Uint8Array): FileType {
  const head = bytes.subarray(0, 1024);
  for (const byte of head) {
    if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) return 'unknown';
  }
  const text = new TextDecoder().decode(head);
  // A cut in the middle of one character at the end of the head is not a decoding error; more than that is not text.
  if ((text.match(/\ufffd/g)?.length ?? 0) > 3) return 'unknown';
  const start = text.replace(/^\ufeff/, '').trimStart().toLowerCase();
  if (start.startsWith('<svg') || (/^<(\?xml|!--|!doctype svg)/.test(start) && start.includes('<svg'))) return 'svg';
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'html';
  return 'text';
}

/**
 * The type of a file by magic bytes. Needs the first kilobyte; more does no harm.
 */
export function sniff(bytes: Uint8Array): FileType {
  if (bytes.length === 0) return 'empty';
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  const four = ascii(bytes, 0, 4);
  if (four === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') return 'webp';
  if (/^GIF8[79]a/.test(ascii(bytes, 0, 6))) return 'gif';
  if (bytes.length >= 12 && ascii(bytes, 4, 4) === 'ftyp') return mediaType(bytes);
  if (four === '8BPS') return 'psd';
  if (four === '%PDF') return 'pdf';
  if (/^(II\*\0|MM\0\*|II\+\0|MM\0\+)$/.test(four)) return 'tiff';
  if (startsWith(bytes, [0x50, 0x4b, 3, 4]) || startsWith(bytes, [0x50, 0x4b, 5, 6])) return 'zip';
  if (startsWith(bytes, [0x1f, 0x8b])) return 'gzip';
  if (startsWith(bytes, [0xff, 0x0a]) || ascii(bytes, 4, 4) === 'JXL ') return 'jxl';
  if (ascii(bytes, 4, 4) === 'jP  ') return 'jp2';
  if (four === 'Rar!') return 'rar';
  if (startsWith(bytes, [0x37, 0x7a, 0xbc, 0xaf])) return '7z';
  if (startsWith(bytes, [0x1a, 0x45, 0xdf, 0xa3])) return 'video';
  if (startsWith(bytes, [0, 0, 1, 0])) return 'ico';
  if (bytes[0] === 0 && bytes[1] === 0 && IDX_TYPES.includes(bytes[2]) && bytes[3] >= 1 && bytes[3] <= 4) return 'idx';
  if (startsWith(bytes, [0x42, 0x4d]) && bytes.length >= 26 && [12, 40, 52, 56, 64, 108, 124].includes(viewOf(bytes).getUint32(14, true))) {
    return 'bmp';
  }
  return textType(bytes);
}
