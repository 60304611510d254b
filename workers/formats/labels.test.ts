import { expect, test } from 'vitest';
import { mayBeLabelTable, parseLabelTable } from './labels';

test('CSV: quotes, doubled quotes, line breaks in fields, CRLF, a byte order mark', () => {
  const table = parseLabelTable('\ufeffFile,"Label"\r\n"a, b.png","say ""hi"""\r\nc.png,"two\nlines"\r\n', 'x.csv');
  expect(table?.rows).toEqual([{ file: 'a, b.png', label: 'say "hi"', split: '' }, { file: 'c.png', label: 'two\nlines', split: '' }]);
});

test('CSV: semicolons and tabs, other column names, a split column, rows without a label are counted', () => {
  expect(parseLabelTable('path;class;split\nx.png;up;test\ny.png;;train\n', 'x.csv')).toEqual({ rows: [{ file: 'x.png', label: 'up', split: 'test' }], skipped: 1 });
  expect(parseLabelTable('image\tlabel_name\tlabel\nx.png\tcat\t3\n', 'x.tsv')?.rows[0].label).toBe('cat');
});

test('JSON lines: names win over indices, numbers become text, broken lines are counted', () => {
  const text = '{"file_name":"a.png","label":0,"label_name":"cat"}\n{"file_name":"b.png","label":0}\nnonsense\n{"label":1}\n';
  expect(parseLabelTable(text, 'metadata.jsonl')).toEqual({ rows: [{ file: 'a.png', label: 'cat', split: '' }, { file: 'b.png', label: '0', split: '' }], skipped: 2 });
});

test('a table of something else is no label table', () => {
  expect(parseLabelTable('time,temperature\n1,2\n', 'x.csv')).toBeNull();
  expect(parseLabelTable('', 'x.csv')).toBeNull();
  expect(parseLabelTable('{"truthPath":"a.png","trueClass":"x"}\n', 'truth.jsonl')).toBeNull();
  expect(mayBeLabelTable('d/labels.CSV')).toBe(true);
  expect(mayBeLabelTable('d/cat.png')).toBe(false);
});

test('further columns are kept where they group the images: few values, none of a row alone', () => {
  const lines = Array.from({ length: 12 }, (_, i) => `${i}.png,up,M${i % 2},${i},same,${i % 3 === 0 ? '' : ' "a, b" '.trim()},${'x'.repeat(80)}${i % 2}`);
  const table = parseLabelTable(['file_name,label,Machine,serial,plant,lot,long', ...lines].join('\n'), 'x.csv');
  // "long" differs only beyond the characters that are kept, so it groups nothing.
  expect(table?.columns).toEqual(['Machine', 'lot']);
  expect(table?.rows.slice(0, 2).map(({ metadata }) => metadata)).toEqual([['M0', ''], ['M1', 'a, b']]);
});

test('columns of JSON lines may be missing in rows; nested values and the label\'s own columns are left alone', () => {
  const rows = Array.from({ length: 8 }, (_, i) => JSON.stringify({ file_name: `${i}.png`, label: i % 2, label_name: 'c', shift: i % 2 === 0, box: [i % 2], ...(i < 4 ? { lot: 7 } : {}) }));
  const table = parseLabelTable(rows.join('\n'), 'x.jsonl');
  expect(table?.columns).toEqual(['shift', 'lot']);
  expect(table?.rows.map(({ metadata }) => metadata?.join()).slice(3, 6)).toEqual(['false,7', 'true,', 'false,']);
});

test('no more than eight columns and 64 values are kept', () => {
  const names = Array.from({ length: 12 }, (_, i) => `c${i}`);
  const lines = Array.from({ length: 200 }, (_, i) => [`${i}.png`, 'up', ...Array.from(names.keys(), (c) => i % (c === 0 ? 65 : c === 1 ? 64 : 2))].join(','));
  expect(parseLabelTable([['file', 'label', ...names].join(','), ...lines].join('\n'), 'x.csv')?.columns).toEqual(['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8']);
});
