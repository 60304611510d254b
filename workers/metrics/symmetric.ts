import { RetortError } from '../failure';

/**
 * Dense symmetric eigenproblems and singular values in float64: Householder reduction to a condensed form, then implicit
 * QL with Wilkinson shifts (EISPACK tred2 and tql2; Golub and Van Loan, 8.3 and 8.6). Matrices are row-major.
 */

const MAX_SWEEPS = 60;

export interface Eigen {
  /** Ascending, length n. */
  values: Float64Array;
  /** Row-major [n, n]; column j belongs to `values[j]`. */
  vectors: Float64Array;
}

/**
 * Householder reduction of a symmetric matrix to tridiagonal form, in place. On return `diagonal[i]` and `off[i]` (coupling
 * of i-1 and i) hold the tridiagonal; with `accumulate`, `a` holds the orthogonal transformation, else it is scratch.
 */
function tridiagonalise(a: Float64Array, n: number, diagonal: Float64Array, off: Float64Array, accumulate: boolean): void {
  for (let i = n - 1; i > 0; i--) {
    const row = i * n;
    let scale = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(a[row + k]);
    if (i === 1 || scale === 0) {
      off[i] = a[row + i - 1];
      diagonal[i] = 0;
      continue;
    }
    let h = 0;
    for (let k = 0; k < i; k++) {
      a[row + k] /= scale;
      h += a[row + k] * a[row + k];
    }
    const f = a[row + i - 1];
    const g = f >= 0 ? -Math.sqrt(h) : Math.sqrt(h);
    off[i] = scale * g;
    h -= f * g;
    a[row + i - 1] = f - g;
    diagonal[i] = h;

    // p = A u / h, gathered row by row over the lower triangle so that every inner loop walks memory forwards.
    off.fill(0, 0, i);
    for (let j = 0; j < i; j++) {
      const rowJ = j * n;
      const uj = a[row + j];
      let sum = a[rowJ + j] * uj;
      for (let k = 0; k < j; k++) {
        sum += a[rowJ + k] * a[row + k];
        off[k] += a[rowJ + k] * uj;
      }
      off[j] += sum;
    }
    let dot = 0;
    for (let j = 0; j < i; j++) {
      off[j] /= h;
      dot += off[j] * a[row + j];
    }
    const correction = dot / (h + h);
    for (let j = 0; j < i; j++) off[j] -= correction * a[row + j];
    for (let j = 0; j < i; j++) {
      const rowJ = j * n;
      const uj = a[row + j];
      const qj = off[j];
      for (let k = 0; k <= j; k++) a[rowJ + k] -= uj * off[k] + qj * a[row + k];
    }
    if (accumulate) for (let j = 0; j < i; j++) a[j * n + i] = a[row + j] / h;
  }
  off[0] = 0;
  if (!accumulate) {
    for (let i = 0; i < n; i++) diagonal[i] = a[i * n + i];
    return;
  }
  diagonal[0] = 0;
  const g = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    if (diagonal[i] !== 0) {
      g.fill(0, 0, i);
      for (let k = 0; k < i; k++) {
        const uk = a[row + k];
        for (let j = 0; j < i; j++) g[j] += uk * a[k * n + j];
      }
      for (let k = 0; k < i; k++) {
        const vk = a[k * n + i];
        for (let j = 0; j < i; j++) a[k * n + j] -= g[j] * vk;
      }
    }
    diagonal[i] = a[row + i];
    a[row + i] = 1;
    for (let j = 0; j < i; j++) {
      a[j * n + i] = 0;
      a[row + j] = 0;
    }
  }
}

/**
 * Implicit QL of a symmetric tridiagonal, in place; `off[i]` couples i-1 and i. `rotations`, when given, is a row-major
 * [n, n] whose ROWS are rotated, so the caller passes the transpose of the vectors and reads rows back.
 */
function tridiagonalQl(diagonal: Float64Array, off: Float64Array, n: number, rotations: Float64Array | null): void {
  for (let i = 1; i < n; i++) off[i - 1] = off[i];
  off[n - 1] = 0;
  let size = 0;
  for (let l = 0; l < n; l++) {
    // Rounding is judged against the largest entry met so far: a zero block has no scale of its own and would never converge.
    size = Math.max(size, Math.abs(diagonal[l]) + Math.abs(off[l]));
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < n - 1 && !(Math.abs(off[m]) <= Number.EPSILON * size)) m++;
      if (m === l) break;
      // A NaN in the matrix never satisfies the test above; without this the loop would not end.
      if (sweep === MAX_SWEEPS) {
        throw new RetortError('eigen-no-convergence', 'A distance could not be computed because its features are not finite. Train the encoder again with a lower learning rate.', {});
      }
      let g = (diagonal[l + 1] - diagonal[l]) / (2 * off[l]);
      let r = Math.hypot(g, 1);
      g = diagonal[m] - diagonal[l] + off[l] / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * off[i];
        const b = c * off[i];
        r = Math.sqrt(f * f + g * g);
        off[i + 1] = r;
        if (r === 0) {
          diagonal[i + 1] -= p;
          off[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = diagonal[i + 1] - p;
        r = (diagonal[i] - g) * s + 2 * c * b;
        p = s * r;
        diagonal[i + 1] = g + p;
        g = c * r - b;
        if (rotations) {
          const upper = i * n;
          const lower = upper + n;
          for (let k = 0; k < n; k++) {
            const held = rotations[lower + k];
            rotations[lower + k] = s * rotations[upper + k] + c * held;
            rotations[upper + k] = c * rotations[upper + k] - s * held;
          }
        }
      }
      if (r === 0 && i >= l) continue;
      diagonal[l] -= p;
      off[l] = g;
      off[m] = 0;
    }
  }
}

