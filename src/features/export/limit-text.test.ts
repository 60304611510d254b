import { describe, expect, it } from 'vitest';
import { LIMIT_FIELDS } from '../../client/options';
import { LIMIT_KINDS, LIMIT_NAMES } from '../../../workers/formats/limits';
import { limitText, parseLimit } from './limit-text';

describe('a limit in a field', () => {
  it('is typed and shown in per cent but for ratios, without the rounding of binary fractions', () => {
    expect([limitText(0.07, 'points'), limitText(0.29, 'share'), limitText(1.1, 'ratio')]).toEqual(['7', '29', '1.1']);
    expect([parseLimit('7', 'points'), parseLimit(' 29 ', 'share'), parseLimit('1.1', 'ratio')]).toEqual([0.07, 0.29, 1.1]);
    for (let tenths = 0; tenths <= 1000; tenths++) expect(limitText(parseLimit(String(tenths / 10), 'points') ?? NaN, 'points')).toBe(String(tenths / 10));
  });

  it('is taken away by an empty field and left alone by anything else', () => {
    expect([parseLimit('', 'share'), parseLimit('  ', 'ratio')]).toEqual([null, null]);
    expect(['x', '-1', '101', 'Infinity'].map((text) => parseLimit(text, 'share'))).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('has the order and the kinds of the worker', () => {
    expect(Object.keys(LIMIT_FIELDS)).toEqual(LIMIT_NAMES);
    for (const name of LIMIT_NAMES) expect(LIMIT_FIELDS[name]).toBe(LIMIT_KINDS[name].kind);
  });
});
