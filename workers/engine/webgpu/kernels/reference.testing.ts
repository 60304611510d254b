/** Float64 definitions of the kernels, written out as loops, and the tensors they are compared on. */

export interface Convolution {
  n: number; h: number; w: number; c: number; k: number; filters: number;
  stride: 1 | 2;
  pad: 'same' | 'valid';
}

/** Output sides and padding as TensorFlow defines them. */
export function outputOf({ h, w, k, stride, pad }: Convolution): { oh: number; ow: number; top: number; left: number } {
  if (pad === 'valid') return { oh: Math.ceil((h - k + 1) / stride), ow: Math.ceil((w - k + 1) / stride), top: 0, left: 0 };
  const [oh, ow] = [Math.ceil(h / stride), Math.ceil(w / stride)];
  const before = (out: number, size: number) => Math.floor(Math.max(0, (out - 1) * stride + k - size) / 2);
  return { oh, ow, top: before(oh, h), left: before(ow, w) };
}

/** Calls `visit` for every product the convolution adds up, with the flat indices of y, x and the filter. */
function eachProduct(of: Convolution, visit: (y: number, x: number, f: number) => void): void {
  const { n, h, w, c, k, filters, stride } = of;
  const { oh, ow, top, left } = outputOf(of);
  for (let b = 0; b < n; b++) for (let i = 0; i < oh; i++) for (let j = 0; j < ow; j++) for (let di = 0; di < k; di++) for (let dj = 0; dj < k; dj++) {
    const [row, column] = [i * stride + di - top, j * stride + dj - left];
    if (row < 0 || row >= h || column < 0 || column >= w) continue;
    for (let q = 0; q < c; q++) for (let o = 0; o < filters; o++) {
      visit(((b * oh + i) * ow + j) * filters + o, ((b * h + row) * w + column) * c + q, ((di * k + dj) * c + q) * filters + o);
    }
  }
}

/** y, dx or df of one convolution from the other two. */
export function convolutionReference(of: Convolution, wanted: 'y' | 'x' | 'f', given: { y?: Float32Array; x?: Float32Array; f?: Float32Array }): Float64Array {
  const { oh, ow } = outputOf(of);
  const sizes = { y: of.n * oh * ow * of.filters, x: of.n * of.h * of.w * of.c, f: of.k * of.k * of.c * of.filters };
  const out = new Float64Array(sizes[wanted]);
  if (wanted === 'y') eachProduct(of, (y, x, f) => { out[y] += given.x![x] * given.f![f]; });
  else if (wanted === 'x') eachProduct(of, (y, x, f) => { out[x] += given.y![y] * given.f![f]; });
  else eachProduct(of, (y, x, f) => { out[f] += given.y![y] * given.x![x]; });
  return out;
}

/** op(A) op(B) for `batch` matrices; an operand with fewer elements is used for all of them. */
export function productReference(
  a: Float32Array, b: Float32Array, { batch, m, k, n }: { batch: number; m: number; k: number; n: number }, transposeA: boolean, transposeB: boolean,
): Float64Array {
  const out = new Float64Array(batch * m * n);
  const [stepA, stepB] = [a.length === m * k ? 0 : m * k, b.length === k * n ? 0 : k * n];
  for (let q = 0; q < batch; q++) for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) for (let l = 0; l < k; l++) {
    out[(q * m + i) * n + j] += a[q * stepA + (transposeA ? l * m + i : i * k + l)] * b[q * stepB + (transposeB ? j * k + l : l * n + j)];
  }
  return out;
}

/** x of `shape` reduced over `axes`. */
export function reductionReference(x: Float32Array, shape: number[], axes: number[], combine: 'Sum' | 'Mean' | 'Max'): Float64Array {
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const out = new Float64Array(kept.reduce((a, b) => a * b, 1)).fill(combine === 'Max' ? -Infinity : 0);
  const count = x.length / out.length;
  x.forEach((value, i) => {
    let [rest, at, stride] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (!axes.includes(axis)) {
        at += (rest % shape[axis]) * stride;
        stride *= shape[axis];
      }
      rest = Math.floor(rest / shape[axis]);
    }
    if (combine === 'Max') out[at] = Math.max(out[at], value);
    else out[at] += combine === 'Mean' ? value / count : value;
  });
  return out;
}
