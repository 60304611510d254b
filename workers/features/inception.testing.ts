import type { WeightTensor } from '../formats/torch-file';
import { RandomStream } from '../random';
import { INCEPTION_DIM, INCEPTION_LOGITS, inceptionConvolutions } from './inception.graph';

/** Weights drawn by a seed, in the shapes and under the names of the published file; scaled so that activations stay about one through all layers. */
export function randomInception(seed: number): Record<string, WeightTensor> {
  const stream = new RandomStream(seed, 'test/inception');
  const tensors: Record<string, WeightTensor> = {};
  const draw = (name: string, shape: number[], value: () => number): void => {
    tensors[name] = { shape, values: Float32Array.from({ length: shape.reduce((product, side) => product * side, 1) }, value) };
  };
  for (const { name, from, to, kernel: [kh, kw] } of inceptionConvolutions()) {
    const deviation = Math.sqrt(2 / (from * kh * kw));
    draw(`${name}.conv.weight`, [to, from, kh, kw], () => deviation * stream.normal());
    draw(`${name}.bn.weight`, [to], () => 0.8 + 0.4 * stream.uniform());
    draw(`${name}.bn.bias`, [to], () => 0.2 * stream.normal());
    draw(`${name}.bn.running_mean`, [to], () => 0.2 * stream.normal());
    draw(`${name}.bn.running_var`, [to], () => 0.5 + stream.uniform());
  }
  draw('fc.weight', [INCEPTION_LOGITS, INCEPTION_DIM], () => 0);
  draw('fc.bias', [INCEPTION_LOGITS], () => 0);
  return tensors;
}

/** One image, channels first, in float64. */
interface Map3 {
  c: number;
  h: number;
  w: number;
  v: Float64Array;
}

/**
 * The net written out a second time, in plain loops over float64 and after pytorch-fid's description: filters as the file has them, batch
 * normalisation apart, padding by number, and blocks spelled out one by one.
 */
