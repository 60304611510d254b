import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { orientationBlock, tiffOrientation } from './orientation';
import { isPicture, sniff } from './sniff';
import { pictureHeader } from './sniff-header';

const fixture = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(`../data/fixtures/${name}`, import.meta.url)));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test.each([
  ['plain.jpg', { type: 'jpeg', width: 48, height: 32, complete: true, orientation: 1, cmyk: false, depth: 8 }],
  ['truncated.jpg', { type: 'jpeg', width: 48, height: 32, complete: false }],
  ['cmyk.jpg', { type: 'jpeg', cmyk: true, complete: true }],
  ['rotated.jpg', { type: 'jpeg', width: 48, height: 32, orientation: 6, complete: true }],
  ['plain.png', { type: 'png', width: 48, height: 32, depth: 8, complete: true, animated: false }],
  ['deep.png', { type: 'png', width: 20, height: 20, depth: 16 }],
  ['wide.png', { type: 'png', width: 30_000, height: 1 }],
  ['plain.webp', { type: 'webp', width: 48, height: 32, orientation: 6, complete: true, animated: false }],
  ['animated.webp', { type: 'webp', width: 16, height: 16, animated: true, complete: true }],
  ['animated.gif', { type: 'gif', width: 16, height: 16, animated: true, complete: true }],
  ['plain.bmp', { type: 'bmp', width: 48, height: 32, complete: true }],
] as const)('%s: type and header from its bytes', (name, header) => {
  const bytes = fixture(name);
  expect(sniff(bytes)).toBe(header.type);
  expect(pictureHeader(bytes, header.type)).toMatchObject(header);
});

test.each(['plain.jpg', 'plain.png', 'plain.webp', 'plain.bmp'])('%s cut anywhere never counts as whole and never throws', (name) => {
  const bytes = fixture(name);
  for (let length = 32; length < bytes.length; length += 37) {
    const cut = bytes.subarray(0, length);
    const type = sniff(cut);
    expect(isPicture(type) && pictureHeader(cut, type).complete).toBe(false);
  }
});

test('a GIF cut inside its first frame is not whole; cut behind it, the frame that is taken is there', () => {
  const bytes = fixture('animated.gif');
  expect(pictureHeader(bytes.subarray(0, 40), 'gif').complete).toBe(false);
  expect(pictureHeader(bytes.subarray(0, bytes.length - 1), 'gif').complete).toBe(true);
});

test('what is not a picture is told by its content', () => {
  expect(sniff(new Uint8Array(0))).toBe('empty');
  expect(sniff(fixture('picture.tif'))).toBe('tiff');
  expect(sniff(fixture('script.svg'))).toBe('svg');
  expect(sniff(text('  <!DOCTYPE html><html>'))).toBe('html');
  expect(sniff(text('\ufefffile,label\n\u00e9,2\n'))).toBe('text');
  expect(sniff(text('%PDF-1.7'))).toBe('pdf');
  expect(sniff(text('8BPS\0\x01'))).toBe('psd');
  expect(sniff(Uint8Array.of(0x50, 0x4b, 3, 4))).toBe('zip');
  expect(sniff(Uint8Array.of(0x1f, 0x8b, 8))).toBe('gzip');
  expect(sniff(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1))).toBe('idx');
  expect(sniff(Uint8Array.of(1, 2, 3, 0, 250))).toBe('unknown');
  const box = (brand: string): Uint8Array => text(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1${brand}`);
  expect(sniff(box('heic'))).toBe('heic');
  expect(sniff(box('avif'))).toBe('avif');
});

test('AVIF size comes from the largest ispe, since thumbnails and alpha have their own', () => {
  const box = (name: string, ...content: number[][]): number[] => {
    const body = content.flat();
    return [0, 0, 0, 8 + body.length, ...text(name), ...body];
  };
  const ispe = (width: number, height: number): number[] => box('ispe', [0, 0, 0, 0, 0, 0, width >> 8, width & 255, 0, 0, height >> 8, height & 255]);
  const meta = box('meta', [0, 0, 0, 0], box('iprp', box('ipco', ispe(64, 32), ispe(640, 320))));
  const bytes = Uint8Array.from([...box('ftyp', [...text('avif'), 0, 0, 0, 0]), ...meta]);
  expect(pictureHeader(bytes, 'avif')).toMatchObject({ width: 640, height: 320, complete: true });
});

test('EXIF orientation reads back in both byte orders and falls back to 1', () => {
  for (let value = 1; value <= 8; value++) expect(tiffOrientation(orientationBlock(value))).toBe(value);
  expect(tiffOrientation(orientationBlock(9))).toBe(1);
  const big = Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 5, 0, 0, 0, 0);
  expect(tiffOrientation(big)).toBe(5);
  expect(tiffOrientation(big.subarray(0, 12))).toBe(1);
});
