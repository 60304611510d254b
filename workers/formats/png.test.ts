import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePng } from './png';
import { decodePng } from './png.testing';

describe('PNG', () => {
  it('reads back any grey or RGB picture', () => {
    const picture = fc.record({ width: fc.integer({ min: 1, max: 20 }), height: fc.integer({ min: 1, max: 20 }), channels: fc.constantFrom(1 as const, 3 as const) })
      .chain((size) => fc.record({ size: fc.constant(size), pixels: fc.uint8Array({ minLength: size.width * size.height * size.channels, maxLength: size.width * size.height * size.channels }) }));
    fc.assert(fc.property(picture, ({ size, pixels }) => {
      expect(decodePng(encodePng(pixels, size.width, size.height, size.channels))).toEqual({ ...size, pixels });
    }));
  });

  it('uses filters where they help: a smooth picture takes a tenth of its pixels', () => {
    const side = 64;
    const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => (Math.floor(i / 3) % side) * 2 + Math.floor(i / 3 / side));
    expect(encodePng(pixels, side, side, 3).length).toBeLessThan(pixels.length / 10);
  });

  it('always gives these bytes', () => {
    const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => (i * i * 7) & 0xff);
    const digest = createHash('sha256').update(encodePng(pixels, 8, 8, 3)).digest('hex');
    expect(digest).toBe('bc0ec4c8236905e912258a0a1b56ce357a2aa67c809042ec4dcf23b25bf205d2');
  });

  it('refuses a buffer of another length', () => {
    expect(() => encodePng(new Uint8Array(5), 2, 2, 1)).toThrow(RangeError);
  });
});
