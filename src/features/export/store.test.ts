import { describe, expect, it } from 'vitest';
import { foldEntries } from './store';

describe('the contents of an export', () => {
  it('are folded by folder and add up', () => {
    const folded = foldEntries([{ name: 'README.md', bytes: 5 }, { name: 'train/a/1.png', bytes: 2 }, { name: 'train/b/2.png', bytes: 3 }]);
    expect(folded).toEqual([{ name: 'README.md', files: 1, bytes: 5 }, { name: 'train/', files: 2, bytes: 5 }]);
  });
});
