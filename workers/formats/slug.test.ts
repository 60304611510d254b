import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classFolders, compareCodePoints, fileSlug } from './slug';

/** How Hugging Face's data_files patterns find a split: the keyword alone or next to a separator or digit. */
const SPLIT = /(^|[-._ 0-9])(train|training|validation|valid|dev|val|test|testing|eval|evaluation)([-._ 0-9]|$)/i;

function folderOf(name: string): string {
  return classFolders([name])[0].folder;
}

describe('class folders', () => {
  it('keeps readable names of any script', () => {
    expect(folderOf('airplane')).toBe('airplane');
    expect(folderOf('打痕・へこみ')).toBe('打痕-へこみ');
    expect(folderOf('ブラシ ムラ')).toBe('ブラシ-ムラ');
    expect(folderOf('Ｃｌａｓｓ／01')).toBe('Class-01');
    expect(folderOf('a.b..c ')).toBe('a-b-c');
  });

  it.each(['test', 'Train', 'val_2', 'my-test set', 'dev', 'EVAL', 'x.validation', 'con', 'LPT1', '..', '', '🙂', '/', '__'])('does not keep %j', (name) => {
    expect(folderOf(name)).toBe('class-0000');
  });

  it('keeps words that only contain a split word', () => {
    expect(['contest', 'training3d', 'valve', 'device', 'medieval'].map(folderOf)).toEqual(['contest', 'class-0000', 'valve', 'device', 'medieval']);
  });

  it('numbers by the place in the data set and survives a class that is called so', () => {
    const folders = classFolders(['class-0001', 'test', 'Cat', 'cat', 'cat-2']);
    expect(folders.map(({ name, folder }) => [name, folder])).toEqual([
      ['Cat', 'Cat'], ['cat', 'cat-2'], ['cat-2', 'cat-2-2'], ['class-0001', 'class-0001'], ['test', 'class-0001-2'],
    ]);
    expect(folders.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  const names = fc.uniqueArray(fc.oneof(
    fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }),
    fc.constantFrom('train', 'test', 'Test', 'val.', 'class-0001', 'CON', 'con', '打痕', 'カ\u3099', 'ガ', '\ud800', 'ﬀ', '𝒳', '\uffe5a', 'x'.repeat(300)),
  ), { minLength: 1, maxLength: 20 });

  it('are safe, unique on every file system, and in the order Python sorts', () => {
    fc.assert(fc.property(names, (list) => {
      const folders = classFolders(list);
      const made = folders.map(({ folder }) => folder);
      for (const folder of made) {
        expect(folder).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}\p{M}_-]*$/u);
        expect(new TextEncoder().encode(folder).length).toBeLessThanOrEqual(255);
        expect(folder).not.toMatch(SPLIT);
        expect(folder).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)$/i);
      }
      expect(new Set(made.map((folder) => folder.normalize('NFD').toLowerCase())).size).toBe(list.length);
      expect(folders.map(({ original }) => list[original])).toEqual(folders.map(({ name }) => name));
      const python = made.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(made).toEqual(python);
      expect(folders.map(({ index }) => index)).toEqual(made.map((_, i) => i));
    }), { numRuns: 300 });
  });

  it('compares as UTF-8 bytes do', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }));
  });
});

describe('file names', () => {
  it('fall back when nothing can be kept', () => {
    expect([fileSlug('My set: 10/class', 'x'), fileSlug('..', 'x'), fileSlug('nul', 'x')]).toEqual(['My-set-10-class', 'x', 'x']);
  });
});
