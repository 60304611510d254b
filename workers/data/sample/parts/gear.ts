import { BRUSHED, PLAIN, TURNED } from '../field';
import { between, chamfer, length, smoothStep } from '../profile';
import { plainPart, type PartDrawer } from './part';

/** Spur gear: trapezoid teeth, recessed web with lightening holes or not, hub, bore and keyway. */
export const drawGear: PartDrawer = (field, random, defect) => {
  const teeth = 11 + random.integer(15);
  const tip = between(0.66, 0.82, random.uniform());
  const root = tip * (1 - Math.min(0.24, 3.9 / teeth * between(0.9, 1.1, random.uniform())));
  const height = between(0.14, 0.3, random.uniform());
  const web = random.uniform() < 0.6 ? between(0.03, 0.11, random.uniform()) : 0;
  const rim = root - between(0.07, 0.12, random.uniform());
  const hub = between(0.24, 0.32, random.uniform());
  const bore = hub * between(0.42, 0.66, random.uniform());
  const holes = web > 0 && rim - hub > 0.24 && random.uniform() < 0.6 ? 3 + random.integer(4) : 0;
  const keyed = random.uniform() < 0.6;
  const missing = defect === 'missing-tooth' ? random.integer(teeth) : -1;
  const bent = defect === 'deformed' ? random.integer(teeth) : -1;
  const pitch = (2 * Math.PI) / teeth;
  const tipHalf = pitch * 0.14;
  const rootHalf = pitch * 0.33;
  const boreOff = defect === 'misdrilled-hole' ? 0.4 * (hub - bore) + 0.03 : 0;
  const holeRadius = Math.min(0.1, (rim - hub) * 0.34);
  field.fill((x, y, out) => {
    const r = length(x, y);
    if (r > tip) return;
    const around = Math.atan2(y, x);
    const bx = x - boreOff;
    const boreDistance = bore - length(bx, y);
    if (boreDistance > 0) return;
    if (keyed && bx > 0 && bx < bore * 1.35 && Math.abs(y) < bore * 0.26) return;
    let d = r - root;
    if (r > root - 0.05) {
      const turn = Math.round(around / pitch);
      const index = ((turn % teeth) + teeth) % teeth;
      let a = around - turn * pitch;
      if (index === bent) a -= 0.3 * pitch * smoothStep(root, tip, r);
      // On the flank the profile falls from tip to root between two angles; its slope turns angle into distance.
      const flank = Math.abs(a) - (tipHalf + (rootHalf - tipHalf) * (1 - (r - root) / (tip - root)));
      const side = flank * r * 0.9;
      const tooth = index === missing ? r - root - 0.015 : Math.max(side, r - tip);
      d = Math.min(d, tooth);
    }
    if (d > 0) return;
    const drop = chamfer(Math.max(d, boreDistance), 0.03);
    out.height = height - drop;
    out.finish = BRUSHED;
    if (web > 0 && r < rim && r > hub) {
      const fall = smoothStep(rim, rim - 0.03, r) * smoothStep(hub, hub + 0.03, r);
      out.height -= web * fall;
      out.finish = TURNED;
      if (holes > 0) {
        const step = (2 * Math.PI) / holes;
        const at = Math.round(around / step) * step;
        const middle = (rim + hub) / 2;
        const drilled = holeRadius - length(x - middle * Math.cos(at), y - middle * Math.sin(at));
        if (drilled > 0) {
          out.height = 0;
          return;
        }
        out.height -= chamfer(drilled, 0.02);
      }
    } else if (r <= hub) {
      out.height += web > 0 ? 0.02 : 0;
      out.finish = TURNED;
    }
    if (drop > 0) out.finish = PLAIN;
  }, tip + 0.01);
  return plainPart(height);
};