export function referenceInception(tensors: Record<string, WeightTensor>, image: Map3): Map<string, Map3> {
  const basic = (x: Map3, name: string, [kh, kw]: [number, number] = [1, 1], stride = 1, [ph, pw]: [number, number] = [0, 0]): Map3 => {
    const { shape: [to, from], values } = tensors[`${name}.conv.weight`];
    if (from !== x.c) throw new RangeError(`${name} takes ${from} channels, not ${x.c}`);
    const [h, w] = [Math.floor((x.h + 2 * ph - kh) / stride) + 1, Math.floor((x.w + 2 * pw - kw) / stride) + 1];
    const v = new Float64Array(to * h * w);
    const part = (which: string, o: number) => tensors[`${name}.bn.${which}`].values[o];
    for (let o = 0; o < to; o++) {
      for (let i = 0; i < from; i++) {
        for (let a = 0; a < kh; a++) for (let b = 0; b < kw; b++) {
          const weight = values[((o * from + i) * kh + a) * kw + b];
          for (let y = 0; y < h; y++) {
            const row = y * stride + a - ph;
            if (row < 0 || row >= x.h) continue;
            for (let z = 0; z < w; z++) {
              const column = z * stride + b - pw;
              if (column >= 0 && column < x.w) v[(o * h + y) * w + z] += weight * x.v[(i * x.h + row) * x.w + column];
            }
          }
        }
      }
      const spread = Math.sqrt(part('running_var', o) + 0.001);
      for (let p = o * h * w; p < (o + 1) * h * w; p++) v[p] = Math.max(0, ((v[p] - part('running_mean', o)) / spread) * part('weight', o) + part('bias', o));
    }
    return { c: to, h, w, v };
  };
  const pool = (x: Map3, stride: number, pad: number, fold: (window: number[]) => number): Map3 => {
    const [h, w] = [Math.floor((x.h + 2 * pad - 3) / stride) + 1, Math.floor((x.w + 2 * pad - 3) / stride) + 1];
    const v = new Float64Array(x.c * h * w);
    for (let i = 0; i < x.c; i++) for (let y = 0; y < h; y++) for (let z = 0; z < w; z++) {
      const window: number[] = [];
      for (let a = -pad; a < 3 - pad; a++) for (let b = -pad; b < 3 - pad; b++) {
        const [row, column] = [y * stride + a, z * stride + b];
        if (row >= 0 && row < x.h && column >= 0 && column < x.w) window.push(x.v[(i * x.h + row) * x.w + column]);
      }
      v[(i * h + y) * w + z] = fold(window);
    }
    return { c: x.c, h, w, v };
  };
  const largest = (window: number[]) => Math.max(...window);
  const mean = (window: number[]) => window.reduce((sum, value) => sum + value, 0) / window.length;
  const join = (...parts: Map3[]): Map3 => {
    const v = new Float64Array(parts.reduce((sum, part) => sum + part.v.length, 0));
    parts.reduce((at, part) => { v.set(part.v, at); return at + part.v.length; }, 0);
    return { c: parts.reduce((sum, part) => sum + part.c, 0), h: parts[0].h, w: parts[0].w, v };
  };

  const seen = new Map<string, Map3>();
  let x = image;
  const step = (name: string, next: (n: (layer: string) => string) => Map3): void => {
    x = next((layer) => `${name}.${layer}`);
    seen.set(name, x);
  };
  step('Conv2d_1a_3x3', () => basic(x, 'Conv2d_1a_3x3', [3, 3], 2));
  step('Conv2d_2a_3x3', () => basic(x, 'Conv2d_2a_3x3', [3, 3]));
  step('Conv2d_2b_3x3', () => basic(x, 'Conv2d_2b_3x3', [3, 3], 1, [1, 1]));
  step('maxpool1', () => pool(x, 2, 0, largest));
  step('Conv2d_3b_1x1', () => basic(x, 'Conv2d_3b_1x1'));
  step('Conv2d_4a_3x3', () => basic(x, 'Conv2d_4a_3x3', [3, 3]));
  step('maxpool2', () => pool(x, 2, 0, largest));
  for (const name of ['Mixed_5b', 'Mixed_5c', 'Mixed_5d']) {
    step(name, (n) => join(
      basic(x, n('branch1x1')),
      basic(basic(x, n('branch5x5_1')), n('branch5x5_2'), [5, 5], 1, [2, 2]),
      basic(basic(basic(x, n('branch3x3dbl_1')), n('branch3x3dbl_2'), [3, 3], 1, [1, 1]), n('branch3x3dbl_3'), [3, 3], 1, [1, 1]),
      basic(pool(x, 1, 1, mean), n('branch_pool')),
    ));
  }
  step('Mixed_6a', (n) => join(
    basic(x, n('branch3x3'), [3, 3], 2),
    basic(basic(basic(x, n('branch3x3dbl_1')), n('branch3x3dbl_2'), [3, 3], 1, [1, 1]), n('branch3x3dbl_3'), [3, 3], 2),
    pool(x, 2, 0, largest),
  ));
  const row = (from: Map3, name: string) => basic(from, name, [1, 7], 1, [0, 3]);
  const column = (from: Map3, name: string) => basic(from, name, [7, 1], 1, [3, 0]);
  for (const name of ['Mixed_6b', 'Mixed_6c', 'Mixed_6d', 'Mixed_6e']) {
    step(name, (n) => join(
      basic(x, n('branch1x1')),
      column(row(basic(x, n('branch7x7_1')), n('branch7x7_2')), n('branch7x7_3')),
      row(column(row(column(basic(x, n('branch7x7dbl_1')), n('branch7x7dbl_2')), n('branch7x7dbl_3')), n('branch7x7dbl_4')), n('branch7x7dbl_5')),
      basic(pool(x, 1, 1, mean), n('branch_pool')),
    ));
  }
  step('Mixed_7a', (n) => join(
    basic(basic(x, n('branch3x3_1')), n('branch3x3_2'), [3, 3], 2),
    basic(column(row(basic(x, n('branch7x7x3_1')), n('branch7x7x3_2')), n('branch7x7x3_3')), n('branch7x7x3_4'), [3, 3], 2),
    pool(x, 2, 0, largest),
  ));
  for (const name of ['Mixed_7b', 'Mixed_7c']) {
    step(name, (n) => {
      const single = basic(x, n('branch3x3_1'));
      const double = basic(basic(x, n('branch3x3dbl_1')), n('branch3x3dbl_2'), [3, 3], 1, [1, 1]);
      return join(
        basic(x, n('branch1x1')),
        basic(single, n('branch3x3_2a'), [1, 3], 1, [0, 1]), basic(single, n('branch3x3_2b'), [3, 1], 1, [1, 0]),
        basic(double, n('branch3x3dbl_3a'), [1, 3], 1, [0, 1]), basic(double, n('branch3x3dbl_3b'), [3, 1], 1, [1, 0]),
        basic(pool(x, 1, 1, name === 'Mixed_7b' ? mean : largest), n('branch_pool')),
      );
    });
  }
  const features = Float64Array.from({ length: x.c }, (_, i) => mean(Array.from(x.v.subarray(i * x.h * x.w, (i + 1) * x.h * x.w))));
  return seen.set('features', { c: x.c, h: 1, w: 1, v: features });
}

/** An image of `side` px with values in [-1, 1], channels first. */
export function randomImage(side: number, seed: number): Map3 {
  const stream = new RandomStream(seed, 'test/inception/image');
  return { c: 3, h: side, w: side, v: Float64Array.from({ length: 3 * side * side }, () => Math.fround(2 * stream.uniform() - 1)) };
}

/** Values [h, w, c] of one image put channels first. */
export function channelsFirst(values: Float32Array, { c, h, w }: { c: number; h: number; w: number }): Float64Array {
  const out = new Float64Array(values.length);
  for (let p = 0; p < h * w; p++) for (let i = 0; i < c; i++) out[i * h * w + p] = values[p * c + i];
  return out;
}
