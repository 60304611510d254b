/**
 * The drawing on the start page: a column chart of dots whose heights follow a right-skewed curve like the difficulty scores of real images, with
 * the dots that interval sampling keeps. Pure, so that the drawing keeps the promise of its caption.
 */

export interface Dot {
  column: number;
  row: number;
  kept: boolean;
}

const COLUMNS = 54;
const TALLEST = 24;

/** Gamma density with shape 4, scaled to 1 at its mode of 3: rises fast, falls slowly. */
function height(x: number): number {
  return (x / 3) ** 3 * Math.exp(3 - x);
}

/** Dots from easy to hard, column by column; every `stride`-th of the ranking is kept, starting half a stride in. */
export function difficultyDots(stride: number): Dot[] {
  const dots: Dot[] = [];
  for (let column = 0; column < COLUMNS; column++) {
    const tall = Math.max(1, Math.round(TALLEST * height(0.35 + (column / COLUMNS) * 10.5)));
    for (let i = 0; i < tall; i++) {
      // Within a column the ranking runs up and down by turns, so that picks do not line up at the bottom.
      const row = column % 2 === 0 ? i : tall - 1 - i;
      dots.push({ column, row, kept: dots.length % stride === stride >> 1 });
    }
  }
  return dots;
}

export const figureSize = { columns: COLUMNS, rows: TALLEST } as const;
