/** Points kept of one curve; beyond it every other one is dropped, so that a long run costs no more to draw than a short one. */
const LIMIT = 2048;

/** A growing curve with bounded memory: evenly thinned, always with its last point. */
export class Series {
  readonly x: number[] = [];
  readonly y: number[] = [];
  private stride = 1;
  private since = 0;
  private lastIsExtra = false;

  get length(): number {
    return this.x.length;
  }

  get first(): number | null {
    return this.y.length > 0 ? this.y[0] : null;
  }

  get last(): number | null {
    return this.y.length > 0 ? this.y[this.y.length - 1] : null;
  }

  /** Adds a point. A step at or before the last one means a resume from a checkpoint: what came after it is taken back. */
  push(step: number, value: number): void {
    while (this.x.length > 0 && this.x[this.x.length - 1] >= step) {
      this.x.pop();
      this.y.pop();
      this.lastIsExtra = false;
    }
    if (this.lastIsExtra) {
      this.x.pop();
      this.y.pop();
    }
    this.x.push(step);
    this.y.push(value);
    this.lastIsExtra = this.since % this.stride !== 0;
    this.since++;
    if (this.x.length >= LIMIT) this.thin();
  }

  private thin(): void {
    const kept = Math.ceil(this.x.length / 2);
    for (let i = 0; i < kept; i++) {
      this.x[i] = this.x[2 * i];
      this.y[i] = this.y[2 * i];
    }
    this.x.length = kept;
    this.y.length = kept;
    this.stride *= 2;
  }
}

/** Exponential moving average with a span of a fraction of the curve, corrected for its start, so that short curves are not flattened. */
export function smooth(values: readonly number[], span = Math.max(2, values.length / 24)): number[] {
  const keep = 1 - 1 / span;
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (Number.isFinite(value)) {
      sum = sum * keep + value;
      weight = weight * keep + 1;
    }
    return weight === 0 ? value : sum / weight;
  });
}

export interface Curve {
  x: readonly number[];
  y: readonly number[];
}

/** Several curves on the union of their steps, with null where a curve has no point: the table layout that charts and tables share. */
export function align(curves: readonly Curve[]): { x: number[]; columns: (number | null)[][] } {
  const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b);
  const at = new Map(x.map((value, i) => [value, i]));
  const columns = curves.map((curve) => {
    const column = new Array<number | null>(x.length).fill(null);
    curve.x.forEach((value, i) => {
      column[at.get(value) ?? 0] = curve.y[i];
    });
    return column;
  });
  return { x, columns };
}

/** At most `most` evenly spaced row numbers of `count`, with the first and the last. */
export function evenRows(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}
