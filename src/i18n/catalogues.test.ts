import { describe, expect, it } from 'vitest';
import { preferredLanguage } from '.';
import { en } from './en';
import { fillFirst } from './fill';
import { formatBytes, formatDuration, formatMeasure, formatShare, formatTick } from './format';
import { ja, jaFailures, jaOptions } from './ja';

type Tree = { readonly [key: string]: string | Tree };

/** Keys with the plural suffix removed, because Japanese has one form where English has two; with the places each sentence fills. */
function entries(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[(path + key).replace(/_(one|other)$/, ''), value]] : entries(value, `${path}${key}.`));
}

const places = (text: string): string[] => [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name))].sort();

describe('catalogues', () => {
  const english = new Map(entries(en));
  const japanese = new Map(entries(ja));

  it('hold the same keys in both languages', () => {
    expect([...japanese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('fill the same places in both languages', () => {
    for (const [key, text] of english) expect(places(japanese.get(key) ?? ''), key).toEqual(places(text));
  });

  it('leave nothing empty and nothing untranslated', () => {
    for (const [key, text] of japanese) expect(text.trim(), key).not.toBe('');
    const inWords = [...japanese].filter(([key]) => /[a-z]{4,} [a-z]{3,}/i.test(english.get(key) ?? ''));
    for (const [key, text] of inWords) expect(text, key).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
  });

  it('translate each failure and option into Japanese', () => {
    for (const [code, texts] of Object.entries(jaFailures)) for (const text of [texts].flat()) expect(text, code).toMatch(/[\u3040-\u30ff]/);
    for (const [name, text] of entries(jaOptions)) expect(text, name).not.toBe('');
  });
});

describe('fillFirst', () => {
  it('takes the first sentence without a hole', () => {
    expect(fillFirst(['{{a}} and {{b}}', 'only {{a}}'], { a: 'x' }, 'en')).toBe('only x');
    expect(fillFirst(['{{a}} and {{b}}'], { a: 'x' }, 'en')).toBeUndefined();
    expect(fillFirst('{{n}} images', { n: 12345 }, 'en')).toBe('12,345 images');
    expect(fillFirst(undefined, {}, 'en')).toBeUndefined();
  });
});

describe('preferredLanguage', () => {
  it('takes the stored choice, then the first known of the browser, then English', () => {
    expect(preferredLanguage('ja', ['en-GB'])).toBe('ja');
    expect(preferredLanguage(null, ['fr-FR', 'ja-JP', 'en'])).toBe('ja');
    expect(preferredLanguage(null, ['en-GB', 'ja'])).toBe('en');
    expect(preferredLanguage('xx', ['de'])).toBe('en');
  });
});

describe('formats', () => {
  it('keeps three digits of a measure and names what is missing', () => {
    expect(formatMeasure(0.19, 'en')).toBe('0.190');
    expect(formatMeasure(1234.56, 'en')).toBe('1,235');
    expect(formatMeasure(3.14159e-7, 'en')).toBe('3.14E-7');
    expect(formatMeasure(0, 'en')).toBe('0');
    expect(formatMeasure(Number.NaN, 'en')).toBe('–');
    expect(formatMeasure(null, 'en')).toBe('–');
  });

  it('states bytes in decimal units', () => {
    expect(formatBytes(540, 'en')).toBe('540\u00a0B');
    expect(formatBytes(426_000, 'en')).toBe('426\u00a0kB');
    expect(formatBytes(1_470_000, 'en')).toBe('1.5\u00a0MB');
  });

  it('rounds time to what a person plans by', () => {
    expect(formatDuration(0.25, 'en')).toBe('250 ms');
    expect(formatDuration(89, 'en')).toBe('89 sec');
    expect(formatDuration(412, 'en')).toBe('7 min');
    expect(formatDuration(4800, 'en')).toBe('1 hr 20 min');
  });

  it('shows small shares with a decimal and axis numbers in digits', () => {
    expect(formatShare(0.055, 'en')).toBe('5.5%');
    expect(formatShare(0.36, 'en')).toBe('36%');
    expect(formatTick(0.0005, 'en')).toBe('0.0005');
  });
});
