import type { RandomStream } from '../../../random';
import { BRUSHED, PLAIN, TURNED, type Field } from '../field';
import { between, chamfer, hexagon, length, roundOver, triangle } from '../profile';
import type { Defect } from '../types';
import { plainPart, type DrawnPart, type PartDrawer } from './part';

/** A hexagon's corners are cut by a cone; how far the surface lies below the flat at radius r. */
function cornerCut(r: number, inradius: number): number {
  return Math.max(0, r - inradius * 0.97) * 0.62;
}

/** Hexagon nut with threaded bore, sometimes with a washer flange or a nylon ring. */
export const drawHexNut: PartDrawer = (field, random, defect) => {
  const flats = between(0.5, 0.64, random.uniform());
  const bore = flats * between(0.46, 0.58, random.uniform());
  const height = between(0.24, 0.4, random.uniform());
  const collar = random.uniform() < 0.22 ? flats * 1.3 : 0;
  const sink = between(0.03, 0.06, random.uniform());
  const offset = defect === 'misdrilled-hole' ? 0.4 * (flats - bore) : 0;
  const locking = random.uniform() < 0.15;
  const pitch = between(0.045, 0.07, random.uniform());
  field.fill((x, y, out) => {
    const r = length(x, y);
    const q = offset > 0 ? length(x - offset, y) : r;
    if (q < bore - 0.02) return;
    const hex = hexagon(x, y, flats);
    if (hex <= 0) {
      out.height = height - cornerCut(r, flats) - chamfer(bore - q, sink) * 1.2 - roundOver(hex, 0.02);
      // First turns of the thread inside the countersink.
      if (q < bore + 0.012) out.height -= 0.03 + 0.02 * triangle(Math.atan2(y, x) / 3.14 + q / pitch);
      out.finish = TURNED;
      if (locking && q < bore + 0.11) {
        out.height = height + 0.05 - roundOver(Math.max(q - bore - 0.11, bore - q), 0.05);
        out.surface = 3;
        out.finish = PLAIN;
      }
    } else if (r < collar) {
      out.height = 0.07 + (collar - r) * 0.25 - chamfer(r - collar, 0.02);
      out.finish = TURNED;
    }
  }, Math.max(flats * 1.16, collar) + 0.01);
  return { ...plainPart(height), third: 'nylon' };
};

/** A bolt lying on its side. The axis is x; threads end in a chamfered tip. */
function lyingBolt(field: Field, random: RandomStream, defect: Defect, socket: boolean): DrawnPart {
  const long = between(1.3, 1.62, random.uniform());
  const shank = between(0.14, 0.22, random.uniform());
  const headLength = socket ? shank * 1.7 : shank * between(1.15, 1.4, random.uniform());
  const head = socket ? shank * 1.6 : shank * between(1.5, 1.7, random.uniform());
  const thread = between(0.4, 1, random.uniform());
  const pitch = between(0.062, 0.09, random.uniform());
  const start = -long / 2;
  const neck = start + headLength;
  const tip = long / 2;
  const threadFrom = tip - thread * (tip - neck);
  const roll = random.uniform() < 0.5;
  const bend = defect === 'deformed' ? between(0.1, 0.18, random.uniform()) : 0;
  const axisHeight = head;
  field.fill((x, yy, out) => {
    if (x < start || x > tip) return;
    const along = (x - neck) / (tip - neck);
    const y = yy - (along > 0 ? bend * along * along : 0);
    const ay = Math.abs(y);
    if (x < neck) {
      const end = Math.max(start - x, x - neck);
      if (socket) {
        if (ay >= head) return;
        // Straight knurling around the cap.
        const knurl = 0.014 * triangle(Math.asin(y / head) * 7);
        out.height = axisHeight + Math.sqrt(head * head - y * y) - knurl - roundOver(end, 0.05);
        return;
      }
      const corner = (2 * head) / Math.sqrt(3);
      if (ay > (roll ? corner : head)) return;
      // Lying on a flat the top is a face, rolled by 30 degrees it is an edge.
      const top = roll ? Math.min(head, Math.sqrt(3) * (corner - ay)) : corner - ay / Math.sqrt(3);
      const bevel = Math.max(0, start + 0.06 - x) * (0.4 + (1.2 * ay) / head);
      out.height = axisHeight + top - bevel - roundOver(x - neck, 0.02);
      out.finish = BRUSHED;
      return;
    }
    let radius = shank;
    if (x > threadFrom && ay < shank) {
      const lead = (Math.asin(y / shank) / (2 * Math.PI)) * pitch;
      radius -= 0.034 * triangle((x + lead) / pitch);
    }
    radius -= Math.max(0, x - tip + 0.06) * 0.8;
    if (ay >= radius) return;
    out.height = axisHeight + Math.sqrt(radius * radius - y * y);
    if (x <= threadFrom) out.finish = BRUSHED;
  }, long / 2 + 0.04);
  return plainPart(head + shank);
}

/** A bolt standing on its tip: only the head is seen, easily taken for a nut. */
function standingBolt(field: Field, random: RandomStream, socket: boolean): DrawnPart {
  const flats = between(0.44, 0.58, random.uniform());
  const height = between(0.36, 0.5, random.uniform());
  const key = flats * between(0.44, 0.52, random.uniform());
  const bars = 3 + 3 * random.integer(2);
  const step = (2 * Math.PI) / bars;
  field.fill((x, y, out) => {
    const r = length(x, y);
    if (socket) {
      if (r > flats) return;
      const pocket = -hexagon(x, y, key);
      out.height = pocket > 0 ? height * 0.35 : height - chamfer(r - flats, 0.05) - chamfer(pocket, 0.02);
      out.finish = pocket > 0 ? PLAIN : TURNED;
      return;
    }
    const hex = hexagon(x, y, flats);
    if (hex > 0) return;
    out.height = height - cornerCut(r, flats) - roundOver(hex, 0.02);
    out.finish = TURNED;
    // Radial bars mark the strength grade.
    const a = Math.atan2(y, x);
    const off = a - Math.round(a / step) * step;
    if (Math.abs(off) * r < 0.022 && r > flats * 0.42 && r < flats * 0.78) out.height += 0.025;
  }, flats * 1.17);
  return plainPart(height);
}

/** Hexagon or socket head bolt, mostly lying, sometimes standing. */
export const drawBolt: PartDrawer = (field, random, defect) => {
  const socket = random.uniform() < 0.35;
  return random.uniform() < 0.14 && defect !== 'deformed'
    ? standingBolt(field, random, socket)
    : lyingBolt(field, random, defect, socket);
};
