import { describe, expect, it } from 'vitest';
import { difficultyDots, figureSize } from './dots';

describe('the drawing on the start page', () => {
  it('keeps every n-th of the ranking and stays in its frame', () => {
    const dots = difficultyDots(13);
    expect(dots.filter(({ kept }) => kept)).toHaveLength(dots.filter((_, i) => i % 13 === 6).length);
    for (const { column, row } of dots) {
      expect(column).toBeLessThan(figureSize.columns);
      expect(row).toBeLessThan(figureSize.rows);
    }
  });
});
