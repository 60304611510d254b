import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, float64, formatFloat, formatFloat32, jsonLine, jsonText, sortedJson } from './json';

describe('JSON with typed numbers', () => {
  it('writes floats with a decimal point and integers without', () => {
    expect(jsonLine({ weight: float64(1), label: 3, tiny: float64(1e-7), zero: float64(-0), list: [float32(0.1)] }))
      .toBe('{"weight":1.0,"label":3,"tiny":1.0e-7,"zero":0.0,"list":[0.1]}');
  });

  it('reads back the same float64 and the same float32', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(JSON.parse(formatFloat(value))).toBe(value + 0);
      expect(formatFloat(value)).toContain('.');
    }));
    fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Math.fround(JSON.parse(formatFloat32(value)) as number)).toBe(value + 0);
      expect(formatFloat32(value)).toContain('.');
    }));
  });

  it('writes a float32 without the digits that float64 would add', () => {
    expect([0.1, 1 / 3, 16777216, 1e-45].map((value) => formatFloat32(Math.fround(value)))).toEqual(['0.1', '0.33333334', '16777216.0', '1.0e-45']);
  });

  it('agrees with JSON.parse on any nesting', () => {
    fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const same: unknown = JSON.parse(JSON.stringify(value));
      expect(JSON.parse(jsonText(value as never))).toEqual(same);
      expect(JSON.parse(sortedJson(value as never))).toEqual(same);
      expect(jsonLine(value as never)).not.toContain('\n');
    }));
  });

  it('sorts keys at every level', () => {
    expect(sortedJson({ b: { d: 1, c: [] }, a: {} })).toBe(sortedJson({ a: {}, b: { c: [], d: 1 } }));
  });

  it.each([NaN, Infinity])('refuses %s', (value) => {
    expect(() => jsonLine({ value: float64(value) })).toThrow(expect.objectContaining({ code: 'not-a-number' }));
    expect(() => jsonLine([value])).toThrow(expect.objectContaining({ code: 'not-a-number' }));
    expect(() => float32(value)).toThrow(expect.objectContaining({ code: 'not-a-number' }));
  });
});
