import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { orientationOf } from './orientation';
import { pictureHeader } from './sniff-header';
import { jpegSegments, pngChunks, webpChunks } from './sniff-segments';
import { stripMetadata } from './strip-metadata';

const fixture = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(`../data/fixtures/${name}`, import.meta.url)));
const holds = (bytes: Uint8Array, text: string): boolean => Buffer.from(bytes).includes(text);
const segment = (marker: number, text: string): Uint8Array => {
  const body = Buffer.from(text, 'latin1');
  return Buffer.concat([Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255), body]);
};
const chunk = (name: string, text: string): Uint8Array => {
  const typed = Buffer.from(name + text, 'latin1');
  const out = Buffer.alloc(typed.length + 8);
  out.writeUInt32BE(text.length);
  typed.copy(out, 4);
  out.writeUInt32BE(crc32(typed), typed.length + 4);
  return out;
};
const stripped = (bytes: Uint8Array<ArrayBuffer>, type: string): Uint8Array<ArrayBuffer> => {
  const out = stripMetadata(bytes, type);
  if (!out) throw new Error(`${type} was not cleaned`);
  return out;
};

test('JPEG: EXIF, comments, IPTC, XMP, other makers and the tail go; JFIF, ICC and Adobe stay; the picture data is untouched', () => {
  const plain = fixture('plain.jpg');
  const loaded = Uint8Array.from(Buffer.concat([
    plain.subarray(0, 20), segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0secret'), segment(0xed, 'Photoshop 3.0\0secret'), segment(0xfe, 'secret'),
    segment(0xe2, 'MPF\0secret'), segment(0xe0, 'JFXX\0secret'), segment(0xe2, 'ICC_PROFILE\0\x01\x01colours'), plain.subarray(20), Buffer.from('secret tail'),
  ]));
  const clean = stripped(loaded, 'jpeg');
  expect(holds(clean, 'secret')).toBe(false);
  expect(holds(clean, 'ICC_PROFILE')).toBe(true);
  const withProfile = Buffer.concat([plain.subarray(0, 20), segment(0xe2, 'ICC_PROFILE\0\x01\x01colours'), plain.subarray(20)]);
  expect(Buffer.from(clean).equals(withProfile)).toBe(true);
  expect(stripped(plain, 'jpeg')).toEqual(plain);
  expect(holds(stripped(fixture('cmyk.jpg'), 'jpeg'), 'Adobe')).toBe(true);
});

test('JPEG: a turned picture keeps its orientation and nothing else of its EXIF', () => {
  const turned = fixture('rotated.jpg');
  const clean = stripped(turned, 'jpeg');
  expect(holds(turned, 'Maker')).toBe(true);
  expect(holds(clean, 'Maker')).toBe(false);
  expect(holds(clean, 'hello')).toBe(false);
  expect(orientationOf(clean, 'jpeg')).toBe(6);
  expect([...jpegSegments(clean)].filter((found) => found.marker === 0xe1).map((found) => found.to - found.from)).toEqual([32]);
  expect(pictureHeader(clean, 'jpeg')).toMatchObject({ width: 48, height: 32, complete: true });
  expect(stripped(clean, 'jpeg')).toEqual(clean);
});

test('PNG: text, time, EXIF and the tail go, colour chunks stay, orientation is kept with a right CRC', () => {
  const plain = fixture('plain.png');
  const exif = 'II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0';
  const loaded = Uint8Array.from(Buffer.concat([
    plain.subarray(0, 33), chunk('gAMA', '\0\0\xb1\x8f'), chunk('tEXt', 'Author\0secret'), chunk('iTXt', 'secret'), chunk('eXIf', `${exif}secret`), chunk('prVt', 'secret'),
    plain.subarray(33), Buffer.from('secret'),
  ]));
  const clean = stripped(loaded, 'png');
  expect(holds(clean, 'secret')).toBe(false);
  expect([...pngChunks(clean)].map((found) => found.name)).toEqual(['IHDR', 'eXIf', 'gAMA', 'IDAT', 'IEND']);
  expect(orientationOf(clean, 'png')).toBe(3);
  for (const found of pngChunks(clean)) {
    expect(new DataView(clean.buffer).getUint32(found.to)).toBe(crc32(clean.subarray(found.from - 4, found.to)));
  }
  expect(stripped(plain, 'png')).toEqual(plain);
});

test('WebP: EXIF and XMP go with their flags, sizes stay right, orientation is kept', () => {
  const turned = fixture('plain.webp');
  const clean = stripped(turned, 'webp');
  expect(holds(turned, 'Maker')).toBe(true);
  expect(holds(clean, 'Maker')).toBe(false);
  expect(orientationOf(clean, 'webp')).toBe(6);
  expect(new DataView(clean.buffer).getUint32(4, true)).toBe(clean.length - 8);
  expect([...webpChunks(clean)].map((found) => found.name)).toEqual(['VP8X', 'VP8L', 'EXIF']);
  expect(clean[20] & 0x0c).toBe(0x08);
  expect(pictureHeader(clean, 'webp')).toMatchObject({ width: 48, height: 32, complete: true });
});

test('types that cannot be cleaned byte by byte say so', () => {
  expect(stripMetadata(fixture('animated.gif'), 'gif')).toBeNull();
  expect(stripMetadata(fixture('plain.bmp'), 'bmp')).toEqual(fixture('plain.bmp'));
});
