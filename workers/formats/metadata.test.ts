import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metadataLine, safeSourcePath, type MetadataRow } from './metadata';

const ROW: MetadataRow = {
  fileName: '打痕/0001.png', label: 1, labelName: 'line\nbreak "q"', origin: 'selected', sourcePath: 'a/b.jpg', sourceSha256: 'ff',
  difficulty: Math.fround(0.1), weight: 1, softLabel: Float32Array.of(0, 1),
};

describe('metadata.jsonl', () => {
  it('is one line a row with typed numbers', () => {
    expect(metadataLine(ROW)).toBe(
      '{"file_name":"打痕/0001.png","label":1,"label_name":"line\\nbreak \\"q\\"","origin":"selected","source_path":"a/b.jpg","source_sha256":"ff","difficulty":0.1,"weight":1.0,"soft_label":[0.0,1.0]}\n',
    );
  });

  it.each([{ difficulty: NaN }, { weight: Infinity }, { softLabel: [NaN] }])('refuses %j', (wrong) => {
    expect(() => metadataLine({ ...ROW, ...wrong })).toThrow(expect.objectContaining({ code: 'not-a-number' }));
  });
});

describe('source paths', () => {
  it.each([
    ['part/a.png', 'part/a.png'],
    ['./part//a.png', 'part/a.png'],
    ['../../etc/a.png', 'etc/a.png'],
    ['/home/me/a.png', 'a.png'],
    ['C:\\Users\\me\\a.png', 'a.png'],
    ['C:a.png', 'a.png'],
    ['\\\\server\\share\\a.png', 'a.png'],
    ['file:///home/me/a.png', 'a.png'],
    ['/', ''],
  ])('%s becomes %s', (from, to) => {
    expect(safeSourcePath(from)).toBe(to);
  });

  it('are never absolute and never climb', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('..', '.', '/', '\\', 'C:', 'a', 'ü', ' ', 'b.png'), { maxLength: 8 }), (parts) => {
      const safe = safeSourcePath(parts.join(''));
      expect(safe).not.toMatch(/^[/\\]|^[A-Za-z]:|\\/);
      expect(safe.split('/')).not.toContain('..');
    }));
  });
});
