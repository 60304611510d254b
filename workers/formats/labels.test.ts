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
