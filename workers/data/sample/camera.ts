import { RandomStream } from '../../random';
import { Field, HEIGHT, SCREEN, SIDE, TABLE, WIDTH } from './field';
import { Shader } from './shade';
import { length, smoothStep } from './profile';
import type { Capture } from './types';

const CHANNELS = 3;
const MARGIN = (WIDTH - SCREEN) / 2;

/**
 * Projects the field obliquely: a point (x, y, h) lands at the picture row y cos(tilt) - h sin(tilt). Every column is walked
 * from the near edge to the far one, so what is nearer hides what is behind, and walls fill the rows between two samples.
 *
 * @param aim height that the camera points at, in half frames.
 * @param screen linear light, SCREEN x SCREEN x 3, overwritten.
 */
export function project(field: Field, shader: Shader, tilt: number, aim: number, screen: Float32Array): void {
  const cosine = Math.cos(tilt);
  const sine = Math.sin(tilt);
  const scale = SCREEN / 2;
  for (let column = 0; column < SCREEN; column++) {
    const i = column + MARGIN;
    let filled = SCREEN;
    let before = 0;
    for (let j = HEIGHT - 1; j >= 0 && filled > 0; j--) {
      const k = j * WIDTH + i;
      const height = field.height[k];
      const top = Math.max(0, Math.round((field.rowY(j) * cosine - (height - aim) * sine + 1) * scale));
      if (top < filled) {
        shader.shade(i, j);
        const rows = filled - top;
        // A wall gathers less light towards its foot.
        const wall = field.surface[k] !== TABLE && rows > 2;
        const foot = wall ? 0.42 + 0.4 * Math.min(1, before / (height + 1e-6)) : 1;
        for (let row = top; row < filled; row++) {
          const depth = wall ? 1 - (1 - foot) * ((row - top) / rows) : 1;
          const at = (row * SCREEN + column) * CHANNELS;
          screen[at] = shader.r * depth;
          screen[at + 1] = shader.g * depth;
          screen[at + 2] = shader.b * depth;
        }
        filled = top;
      }
      before = height;
    }
  }
}

/** Halves the resolution with the separable filter (1, 3, 3, 1) / 8: what a lens and a pixel's area do together. */
function reduce(screen: Float32Array, out: Float32Array, scratch: Float32Array): void {
  const last = SCREEN - 1;
  for (let y = 0; y < SCREEN; y++) {
    for (let x = 0; x < SIDE; x++) {
      const row = y * SCREEN;
      const a = (row + Math.max(0, 2 * x - 1)) * CHANNELS;
      const b = (row + 2 * x) * CHANNELS;
      const d = (row + Math.min(last, 2 * x + 2)) * CHANNELS;
      const to = (y * SIDE + x) * CHANNELS;
      for (let c = 0; c < CHANNELS; c++) {
        scratch[to + c] = 0.125 * (screen[a + c] + screen[d + c]) + 0.375 * (screen[b + c] + screen[b + CHANNELS + c]);
      }
    }
  }
  const stride = SIDE * CHANNELS;
  for (let y = 0; y < SIDE; y++) {
    const a = Math.max(0, 2 * y - 1) * stride;
    const b = 2 * y * stride;
    const d = Math.min(last, 2 * y + 2) * stride;
    for (let n = 0; n < stride; n++) {
      out[y * stride + n] = 0.125 * (scratch[a + n] + scratch[d + n]) + 0.375 * (scratch[b + n] + scratch[b + stride + n]);
    }
  }
}

/** Two box blurs of the picture, a fair stand-in for a disc of confusion. */
function defocus(picture: Float32Array, radius: number, scratch: Float32Array): void {
  const weight = 1 / (2 * radius + 1);
  for (let pass = 0; pass < 4; pass++) {
    const horizontal = pass % 2 === 0;
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        for (let c = 0; c < CHANNELS; c++) {
          let sum = 0;
          for (let o = -radius; o <= radius; o++) {
            const u = Math.min(SIDE - 1, Math.max(0, (horizontal ? x : y) + o));
            sum += picture[(horizontal ? y * SIDE + u : u * SIDE + x) * CHANNELS + c];
          }
          scratch[(y * SIDE + x) * CHANNELS + c] = sum * weight;
        }
      }
    }
    picture.set(scratch.subarray(0, picture.length));
  }
}

