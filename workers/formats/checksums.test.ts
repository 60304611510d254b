import { describe, expect, it } from 'vitest';
import { readChecksums, writeChecksums } from './checksums';
import { sha256 } from './sha256';

describe('checksums', () => {
  const entries = ['a.txt', 'train/打痕/0001 x.png'].map((name) => ({ name, sha256: sha256(new TextEncoder().encode(name)) }));

  it('reads back what it writes', () => {
    expect(readChecksums(writeChecksums(entries))).toEqual(entries);
  });

  it('names the line it cannot read', () => {
    expect(() => readChecksums(`${writeChecksums(entries)}nonsense\n`)).toThrow(expect.objectContaining({ code: 'checksums-line', params: { line: 3 } }));
  });
});
