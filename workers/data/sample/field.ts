import type { View } from './types';

/** Supersampling per axis and picture side; a sample is half a pixel. */
export const SUPERSAMPLING = 2;
export const SIDE = 64;
export const SCREEN = SIDE * SUPERSAMPLING;
const PER_UNIT = SCREEN / 2;

/** The field is larger than the picture: a tilted camera sees further down the table, and shadows come from outside. */
export const WIDTH = SCREEN + 16;
export const HEIGHT = SCREEN + 40;
const TOP = -1.28;

/** Surface codes. Everything above 0 belongs to the object. */
export const TABLE = 0;
export const BODY = 1;
export const SECOND = 2;
export const THIRD = 3;

/** Machining marks: none, straight along the part's x axis, or turned about its centre. */
export const PLAIN = 0;
export const BRUSHED = 1;
export const TURNED = 2;

/** What a shape answers for one point of its own plane. */
export interface SurfacePoint {
  height: number;
  surface: number;
  finish: number;
}

/** Height above the table at a point of the part's plane, in half frames at scale 1. */
export type Surface = (x: number, y: number, out: SurfacePoint) => void;

/**
 * The scene as a height field over the table, in samples of half a pixel. `height` is in half frames; `rust`, `stain` and
 * `wear` are weights in [0, 1] that defects paint.
 */
export class Field {
  readonly height = new Float32Array(WIDTH * HEIGHT);
  readonly surface = new Uint8Array(WIDTH * HEIGHT);
  readonly finish = new Uint8Array(WIDTH * HEIGHT);
  readonly rust = new Float32Array(WIDTH * HEIGHT);
  readonly stain = new Float32Array(WIDTH * HEIGHT);
  readonly wear = new Float32Array(WIDTH * HEIGHT);
  /** Height averaged over about 3 and 8 pixels: directions of walls and ambient occlusion. */
  readonly near = new Float32Array(WIDTH * HEIGHT);
  readonly far = new Float32Array(WIDTH * HEIGHT);
  private readonly scratch = new Float32Array(WIDTH * HEIGHT);
  private cosine = 1;
  private sine = 0;
  private scale = 1;
  /** Where the part's origin and the table's origin lie, in half frames. */
  centreX = 0;
  centreY = 0;
  shiftX = 0;
  shiftY = 0;

  /** Empties the table and places the next part. `shift` moves the camera, in pixels. */
  begin(view: View, shift: readonly [number, number]): void {
    this.height.fill(0);
    this.surface.fill(TABLE);
    this.finish.fill(PLAIN);
    this.rust.fill(0);
    this.stain.fill(0);
    this.wear.fill(0);
    this.cosine = Math.cos(view.angle);
    this.sine = Math.sin(view.angle);
    this.scale = view.scale;
    this.shiftX = (2 * shift[0]) / SIDE;
    this.shiftY = (2 * shift[1]) / SIDE;
    this.centreX = view.x + this.shiftX;
    this.centreY = view.y + this.shiftY;
  }

  /** Table coordinates of column `i` and row `j`, and back. */
  columnX(i: number): number {
    return (i - WIDTH / 2 + 0.5) / PER_UNIT;
  }

  rowY(j: number): number {
    return TOP + (j + 0.5) / PER_UNIT;
  }

  column(x: number): number {
    return Math.round(x * PER_UNIT + WIDTH / 2 - 0.5);
  }

  row(y: number): number {
    return Math.round((y - TOP) * PER_UNIT - 0.5);
  }

  /** Part coordinates of a table point. */
  toPart(x: number, y: number): [number, number] {
    const dx = (x - this.centreX) / this.scale;
    const dy = (y - this.centreY) / this.scale;
    return [dx * this.cosine + dy * this.sine, dy * this.cosine - dx * this.sine];
  }

  toTable(x: number, y: number): [number, number] {
    return [
      this.centreX + this.scale * (x * this.cosine - y * this.sine),
      this.centreY + this.scale * (x * this.sine + y * this.cosine),
    ];
  }

  /** Direction of the part's x axis on the table. */
  get axis(): [number, number] {
    return [this.cosine, this.sine];
  }

