import { describe, expect, it } from 'vitest';
import fixtures from './fixtures/preprocess.json';
import { inceptionNormalisation, prepare } from './preprocess';

/** What torch 1.13 (F.interpolate, bilinear, align_corners=False, then 2x - 1) and Pillow (BICUBIC of each channel as float, clipped) made of seeded noise. */
describe.each(['small', 'large'] as const)('bringing %s images to the size of a net', (name) => {
  const { size, side, pixels, ...expected } = fixtures[name];

  it.each(['pytorch', 'clean'] as const)('gives what the reference of "%s" gives', (rule) => {
    const values = prepare(Uint8Array.from(pixels), 1, { size, channels: 3 }, side, rule, inceptionNormalisation(rule));
    expect(values).toHaveLength(expected[rule].length);
    values.forEach((value, i) => expect(Math.abs(value - expected[rule][i]), `value ${i}`).toBeLessThan(2e-6));
  });
});

describe('bringing images to the size of a net', () => {
  it('samples from the corner as TensorFlow 1 did', () => {
    // A ramp along x: bilinear sampling of it gives the place that was sampled, held at the last pixel.
    const ramp = Uint8Array.from({ length: 25 }, (_, i) => 10 * (i % 5));
    const values = prepare(ramp, 1, { size: 5, channels: 1 }, 8, 'tensorflow', { mean: [0, 0, 0], std: [10, 10, 10] });
    for (let i = 0; i < 64; i++) expect(values[3 * i]).toBeCloseTo(Math.min(4, ((i % 8) * 5) / 8), 6);
  });

  it('repeats grey, and normalises by channel', () => {
    const values = prepare(new Uint8Array(16).fill(200), 1, { size: 4, channels: 1 }, 4, 'pytorch', { mean: [0, 100, 200], std: [1, 2, 4] });
    expect(Array.from(values.slice(0, 6))).toEqual([200, 50, 0, 200, 50, 0]);
  });

  it('keeps images apart', () => {
    const two = Uint8Array.from({ length: 2 * 16 * 3 }, (_, i) => (i * i) % 256);
    const of = (pixels: Uint8Array, count: number) => Array.from(prepare(pixels, count, { size: 4, channels: 3 }, 9, 'clean', inceptionNormalisation('clean')));
    expect(of(two, 2)).toEqual([...of(two.slice(0, 48), 1), ...of(two.slice(48), 1)]);
  });
});
