import { expect, test } from 'vitest';
import { rawPicture } from '../intake/picture';
import { RandomStream } from '../random';
import { Resizer, triangleTaps } from './resize';

const tent = (x: number): number => Math.max(0, 1 - Math.abs(x));

/** The definition, in one loop over everything: sum of source pixels under the product of two tents, normalised. */
function reference(pixels: Uint8Array, width: number, box: { x: number; y: number; width: number; height: number }, wide: number, high: number, channel: number): Float64Array {
  const out = new Float64Array(wide * high);
  const scaleX = box.width / wide;
  const scaleY = box.height / high;
  for (let v = 0; v < high; v++) {
    for (let u = 0; u < wide; u++) {
      let sum = 0;
      let weights = 0;
      for (let y = 0; y < box.height; y++) {
        for (let x = 0; x < box.width; x++) {
          const weight = tent((x + 0.5 - (u + 0.5) * scaleX) / Math.max(1, scaleX)) * tent((y + 0.5 - (v + 0.5) * scaleY) / Math.max(1, scaleY));
          sum += weight * pixels[((box.y + y) * width + box.x + x) * 3 + channel];
          weights += weight;
        }
      }
      out[v * wide + u] = sum / weights;
    }
  }
  return out;
}

const random = (width: number, height: number): Uint8Array<ArrayBuffer> => {
  const stream = new RandomStream(width, 'test/resize');
  return Uint8Array.from({ length: width * height * 3 }, () => stream.integer(256));
};

test.each([
  [97, 61, { x: 18, y: 0, width: 61, height: 61 }, 16, 16],
  [40, 40, { x: 0, y: 0, width: 40, height: 40 }, 40, 40],
  [9, 7, { x: 1, y: 0, width: 7, height: 7 }, 32, 32],
  [50, 20, { x: 0, y: 0, width: 50, height: 20 }, 32, 13],
  [1, 300, { x: 0, y: 0, width: 1, height: 300 }, 1, 32],
])('%i x %i to a float64 reference, whatever the strips', (width, height, box, wide, high) => {
  const pixels = random(width, height);
  const picture = rawPicture(pixels, width, height, 3);
  for (const rows of [height, 7, 1]) {
    const resizer = new Resizer(box, wide, high, 3);
    for (let y = 0; y < height; y += rows) resizer.feed(picture.strip(y, Math.min(rows, height - y)), width, y, Math.min(rows, height - y));
    const values = resizer.values();
    for (let c = 0; c < 3; c++) {
      reference(pixels, width, box, wide, high, c).forEach((value, i) => expect(Math.abs(values[i * 3 + c] - value)).toBeLessThan(1e-9));
    }
  }
});

test('taps sum to one and a flat picture stays flat to the byte', () => {
  const taps = triangleTaps(1001, 37);
  for (let i = 0; i < 37; i++) {
    const sum = taps.weights.subarray(i * taps.width, (i + 1) * taps.width).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 12);
  }
  for (const value of [0, 128, 255]) {
    const resizer = new Resizer({ x: 0, y: 0, width: 211, height: 211 }, 16, 16, 3);
    resizer.feed(rawPicture(new Uint8Array(211 * 211 * 3).fill(value), 211, 211, 3).strip(0, 211), 211, 0, 211);
    const out = new Uint8Array(16 * 16 * 3);
    resizer.writeBytes(out, 16, 0, 0);
    expect(new Set(out)).toEqual(new Set([value]));
  }
});
