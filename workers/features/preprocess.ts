import type { ImageShape, Preprocessing } from './types';

/** For each output pixel the first source pixel, and `width` weights that sum to one. */
interface Taps {
  first: Int32Array;
  weights: Float64Array;
  width: number;
}

/** Keys' cubic with a = -1/2, as Pillow's BICUBIC. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
  return t < 2 ? -0.5 * (t ** 3 - 5 * t ** 2 + 8 * t - 4) : 0;
}

/** Two neighbours by distance; outside the picture its border goes on. `source` is 2 or more. */
function bilinearTaps(source: number, target: number, halfPixel: boolean): Taps {
  const first = new Int32Array(target);
  const weights = new Float64Array(2 * target);
  for (let i = 0; i < target; i++) {
    const scaled = halfPixel ? ((i + 0.5) * source) / target - 0.5 : (i * source) / target;
    const place = Math.min(Math.max(0, scaled), source - 1);
    first[i] = Math.min(Math.floor(place), source - 2);
    weights[2 * i + 1] = place - first[i];
    weights[2 * i] = 1 - weights[2 * i + 1];
  }
  return { first, weights, width: 2 };
}

/** Support grows with the reduction, and at the borders what is left is weighted to one. */
function bicubicTaps(source: number, target: number): Taps {
  const scale = source / target;
  const stretch = Math.max(1, scale);
  const width = Math.min(source, 2 * Math.ceil(2 * stretch) + 1);
  const first = new Int32Array(target);
  const weights = new Float64Array(width * target);
  for (let i = 0; i < target; i++) {
    const centre = (i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - 2 * stretch + 0.5));
    const to = Math.min(source, Math.trunc(centre + 2 * stretch + 0.5));
    // Near the far border the window is moved back, so that reading `width` pixels stays inside.
    first[i] = Math.min(from, source - width);
    let sum = 0;
    for (let j = from; j < to; j++) sum += cubic((j + 0.5 - centre) / stretch);
    for (let j = from; j < to; j++) weights[i * width + j - first[i]] = cubic((j + 0.5 - centre) / stretch) / sum;
  }
  return { first, weights, width };
}

function tapsOf(source: number, target: number, rule: Preprocessing): Taps {
  if (rule === 'clean') return bicubicTaps(source, target);
  return bilinearTaps(source, target, rule === 'pytorch');
}

/** (value - mean) / std of values in [0, 255], one of each for the three channels. */
export interface Normalisation {
  mean: readonly number[];
  std: readonly number[];
}

/** What the reference implementations do to pixels behind the resize: 2 v/255 - 1 in pytorch-fid, (v - 128) / 128 in TensorFlow and clean-fid. */
export function inceptionNormalisation(rule: Preprocessing): Normalisation {
  const half = rule === 'pytorch' ? 127.5 : 128;
  return { mean: [half, half, half], std: [half, half, half] };
}

/**
 * Brings images (uint8 NHWC) to `side` px and three channels: [count, side, side, 3] as float32. Grey is repeated. Resized values are not
 * rounded, and those that bicubic throws beyond 0..255 are clipped, as clean-fid does.
 */
export function prepare(
  pixels: Uint8Array, count: number, { size, channels }: ImageShape, side: number, rule: Preprocessing, { mean, std }: Normalisation,
): Float32Array<ArrayBuffer> {
  const { first, weights, width } = tapsOf(size, side, rule);
  const out = new Float32Array(count * side * side * 3);
  const across = new Float64Array(size * side * channels);
  for (let image = 0; image < count; image++) {
    const from = image * size * size * channels;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < side; x++) {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let k = 0; k < width; k++) sum += weights[x * width + k] * pixels[from + (y * size + first[x] + k) * channels + c];
          across[(y * side + x) * channels + c] = sum;
        }
      }
    }
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let k = 0; k < width; k++) sum += weights[y * width + k] * across[((first[y] + k) * side + x) * channels + (channels === 3 ? c : 0)];
          out[((image * side + y) * side + x) * 3 + c] = (Math.min(255, Math.max(0, sum)) - mean[c]) / std[c];
        }
      }
    }
  }
  return out;
}
