/**
 * Plain float64 mathematics the engines are judged by: slow, short, and written from the definitions, so that it shares no code with
 * what it judges.
 */

export interface Shape4 {
  n: number; h: number; w: number; c: number;
}

/** 2-D cross-correlation, NHWC, with TensorFlow's `same` padding; `filter` is [k,k,c,filters]. */
export function conv2dReference(
  x: Float64Array, { n, h, w, c }: Shape4, filter: Float64Array, k: number, filters: number, stride: number,
): { y: Float64Array; shape: Shape4 } {
  const oh = Math.ceil(h / stride);
  const ow = Math.ceil(w / stride);
  const top = Math.floor(Math.max(0, (oh - 1) * stride + k - h) / 2);
  const left = Math.floor(Math.max(0, (ow - 1) * stride + k - w) / 2);
  const y = new Float64Array(n * oh * ow * filters);
  let at = 0;
  for (let b = 0; b < n; b++) for (let i = 0; i < oh; i++) for (let j = 0; j < ow; j++) for (let o = 0; o < filters; o++) {
    let sum = 0;
    for (let di = 0; di < k; di++) for (let dj = 0; dj < k; dj++) {
      const row = i * stride + di - top;
      const column = j * stride + dj - left;
      if (row < 0 || row >= h || column < 0 || column >= w) continue;
      for (let q = 0; q < c; q++) sum += x[((b * h + row) * w + column) * c + q] * filter[((di * k + dj) * c + q) * filters + o];
    }
    y[at++] = sum;
  }
  return { y, shape: { n, h: oh, w: ow, c: filters } };
}

/** Group normalisation with gamma and beta, then SiLU. */
export function groupNormSiluReference(
  x: Float64Array, { n, h, w, c }: Shape4, gamma: Float64Array, beta: Float64Array, groups: number, epsilon: number,
): Float64Array {
  const y = new Float64Array(x.length);
  const width = c / groups;
  for (let b = 0; b < n; b++) for (let g = 0; g < groups; g++) {
    const each = (visit: (index: number, channel: number) => void) => {
      for (let p = 0; p < h * w; p++) for (let q = g * width; q < (g + 1) * width; q++) visit((b * h * w + p) * c + q, q);
    };
    let sum = 0;
    each((i) => { sum += x[i]; });
    const mean = sum / (h * w * width);
    let squares = 0;
    each((i) => { squares += (x[i] - mean) ** 2; });
    const rate = 1 / Math.sqrt(squares / (h * w * width) + epsilon);
    each((i, q) => {
      const z = (x[i] - mean) * rate * gamma[q] + beta[q];
      y[i] = z / (1 + Math.exp(-z));
    });
  }
  return y;
}

/** Mean over pixels: [n,h,w,c] to [n,c]. */
export function poolReference(x: Float64Array, { n, h, w, c }: Shape4): Float64Array {
  const y = new Float64Array(n * c);
  for (let b = 0; b < n; b++) for (let p = 0; p < h * w; p++) for (let q = 0; q < c; q++) y[b * c + q] += x[(b * h * w + p) * c + q] / (h * w);
  return y;
}

/** Sum over rows of -t log softmax(z). */
export function crossEntropyReference(z: Float64Array, t: Float64Array, classes: number): number {
  let total = 0;
  for (let row = 0; row < z.length; row += classes) {
    const own = z.subarray(row, row + classes);
    const top = Math.max(...own);
    const logarithm = top + Math.log(own.reduce((sum, value) => sum + Math.exp(value - top), 0));
    for (let k = 0; k < classes; k++) total += t[row + k] * (logarithm - own[k]);
  }
  return total;
}

/** Gradient of f at `at` by central differences; error about step^2. */
export function gradientReference(f: (x: Float64Array) => number, at: Float64Array, step = 1e-4): Float64Array {
  const moved = at.slice();
  return at.map((value, i) => {
    moved[i] = value + step;
    const above = f(moved);
    moved[i] = value - step;
    const below = f(moved);
    moved[i] = value;
    return (above - below) / (2 * step);
  });
}

/** Hessian of f times `direction`, as the central difference of the gradient. */
export function hessianProductReference(
  f: (x: Float64Array) => number, at: Float64Array, direction: Float64Array, step = 1e-3,
): Float64Array {
  const length = Math.hypot(...direction) || 1;
  const t = step / length;
  const above = gradientReference(f, at.map((value, i) => value + t * direction[i]));
  const below = gradientReference(f, at.map((value, i) => value - t * direction[i]));
  return above.map((value, i) => (value - below[i]) / (2 * t));
}
