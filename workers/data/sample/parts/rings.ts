import { BODY, BRUSHED, PLAIN, TURNED } from '../field';
import { between, chamfer, length, roundOver, smoothStep } from '../profile';
import { plainPart, type PartDrawer } from './part';

/** Offset of a bore that was drilled off centre. */
function boreOffset(wrong: boolean, room: number): number {
  return wrong ? 0.55 * room : 0;
}

/** Flat washer, stamped: one face edge rounded by the die, sometimes chamfered. */
export const drawWasher: PartDrawer = (field, random, defect) => {
  const outer = between(0.6, 0.76, random.uniform());
  const inner = outer * between(0.36, 0.64, random.uniform());
  const height = between(0.05, 0.11, random.uniform());
  const edge = between(0.02, 0.05, random.uniform());
  const turned = random.uniform() < 0.5;
  const chamfered = random.uniform() < 0.3;
  const offset = boreOffset(defect === 'misdrilled-hole', outer - inner);
  const cup = defect === 'deformed' ? 0.14 : 0;
  field.fill((x, y, out) => {
    const r = length(x, y);
    const bore = inner - (offset > 0 ? length(x - offset, y) : r);
    const d = Math.max(r - outer, bore);
    if (d > 0) return;
    const drop = chamfered ? chamfer(r - outer, 2.2 * edge) * 0.6 : roundOver(d, edge) * 0.8;
    out.height = height - Math.min(drop, height * 0.7) + cup * (1 + Math.sin(2.5 * x));
    out.finish = turned ? TURNED : BRUSHED;
  }, outer + 0.01);
  return plainPart(height);
};

/** Split lock washer: a near-square section, cut open and slightly sprung. */
export const drawLockWasher: PartDrawer = (field, random, defect) => {
  const outer = between(0.6, 0.74, random.uniform());
  const inner = outer * between(0.56, 0.68, random.uniform());
  const height = between(0.09, 0.15, random.uniform());
  const gap = between(0.035, 0.08, random.uniform()) * (defect === 'deformed' ? 4 : 1);
  const skew = between(0.25, 0.7, random.uniform());
  const lift = between(0.04, 0.13, random.uniform());
  const edge = between(0.02, 0.05, random.uniform());
  field.fill((x, y, out) => {
    const r = length(x, y);
    const d = Math.max(r - outer, inner - r);
    if (d > 0) return;
    // The cut runs slantwise across the section.
    const across = y - skew * (x - (inner + outer) / 2);
    if (x > 0 && Math.abs(across) < gap) return;
    const turn = Math.atan2(y, x) / (2 * Math.PI);
    const ramp = turn < 0 ? turn + 1 : turn;
    const cut = x > 0 ? gap - Math.abs(across) : -1;
    out.height = height + lift * ramp - roundOver(Math.max(d, cut), edge) * 0.8;
    out.finish = TURNED;
  }, outer + 0.01);
  return plainPart(height + lift / 2);
};

/** Plain bearing bushing: a tall turned ring with chamfers, sometimes with a collar or an oil groove. */
export const drawBushing: PartDrawer = (field, random, defect) => {
  const outer = between(0.46, 0.6, random.uniform());
  const inner = outer * between(0.6, 0.8, random.uniform());
  const height = between(0.36, 0.6, random.uniform());
  const bevel = between(0.02, 0.055, random.uniform());
  const collar = random.uniform() < 0.35 ? between(0.1, 0.2, random.uniform()) : 0;
  const groove = random.uniform() < 0.3;
  const offset = boreOffset(defect === 'misdrilled-hole', outer - inner);
  field.fill((x, y, out) => {
    const r = length(x, y);
    const bore = inner - (offset > 0 ? length(x - offset, y) : r);
    if (bore > 0) return;
    if (r < outer) {
      const d = Math.max(r - outer, bore);
      out.height = height - chamfer(d, bevel) * (bore > r - outer ? 1.3 : 0.9);
      if (groove && Math.abs(r - (inner + outer) / 2) < 0.022) out.height -= 0.03;
      out.finish = TURNED;
    } else if (r < outer + collar) {
      out.height = 0.12 - chamfer(r - outer - collar, 0.03);
      out.finish = TURNED;
    }
  }, outer + collar + 0.01);
  return plainPart(height);
};

/** Pipe flange: disc with a bolt circle, raised and serrated sealing face, hub and bore. */
export const drawFlange: PartDrawer = (field, random, defect) => {
  const outer = between(0.68, 0.82, random.uniform());
  const height = between(0.1, 0.18, random.uniform());
  const face = outer * between(0.5, 0.6, random.uniform());
  const bore = face * between(0.45, 0.72, random.uniform());
  const raised = between(0.03, 0.18, random.uniform());
  const count = 3 + random.integer(5);
  const hole = between(0.055, 0.085, random.uniform());
  const circle = (outer + face) / 2 + 0.005;
  const wrong = defect === 'misdrilled-hole' ? random.integer(count) : -1;
  const slip = between(0.35, 0.5, random.uniform());
  const pitch = 2 * Math.PI / count;
  field.fill((x, y, out) => {
    const r = length(x, y);
    if (r > outer || r < bore) return;
    const around = Math.atan2(y, x);
    const turn = Math.round(around / pitch);
    const index = ((turn % count) + count) % count;
    const at = turn * pitch + (index === wrong ? slip * pitch : 0);
    const radius = index === wrong ? circle - 0.03 : circle;
    const drilled = hole - length(x - radius * Math.cos(at), y - radius * Math.sin(at));
    if (drilled > 0) return;
    const step = smoothStep(face + 0.03, face - 0.01, r);
    out.height = height + raised * step - chamfer(Math.max(r - outer, drilled), 0.025) - chamfer(bore - r, 0.03);
    if (r < face - 0.03 && r > bore + 0.03) out.height -= 0.006 * (1 + Math.sin(r * 95));
    out.finish = r > face + 0.02 && raised < 0.06 ? BRUSHED : TURNED;
    out.surface = BODY;
    if (drilled > -0.025) out.finish = PLAIN;
  }, outer + 0.01);
  return plainPart(height + raised);
};
