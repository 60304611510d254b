import { BODY, PLAIN, SECOND, THIRD, TURNED } from '../field';
import { between, length, roundOver } from '../profile';
import type { PartDrawer } from './part';

/** Deep groove ball bearing: two ground rings with balls and cage between them, or a shield, or a rubber seal. */
export const drawBearing: PartDrawer = (field, random, defect) => {
  const outer = between(0.66, 0.8, random.uniform());
  const bore = outer * between(0.36, 0.5, random.uniform());
  const height = between(0.16, 0.3, random.uniform());
  const wall = (outer - bore) * between(0.22, 0.27, random.uniform());
  const draw = random.uniform();
  const cover = draw < 0.5 ? 'open' : draw < 0.78 ? 'shield' : 'seal';
  const count = 7 + random.integer(5);
  const race = (outer + bore) / 2;
  const gap = (outer - bore) / 2 - wall;
  const ball = Math.min(gap * 1.12, race * Math.sin(Math.PI / count) * 0.86);
  const lost = defect === 'deformed' ? random.integer(count) : -1;
  const spin = random.uniform();
  const edge = 0.03;
  const brass = random.uniform() < 0.35;
  const offset = defect === 'misdrilled-hole' ? wall * 0.6 : 0;
  const pitch = (2 * Math.PI) / count;
  field.fill((x, y, out) => {
    const r = length(x, y);
    const q = offset > 0 ? length(x - offset, y) : r;
    if (r > outer || q < bore) return;
    const ring = Math.max(Math.abs(r - (outer - wall / 2)) - wall / 2, r - outer);
    const innerRing = Math.max(Math.abs(r - (bore + wall / 2)) - wall / 2, bore - q);
    const d = Math.min(ring, innerRing);
    if (d <= 0) {
      out.height = height - roundOver(d, edge);
      out.finish = TURNED;
      return;
    }
    if (cover !== 'open') {
      const middle = 1 - Math.abs(r - race) / gap;
      out.height = height - 0.035 + (cover === 'shield' ? 0.02 * Math.min(1, middle * 3) : 0.014 * Math.sin(6.28 * middle));
      if (lost >= 0 && Math.abs(Math.atan2(y, x)) < 0.55) out.height -= 0.055 * Math.min(1, middle * 2);
      if (middle > 0.93) out.height -= 0.012;
      out.surface = cover === 'shield' ? SECOND : THIRD;
      out.finish = cover === 'shield' ? TURNED : PLAIN;
      return;
    }
    const around = Math.atan2(y, x) / pitch - spin;
    const turn = Math.round(around);
    const at = (turn + spin) * pitch;
    const index = ((turn % count) + count) % count;
    const dx = x - race * Math.cos(at);
    const dy = y - race * Math.sin(at);
    const rest = ball * ball - dx * dx - dy * dy;
    if (rest > 0 && index !== lost) {
      out.height = height * 0.45 + Math.sqrt(rest);
      out.surface = SECOND;
    } else {
      // The riveted cage winds between the balls.
      const cage = Math.abs(r - race) < gap * 0.36;
      out.height = cage ? height * 0.5 : height * 0.12;
      out.surface = cage && brass ? THIRD : BODY;
    }
  }, outer + 0.01);
  return {
    height,
    second: cover === 'open' ? 'chrome' : 'zinc',
    third: cover === 'seal' ? 'rubber' : 'brass',
  };
};
