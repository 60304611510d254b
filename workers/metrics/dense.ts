/**
 * Dense products and a factorisation in float64, fast enough for features of a few thousand dimensions. Matrices are row-major; sums have a fixed order.
 */

/** Depth and rows of the second operand that stay in a cache while the first passes by. */
const DEPTH = 256;
const ROWS = 64;
/** Outputs in registers at once, along both sides. */
const TILE = 4;

interface Operand {
  values: Float64Array;
  rows: number;
}

/** out[i, j] += sum over `from` <= k < `to` of a[i, k] b[j, k], for one row pair. */
function dot(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += a[atA + k] * b[atB + k];
  return sum;
}

/** Sixteen dot products of four rows of each side over one depth. */
function addTile(out: Float64Array, columns: number, i: number, j: number, a: Float64Array, atA: number, b: Float64Array, atB: number, depth: number, length: number): void {
  const [a1, a2, a3] = [atA + depth, atA + 2 * depth, atA + 3 * depth];
  const [b1, b2, b3] = [atB + depth, atB + 2 * depth, atB + 3 * depth];
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [s20, s21, s22, s23, s30, s31, s32, s33] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < length; k++) {
    const [x0, x1, x2, x3] = [a[atA + k], a[a1 + k], a[a2 + k], a[a3 + k]];
    const [y0, y1, y2, y3] = [b[atB + k], b[b1 + k], b[b2 + k], b[b3 + k]];
    s00 += x0 * y0; s01 += x0 * y1; s02 += x0 * y2; s03 += x0 * y3;
    s10 += x1 * y0; s11 += x1 * y1; s12 += x1 * y2; s13 += x1 * y3;
    s20 += x2 * y0; s21 += x2 * y1; s22 += x2 * y2; s23 += x2 * y3;
    s30 += x3 * y0; s31 += x3 * y1; s32 += x3 * y2; s33 += x3 * y3;
  }
  let at = i * columns + j;
  out[at] += s00; out[at + 1] += s01; out[at + 2] += s02; out[at + 3] += s03;
  at += columns;
  out[at] += s10; out[at + 1] += s11; out[at + 2] += s12; out[at + 3] += s13;
  at += columns;
  out[at] += s20; out[at + 1] += s21; out[at + 2] += s22; out[at + 3] += s23;
  at += columns;
  out[at] += s30; out[at + 1] += s31; out[at + 2] += s32; out[at + 3] += s33;
}

/**
 * Adds A B^T to `out`, [a.rows, b.rows], for A and B of `depth` columns. With `lower` only what lies on or below the diagonal is sure to be filled, at half the work:
 * enough for a symmetric product.
 */
export function addProduct(out: Float64Array, a: Operand, b: Operand, depth: number, lower = false): void {
  for (let from = 0; from < depth; from += DEPTH) {
    const length = Math.min(DEPTH, depth - from);
    for (let block = 0; block < b.rows; block += ROWS) {
      const end = Math.min(b.rows, block + ROWS);
      for (let i = lower ? block - (block % TILE) : 0; i < a.rows; i += TILE) {
        const last = lower ? Math.min(end, i + TILE) : end;
        for (let j = block; j < last; j += TILE) {
          if (i + TILE <= a.rows && j + TILE <= b.rows) {
            addTile(out, b.rows, i, j, a.values, i * depth + from, b.values, j * depth + from, depth, length);
            continue;
          }
          for (let row = i; row < Math.min(a.rows, i + TILE); row++) {
            for (let column = j; column < Math.min(b.rows, j + TILE); column++) {
              out[row * b.rows + column] += dot(a.values, row * depth + from, b.values, column * depth + from, length);
            }
          }
        }
      }
    }
  }
}

/** Copies the lower triangle of a square matrix over its upper one. */
export function mirror(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j];
}

/**
 * R with R^T R = S for a positive semi-definite S [n, n], by Cholesky with diagonal pivoting (Higham, 2002, 10.3): as many rows as S has rank, so that singular covariances
 * cost less rather than fail. What is left when no pivot exceeds rounding counts as zero.
 */
export function rootOf(matrix: Float64Array, n: number): { root: Float64Array; rank: number } {
  const rest = new Float64Array(n);
  let largest = 0;
  for (let i = 0; i < n; i++) {
    rest[i] = matrix[i * n + i];
    largest = Math.max(largest, rest[i]);
  }
  const root = new Float64Array(n * n);
  const bound = n * Number.EPSILON * largest;
  let rank = 0;
  for (; rank < n; rank++) {
    let pivot = 0;
    for (let i = 1; i < n; i++) if (rest[i] > rest[pivot]) pivot = i;
    // A negated test, because NaN must end it too.
    if (!(rest[pivot] > bound)) break;
    const scale = Math.sqrt(rest[pivot]);
    const row = rank * n;
    for (let j = 0; j < n; j++) root[row + j] = matrix[pivot * n + j];
    for (let k = 0; k < rank; k++) {
      const value = root[k * n + pivot];
      const from = k * n;
      if (value !== 0) for (let j = 0; j < n; j++) root[row + j] -= value * root[from + j];
    }
    for (let j = 0; j < n; j++) {
      // Columns that were pivots before are done; what rounding leaves there is not theirs.
      const value = rest[j] > 0 ? root[row + j] / scale : 0;
      root[row + j] = value;
      rest[j] -= value * value;
    }
    root[row + pivot] = scale;
    rest[pivot] = 0;
  }
  return { root: root.subarray(0, rank * n), rank };
}
