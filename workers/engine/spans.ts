import { sizeOf } from './ops/shape';

/** A run of output dimensions that both operands treat alike: size, and whether a and b advance along it. */
export interface Span {
  size: number;
  a: boolean;
  b: boolean;
}

/** Neighbouring dimensions with the same broadcasting, merged; dimensions of size one vanish. */
export function spans(a: readonly number[], b: readonly number[], out: readonly number[]): Span[] {
  const merged: Span[] = [];
  out.forEach((size, axis) => {
    if (size === 1) return;
    const inA = (a[axis - out.length + a.length] ?? 1) !== 1;
    const inB = (b[axis - out.length + b.length] ?? 1) !== 1;
    const last = merged[merged.length - 1];
    if (last && last.a === inA && last.b === inB) last.size *= size;
    else merged.push({ size, a: inA, b: inB });
  });
  return merged;
}

/** x as [outer, rows, inner] for a reduction over neighbouring axes; null when the reduced axes lie apart. */
export function middle(shape: readonly number[], axes: readonly number[]): { outer: number; rows: number; inner: number } | null {
  const reduced = axes.filter((axis) => shape[axis] !== 1);
  if (reduced.length === 0) return { outer: 1, rows: 1, inner: sizeOf(shape) };
  const first = Math.min(...reduced);
  const last = Math.max(...reduced);
  for (let axis = first; axis <= last; axis++) if (shape[axis] !== 1 && !reduced.includes(axis)) return null;
  return { outer: sizeOf(shape.slice(0, first)), rows: sizeOf(shape.slice(first, last + 1)), inner: sizeOf(shape.slice(last + 1)) };
}
