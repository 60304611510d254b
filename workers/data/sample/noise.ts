import { RandomStream } from '../../random';

/** Side of the tile of white noise, a power of two so that wrapping is a mask. */
const SIDE = 256;
const MASK = SIDE - 1;

let tile: Float32Array | null = null;

function whiteTile(): Float32Array {
  if (!tile) {
    const random = new RandomStream(0, 'sample/noise-tile');
    tile = Float32Array.from({ length: SIDE * SIDE }, () => random.uniform());
  }
  return tile;
}

/** Value noise in [0, 1), one lattice cell a unit, repeating after 256 units. */
export function valueNoise(x: number, y: number): number {
  const white = tile ?? whiteTile();
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const fx = x - x0;
  const fy = y - y0;
  const row = (y0 & MASK) * SIDE;
  const below = ((y0 + 1) & MASK) * SIDE;
  const left = x0 & MASK;
  const right = (x0 + 1) & MASK;
  const top = white[row + left] + (white[row + right] - white[row + left]) * fx;
  const bottom = white[below + left] + (white[below + right] - white[below + left]) * fx;
  return top + (bottom - top) * fy;
}

/** Three octaves of value noise, in [0, 1), mean one half. */
export function cloud(x: number, y: number): number {
  return 0.57 * valueNoise(x, y) + 0.29 * valueNoise(2.03 * x + 17.3, 2.03 * y + 5.1) + 0.14 * valueNoise(4.1 * x + 41.7, 4.1 * y + 29.9);
}
