import { BODY, SECOND, THIRD } from '../field';
import { between, length, roundedBox, roundOver } from '../profile';
import { plainPart, type PartDrawer } from './part';

/** A shirt button: round with four holes, so that it is not the outline that gives it away. */
export const drawButton: PartDrawer = (field, random) => {
  const outer = between(0.5, 0.66, random.uniform());
  const spread = outer * 0.22;
  field.fill((x, y, out) => {
    const r = length(x, y);
    if (r > outer) return;
    if (length(Math.abs(x) - spread, Math.abs(y) - spread) < outer * 0.11) return;
    out.height = 0.12 + 0.05 * Math.min(1, Math.max(0, (r - outer * 0.55) / (outer * 0.15))) - roundOver(r - outer, 0.09);
    out.surface = BODY;
  }, outer + 0.01);
  return plainPart(0.15);
};

/** A pencil stub: painted hexagonal shaft, bare cone, graphite tip. */
export const drawPencil: PartDrawer = (field, random) => {
  const half = between(0.7, 0.85, random.uniform());
  const thick = between(0.12, 0.15, random.uniform());
  field.fill((x, y, out) => {
    if (Math.abs(x) > half) return;
    const cone = Math.min(1, (half - x) / 0.34);
    const radius = thick * cone;
    const ay = Math.abs(y);
    if (ay > radius) return;
    out.height = thick + (cone < 1 ? Math.sqrt(radius * radius - y * y) : Math.min(thick * 0.87, (thick - ay) * 1.7));
    out.surface = cone > 0.98 ? BODY : cone > 0.3 ? SECOND : THIRD;
  }, half + 0.05);
  return { ...plainPart(0.25), second: 'wood', third: 'rubber' };
};

/** A playing die with its pips drilled. */
export const drawDie: PartDrawer = (field, random) => {
  const half = between(0.36, 0.46, random.uniform());
  const face = 1 + random.integer(6);
  field.fill((x, y, out) => {
    const d = roundedBox(x, y, half, half, 0.12);
    if (d > 0) return;
    out.height = half * 1.3 - roundOver(d, 0.12);
    const column = Math.round(x / (half * 0.52));
    const row = Math.round(y / (half * 0.52));
    const corner = Math.abs(column) === 1 && Math.abs(row) === 1;
    const pip =
      (column === 0 && row === 0 && face % 2 === 1) ||
      (corner && (face >= 4 || (face >= 2 && column === row))) ||
      (face === 6 && Math.abs(column) === 1 && row === 0);
    if (pip && length(x - column * half * 0.52, y - row * half * 0.52) < half * 0.15) {
      out.height -= 0.04;
      out.surface = THIRD;
    }
  }, half * 1.45);
  return plainPart(half);
};

/** An empty station. */
export const drawNothing: PartDrawer = () => plainPart(0);
