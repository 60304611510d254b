import type { RandomStream } from '../../../random';
import { BRUSHED, PLAIN, type Surface } from '../field';
import { between, chamfer, roundedBox, slot } from '../profile';
import type { Defect } from '../types';
import { plainPart, type PartDrawer } from './part';

interface Hole {
  x: number;
  y: number;
  radius: number;
  /** Half length of a slot along x; 0 is a round hole. */
  stretch: number;
  sunk: boolean;
}

/** Outline of the sheet as a signed distance, by kind: plate, corner piece, or T. */
function outline(kind: number, a: number, b: number, leg: number): (x: number, y: number) => number {
  if (kind === 0) return (x, y) => roundedBox(x, y, a, b, 0.1);
  if (kind === 1) {
    return (x, y) => Math.min(roundedBox(x, y - a + leg, a, leg, 0.08), roundedBox(x + a - leg, y, leg, a, 0.08));
  }
  return (x, y) => Math.min(roundedBox(x, y + b * 0.6, a, leg, 0.08), roundedBox(x, y, leg, b * 0.6 + leg, 0.08));
}

function placeHoles(random: RandomStream, kind: number, a: number, b: number, leg: number, defect: Defect): Hole[] {
  const radius = between(0.075, 0.105, random.uniform());
  const sunk = random.uniform() < 0.4;
  const round = (x: number, y: number): Hole => ({ x, y, radius, stretch: 0, sunk });
  let holes: Hole[];
  if (kind === 0) {
    const hx = a - 0.19;
    const hy = b - 0.17;
    const layout = random.integer(3);
    if (layout === 0) holes = [round(-hx, -hy), round(hx, -hy), round(-hx, hy), round(hx, hy)];
    else if (layout === 1) holes = [round(-hx, 0), { ...round(0.12, 0), stretch: a * 0.38 }];
    else holes = [round(-hx, 0), round(hx, 0), { ...round(0, 0), radius: b * 0.42 }];
  } else if (kind === 1) {
    const end = a - 0.2;
    holes = [round(end, a - leg), round(-a + leg, -end), round(-a + leg, a - leg)];
    if (random.uniform() < 0.5) holes.push(round((end - a + leg) / 2, a - leg));
  } else {
    holes = [round(-a + 0.18, -b * 0.6), round(a - 0.18, -b * 0.6), round(0, b * 0.6)];
  }
  if (defect === 'misdrilled-hole') {
    const wrong = holes[random.integer(holes.length)];
    const angle = random.uniform() * 2 * Math.PI;
    const far = wrong.radius * between(0.9, 1.3, random.uniform());
    holes.push({ ...wrong, x: wrong.x + far * Math.cos(angle), y: wrong.y + far * Math.sin(angle), stretch: 0 });
  }
  return holes;
}

/** Sheet metal bracket: flat, corner or T outline, drilled and slotted, or an angle with one side bent up. */
export const drawBracket: PartDrawer = (field, random, defect) => {
  const kind = random.integer(3);
  const a = between(0.56, 0.7, random.uniform());
  const b = kind === 0 ? between(0.3, 0.5, random.uniform()) : a;
  const leg = between(0.17, 0.23, random.uniform());
  const height = between(0.06, 0.11, random.uniform());
  const upright = kind === 0 && random.uniform() < 0.45 ? between(0.25, 0.42, random.uniform()) : 0;
  const distance = outline(kind, a, b, leg);
  const holes = placeHoles(random, kind, a, b, leg, defect);
  const warp = defect === 'deformed' ? between(0.18, 0.26, random.uniform()) : 0;
  const surface: Surface = (x, y, out) => {
    const d = distance(x, y);
    if (d > 0) return;
    let inside = -1;
    let sink = 0;
    for (const hole of holes) {
      const h = -slot(x - hole.x, y - hole.y, hole.stretch, hole.radius);
      if (h > 0) return;
      inside = Math.max(inside, h);
      if (hole.sunk) sink = Math.max(sink, chamfer(h, 0.05));
    }
    out.height = height - chamfer(Math.max(d, inside), 0.02) - Math.min(sink, height * 0.8) * 0.8;
    out.finish = sink > 0 ? PLAIN : BRUSHED;
    if (upright > 0) {
      // The bend has an inner radius, so that the rising side meets the sheet softly.
      const fold = y + b - 0.1;
      if (fold < 0) out.height = upright;
      else if (fold < 0.09) out.height += 0.09 - Math.sqrt(Math.max(0, 0.0081 - (0.09 - fold) ** 2));
    }
    if (warp > 0) out.height += warp * Math.max(0, x / a) ** 2;
  };
  field.fill(surface, Math.hypot(a, b) + 0.05);
  return plainPart(Math.max(height, upright * 0.6));
};