function transposeInPlace(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const held = a[i * n + j];
      a[i * n + j] = a[j * n + i];
      a[j * n + i] = held;
    }
  }
}

/** Eigenvalues of the symmetric [n, n] `matrix`, ascending. About 4/3 n^3 operations; reads the lower triangle only. */
export function eigenvaluesSymmetric(matrix: Float64Array, n: number): Float64Array {
  const values = new Float64Array(n);
  const off = new Float64Array(n);
  tridiagonalise(Float64Array.from(matrix), n, values, off, false);
  tridiagonalQl(values, off, n, null);
  return values.sort();
}

/** Eigenvalues and orthonormal eigenvectors of the symmetric [n, n] `matrix`. About 9 n^3 operations. */
export function eigenSymmetric(matrix: Float64Array, n: number): Eigen {
  const work = Float64Array.from(matrix);
  const values = new Float64Array(n);
  const off = new Float64Array(n);
  tridiagonalise(work, n, values, off, true);
  transposeInPlace(work, n);
  tridiagonalQl(values, off, n, work);
  const order = Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    for (let k = 0; k < n; k++) vectors[k * n + to] = work[from * n + k];
  });
  return { values: Float64Array.from(order, (i) => values[i]), vectors };
}

/**
 * Singular values of the row-major [rows, columns] `matrix` (any shape), descending, min(rows, columns) of them, to full
 * float64 accuracy. Golub and Kahan: the values of an upper bidiagonal are the positive eigenvalues of the tridiagonal with
 * zero diagonal and the bidiagonal's entries interleaved, so no Gram matrix squares the condition.
 */
export function singularValues(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const tall = rows >= columns;
  const m = tall ? rows : columns;
  const n = tall ? columns : rows;
  const a = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) a[i * n + j] = tall ? matrix[i * n + j] : matrix[j * m + i];

  const chain = new Float64Array(2 * n);
  const weights = new Float64Array(Math.max(m, n));
  for (let k = 0; k < n; k++) {
    // Left reflection: clears column k below the diagonal.
    let norm = 0;
    for (let i = k; i < m; i++) norm = Math.hypot(norm, a[i * n + k]);
    const alpha = a[k * n + k] >= 0 ? -norm : norm;
    chain[2 * k] = alpha;
    if (norm > 0) {
      a[k * n + k] -= alpha;
      const h = -alpha * a[k * n + k];
      weights.fill(0, k + 1, n);
      for (let i = k; i < m; i++) {
        const u = a[i * n + k];
        for (let j = k + 1; j < n; j++) weights[j] += u * a[i * n + j];
      }
      for (let i = k; i < m; i++) {
        const u = a[i * n + k] / h;
        for (let j = k + 1; j < n; j++) a[i * n + j] -= u * weights[j];
      }
    }
    if (k + 1 >= n) break;
    // Right reflection: clears row k right of the superdiagonal.
    let rowNorm = 0;
    for (let j = k + 1; j < n; j++) rowNorm = Math.hypot(rowNorm, a[k * n + j]);
    const beta = a[k * n + k + 1] >= 0 ? -rowNorm : rowNorm;
    chain[2 * k + 1] = beta;
    if (rowNorm > 0) {
      a[k * n + k + 1] -= beta;
      const h = -beta * a[k * n + k + 1];
      for (let i = k + 1; i < m; i++) {
        let dot = 0;
        for (let j = k + 1; j < n; j++) dot += a[k * n + j] * a[i * n + j];
        dot /= h;
        for (let j = k + 1; j < n; j++) a[i * n + j] -= dot * a[k * n + j];
      }
    }
  }
  const diagonal = new Float64Array(2 * n);
  const off = new Float64Array(2 * n);
  for (let i = 1; i < 2 * n; i++) off[i] = chain[i - 1];
  tridiagonalQl(diagonal, off, 2 * n, null);
  return diagonal.sort().reverse().slice(0, n).map((value) => Math.max(0, value));
}