/** A lamp in the lens: veil, core and a row of coloured ghosts through the middle of the picture. */
function addFlare(picture: Float32Array, strength: number, random: RandomStream): void {
  const angle = random.uniform() * 2 * Math.PI;
  const sx = 0.62 * Math.cos(angle);
  const sy = 0.62 * Math.sin(angle);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const u = (2 * (x + 0.5)) / SIDE - 1;
      const v = (2 * (y + 0.5)) / SIDE - 1;
      const d2 = (u - sx) ** 2 + (v - sy) ** 2;
      const core = strength * (0.16 / (0.02 + d2) + 0.25);
      const at = (y * SIDE + x) * CHANNELS;
      picture[at] += core;
      picture[at + 1] += core * 0.93;
      picture[at + 2] += core * 0.82;
      for (let ghost = 1; ghost <= 4; ghost++) {
        const along = -0.4 * ghost + 0.45;
        const radius = 0.1 + 0.05 * ((ghost * 7) % 4);
        const d = length(u - along * sx * 1.6, v - along * sy * 1.6);
        picture[at + (ghost % CHANNELS)] += strength * 0.55 * smoothStep(radius, radius * 0.8, d);
      }
    }
  }
}

/** The filmic curve of Narkowicz (2015) followed by the sRGB transfer, tabulated over linear light in [0, 8). */
const STEPS = 8192;
const toneTable: Float32Array = Float32Array.from({ length: STEPS + 1 }, (_, n) => {
  const x = (8 * n) / STEPS;
  const y = Math.min(1, (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14));
  return 255 * (y <= 0.0031308 ? 12.92 * y : 1.055 * y ** (1 / 2.4) - 0.055);
});

const reduced = new Float32Array(SIDE * SIDE * CHANNELS);
const scratch = new Float32Array(SCREEN * SIDE * CHANNELS);

/** A pool of standard normals: every picture row takes a run of it from a random place, which costs one draw a row. */
const normals = new RandomStream(0, 'sample/normals').normals(new Float32Array(65536));

/**
 * Lens and sensor: linear light of the supersampled screen to 8-bit sRGB with vignette and noise.
 *
 * @param tint gains of red, green and blue.
 * @returns SIDE x SIDE x 3 bytes, row by row.
 */
export function capturePicture(screen: Float32Array, tint: readonly [number, number, number], capture: Capture): Uint8Array {
  reduce(screen, reduced, scratch);
  if (capture.defocus > 0) defocus(reduced, Math.round(capture.defocus), scratch);
  const random = new RandomStream(capture.noiseSeed, 'sample/sensor');
  if (capture.flare > 0) addFlare(reduced, capture.flare, random);
  const pixels = new Uint8Array(SIDE * SIDE * CHANNELS);
  for (let y = 0; y < SIDE; y++) {
    const from = random.integer(normals.length - SIDE * CHANNELS);
    for (let x = 0; x < SIDE; x++) {
      const u = (2 * (x + 0.5)) / SIDE - 1;
      const v = (2 * (y + 0.5)) / SIDE - 1;
      const gain = capture.exposure * (1 - capture.vignette * (u * u + v * v));
      const at = (y * SIDE + x) * CHANNELS;
      for (let c = 0; c < CHANNELS; c++) {
        const light = Math.max(0, reduced[at + c] * gain * tint[c]);
        const value = toneTable[Math.min(STEPS, Math.round(light * (STEPS / 8)))];
        const noise = normals[from + x * CHANNELS + c] * capture.noise * (0.6 + value / 320);
        pixels[at + c] = Math.min(255, Math.max(0, Math.round(value + noise)));
      }
    }
  }
  return pixels;
}
