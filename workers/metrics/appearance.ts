/** Numbers of one picture that a bad exposure, a dead camera, a lost focus or a foreign colour changes. */
export const APPEARANCE = 13;

/** The value below which a share `q` of `sorted` lies. */
function quantileOf(sorted: Float32Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** |4 g - left - right - above - below| of every inner pixel of a side x side grey picture: its fine detail. */
function detail(grey: Float32Array, side: number): Float32Array {
  const out = new Float32Array((side - 2) ** 2);
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x;
      out[(y - 1) * (side - 2) + x - 1] = Math.abs(4 * grey[at] - grey[at - 1] - grey[at + 1] - grey[at - side] - grey[at + side]);
    }
  }
  return out;
}

/** Appearance of one picture, uint8 NHWC of side x side x channels: brightness, contrast, detail, colour and the ends of its histogram. */
export function appearance(pixels: Uint8Array, side: number, channels: number): Float64Array {
  const count = side * side;
  const grey = new Float32Array(count);
  const colour = new Float32Array(count);
  let [redBlue, redGreen] = [0, 0];
  for (let i = 0; i < count; i++) {
    const [r, g, b] = channels === 3 ? [pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]] : [pixels[i], pixels[i], pixels[i]];
    grey[i] = (r + g + b) / 3;
    colour[i] = Math.max(r, g, b) - Math.min(r, g, b);
    redBlue += r - b;
    redGreen += r - g;
  }
  const level = mean(grey);
  const contrast = Math.sqrt(mean(grey.map((value) => (value - level) ** 2)));
  const fine = detail(grey, side);
  const sharpness = Math.log(mean(fine) + 0.3);
  fine.sort();
  const bright = mean(grey.map((value) => (value > 245 ? 1 : 0)));
  grey.sort();
  const hue = mean(colour);
  colour.sort();
  return Float64Array.of(
    Math.log(level + 1), Math.log(contrast + 1), sharpness, Math.log(quantileOf(fine, 0.95) + 1), sharpness - Math.log(contrast + 1),
    Math.log(hue + 1), Math.log(quantileOf(colour, 0.95) + 1), redBlue / count, redGreen / count,
    quantileOf(grey, 0.99), quantileOf(grey, 0.01), quantileOf(grey, 0.5), bright,
  );
}