  /** Rasterises a shape within `radius` half frames (part units) of its origin. */
  fill(surface: Surface, radius: number): void {
    const out: SurfacePoint = { height: 0, surface: BODY, finish: PLAIN };
    const reach = radius * this.scale;
    const first = Math.max(0, this.row(this.centreY - reach));
    const last = Math.min(HEIGHT - 1, this.row(this.centreY + reach));
    const from = Math.max(0, this.column(this.centreX - reach));
    const to = Math.min(WIDTH - 1, this.column(this.centreX + reach));
    const inverse = 1 / this.scale;
    for (let j = first; j <= last; j++) {
      const dy = (this.rowY(j) - this.centreY) * inverse;
      for (let i = from; i <= to; i++) {
        const dx = (this.columnX(i) - this.centreX) * inverse;
        out.height = 0;
        out.surface = BODY;
        out.finish = PLAIN;
        surface(dx * this.cosine + dy * this.sine, dy * this.cosine - dx * this.sine, out);
        if (out.height > 0) {
          const k = j * WIDTH + i;
          this.height[k] = out.height * this.scale;
          this.surface[k] = out.surface;
          this.finish[k] = out.finish;
        }
      }
    }
  }

  /** Raises the field to a sphere at (x, y, z) of the part, keeping what is higher already. */
  sphere(x: number, y: number, z: number, radius: number, surface: number): void {
    const [cx, cy] = this.toTable(x, y);
    const r = radius * this.scale;
    const first = Math.max(0, this.row(cy - r));
    const last = Math.min(HEIGHT - 1, this.row(cy + r));
    const from = Math.max(0, this.column(cx - r));
    const to = Math.min(WIDTH - 1, this.column(cx + r));
    for (let j = first; j <= last; j++) {
      const dy = this.rowY(j) - cy;
      for (let i = from; i <= to; i++) {
        const dx = this.columnX(i) - cx;
        const rest = r * r - dx * dx - dy * dy;
        if (rest <= 0) continue;
        const top = z * this.scale + Math.sqrt(rest);
        const k = j * WIDTH + i;
        if (top > this.height[k]) {
          this.height[k] = top;
          this.surface[k] = surface;
          this.finish[k] = PLAIN;
        }
      }
    }
  }

  /** Recomputes the averaged heights; to be called after the last change of `height`. */
  settle(): void {
    // Twice, so that the direction of a wall comes out smooth: one box leaves corners in it.
    this.boxBlur(this.height, this.near, 3);
    this.boxBlur(this.near, this.near, 3);
    this.boxBlur(this.near, this.far, 8);
  }

  private boxBlur(from: Float32Array, to: Float32Array, radius: number): void {
    const scratch = this.scratch;
    const weight = 1 / (2 * radius + 1);
    for (let j = 0; j < HEIGHT; j++) {
      const row = j * WIDTH;
      let sum = from[row] * (radius + 1);
      for (let i = 0; i < radius; i++) sum += from[row + i];
      for (let i = 0; i < WIDTH; i++) {
        sum += from[row + Math.min(WIDTH - 1, i + radius)];
        scratch[row + i] = sum * weight;
        sum -= from[row + Math.max(0, i - radius)];
      }
    }
    // Columns side by side, so that memory is still read along rows.
    const sums = this.columnSums;
    for (let i = 0; i < WIDTH; i++) sums[i] = scratch[i] * (radius + 1);
    for (let j = 0; j < radius; j++) for (let i = 0; i < WIDTH; i++) sums[i] += scratch[j * WIDTH + i];
    for (let j = 0; j < HEIGHT; j++) {
      const add = Math.min(HEIGHT - 1, j + radius) * WIDTH;
      const drop = Math.max(0, j - radius) * WIDTH;
      for (let i = 0; i < WIDTH; i++) {
        const sum = sums[i] + scratch[add + i];
        to[j * WIDTH + i] = sum * weight;
        sums[i] = sum - scratch[drop + i];
      }
    }
  }

  private readonly columnSums = new Float64Array(WIDTH);
}
