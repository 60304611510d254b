import { BODY } from '../field';
import { between } from '../profile';
import { plainPart, type PartDrawer } from './part';

/** Points a turn of the wire is drawn with: close enough that the spheres merge into a wire. */
const POINTS_A_TURN = 72;

/**
 * Coils are drawn this much flatter than they are: a height field fills the space under a wire, and less of it shows
 * when the wire lies lower.
 */
const FLATTENING = 0.45;

/** Helical compression spring lying on its side, end turns closed. */
export const drawSpring: PartDrawer = (field, random, defect) => {
  const length = between(1.15, 1.55, random.uniform());
  const radius = between(0.22, 0.36, random.uniform());
  const wire = between(0.04, 0.065, random.uniform());
  const turns = Math.min(Math.floor(length / (wire * 2.7)), 5 + random.integer(5));
  const cone = random.uniform() < 0.2 ? 0.4 : 0;
  const bend = defect === 'deformed' ? between(0.15, 0.3, random.uniform()) : 0;
  const squeeze = defect === 'deformed' ? between(0.4, 0.8, random.uniform()) : 0;
  const total = turns * POINTS_A_TURN;
  // The first and the last turn lie against their neighbours; the others share what is left of the length.
  const shut = (2.05 * wire) / POINTS_A_TURN;
  const open = Math.max(shut, (length - 2 * shut * POINTS_A_TURN) / (total - 2 * POINTS_A_TURN));
  let x = -length / 2;
  for (let i = 0; i <= total; i++) {
    const t = i / total;
    const r = radius * (1 - cone * t);
    const angle = 2 * Math.PI * turns * t;
    const sag = bend * (0.5 - (2 * t - 1) ** 2);
    field.sphere(x, r * Math.cos(angle) + sag, wire + FLATTENING * r * (1 + Math.sin(angle)), wire, BODY);
    const end = Math.min(t, 1 - t) * turns < 1;
    x += end ? shut : open * (1 + squeeze * Math.sin(2 * Math.PI * t));
  }
  return plainPart(2 * wire + FLATTENING * radius);
};
