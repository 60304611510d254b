/**
 * Signed distances in the plane (negative inside) and edge profiles, the vocabulary of the parts.
 */

/** Length of a vector; Math.hypot guards against overflow and costs several times as much. */
export function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

const SQRT3 = Math.sqrt(3);

/** Regular hexagon with two sides parallel to x; `inradius` is half the width across flats. */
export function hexagon(x: number, y: number, inradius: number): number {
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  return Math.max(ay, 0.5 * (SQRT3 * ax + ay)) - inradius;
}

/** Rectangle of half sides `a` and `b` with corners rounded by `corner`. */
export function roundedBox(x: number, y: number, a: number, b: number, corner: number): number {
  const dx = Math.abs(x) - a + corner;
  const dy = Math.abs(y) - b + corner;
  const outside = length(Math.max(dx, 0), Math.max(dy, 0));
  return outside + Math.min(Math.max(dx, dy), 0) - corner;
}

/** Straight slot of half length `a` along x and half width `r`. */
export function slot(x: number, y: number, a: number, r: number): number {
  return length(Math.max(Math.abs(x) - a, 0), y) - r;
}

/** How far a 45 degree chamfer of width `width` lowers the surface at signed distance `d`. */
export function chamfer(d: number, width: number): number {
  return Math.max(0, d + width);
}

/** How far a rounded edge of radius `radius` lowers the surface at signed distance `d`. */
export function roundOver(d: number, radius: number): number {
  const t = Math.min(1, Math.max(0, (d + radius) / radius));
  return radius * (1 - Math.sqrt(1 - t * t));
}

/** Triangle wave of period 1 in [0, 1]. */
export function triangle(x: number): number {
  return Math.abs(2 * (x - Math.floor(x)) - 1);
}

/** Hermite step from 0 at `low` to 1 at `high`. */
export function smoothStep(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/** Uniform between two bounds from a number in [0, 1). */
export function between(low: number, high: number, u: number): number {
  return low + (high - low) * u;
}
