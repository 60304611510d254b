import type { RandomStream } from '../../random';
import { Field, HEIGHT, TABLE, WIDTH } from './field';
import { cloud, valueNoise } from './noise';
import { between, smoothStep } from './profile';
import type { Defect } from './types';

interface Spot {
  x: number;
  y: number;
  /** Direction from the part's centre to the spot. */
  angle: number;
}

/** The outline of the part in a random direction, from outside in; null when nothing lies there. */
function edgeSpot(field: Field, random: RandomStream): Spot | null {
  for (let attempt = 0; attempt < 12; attempt++) {
    const angle = random.uniform() * 2 * Math.PI;
    for (let r = 1; r > 0.1; r -= 0.012) {
      const x = field.centreX + r * Math.cos(angle);
      const y = field.centreY + r * Math.sin(angle);
      const i = field.column(x);
      const j = field.row(y);
      if (i < 0 || j < 0 || i >= WIDTH || j >= HEIGHT) continue;
      if (field.surface[j * WIDTH + i] !== TABLE) return { x, y, angle };
    }
  }
  return null;
}

/** A random point on the part, away from its outline when that is possible. */
function bodySpot(field: Field, random: RandomStream): Spot | null {
  let found: Spot | null = null;
  for (let attempt = 0; attempt < 60; attempt++) {
    const angle = random.uniform() * 2 * Math.PI;
    const r = 0.75 * Math.sqrt(random.uniform());
    const x = field.centreX + r * Math.cos(angle);
    const y = field.centreY + r * Math.sin(angle);
    const at = (dx: number, dy: number): boolean => {
      const i = field.column(x + dx);
      const j = field.row(y + dy);
      return i >= 0 && j >= 0 && i < WIDTH && j < HEIGHT && field.surface[j * WIDTH + i] !== TABLE;
    };
    if (!at(0, 0)) continue;
    found = { x, y, angle };
    if (at(0.07, 0) && at(-0.07, 0) && at(0, 0.07) && at(0, -0.07)) return found;
  }
  return found;
}

/** Calls `paint` for every sample of the part within `radius` of (x, y). */
function around(
  field: Field, x: number, y: number, radius: number, paint: (k: number, dx: number, dy: number) => void,
): void {
  const first = Math.max(0, field.row(y - radius));
  const last = Math.min(HEIGHT - 1, field.row(y + radius));
  const from = Math.max(0, field.column(x - radius));
  const to = Math.min(WIDTH - 1, field.column(x + radius));
  for (let j = first; j <= last; j++) {
    for (let i = from; i <= to; i++) {
      const dx = field.columnX(i) - x;
      const dy = field.rowY(j) - y;
      if (dx * dx + dy * dy <= radius * radius) paint(j * WIDTH + i, dx, dy);
    }
  }
}

function scratch(field: Field, random: RandomStream): void {
  const count = 1 + random.integer(3);
  const spot = bodySpot(field, random);
  if (!spot) return;
  const heading = random.uniform() * Math.PI;
  for (let line = 0; line < count; line++) {
    const angle = heading + between(-0.15, 0.15, random.uniform());
    const half = between(0.16, 0.42, random.uniform());
    const bow = between(-0.5, 0.5, random.uniform());
    const width = between(0.014, 0.024, random.uniform());
    const cx = spot.x + between(-0.09, 0.09, random.uniform());
    const cy = spot.y + between(-0.09, 0.09, random.uniform());
    const c = Math.cos(angle);
    const s = Math.sin(angle);
    around(field, cx, cy, half + 0.05, (k, dx, dy) => {
      if (field.surface[k] === TABLE) return;
      const u = dx * c + dy * s;
      const v = dy * c - dx * s - bow * u * u;
      const fade = 1 - (u / half) ** 2;
      if (fade <= 0 || Math.abs(v) > 2 * width) return;
      const cut = Math.max(0, 1 - Math.abs(v) / width);
      field.height[k] = Math.max(0.005, field.height[k] - 0.022 * cut * Math.sqrt(fade));
      field.wear[k] = Math.max(field.wear[k], cut * Math.sqrt(fade));
    });
  }
}

function dent(field: Field, random: RandomStream): void {
  const spot = random.uniform() < 0.5 ? edgeSpot(field, random) : bodySpot(field, random);
  if (!spot) return;
  const radius = between(0.1, 0.19, random.uniform());
  const depth = radius * between(0.3, 0.45, random.uniform());
  around(field, spot.x, spot.y, radius, (k, dx, dy) => {
    if (field.surface[k] === TABLE) return;
    const t = (dx * dx + dy * dy) / (radius * radius);
    field.height[k] = Math.max(0.02, field.height[k] - depth * (1 - t) * (1 - t) * 1.6);
    field.wear[k] = Math.max(field.wear[k], 0.5 * (1 - t));
  });
}

/** Torn metal along a stretch of the outline: bright spikes that stand out over the edge. */
function burr(field: Field, random: RandomStream): void {
  const spot = edgeSpot(field, random);
  if (!spot) return;
  field.settle();
  const radius = between(0.14, 0.24, random.uniform());
  const offset = random.uniform() * 200;
  around(field, spot.x, spot.y, radius, (k, dx, dy) => {
    const edge = field.near[k] - field.height[k];
    const rough = valueNoise((spot.x + dx) * 26 + offset, (spot.y + dy) * 26);
    if (field.surface[k] === TABLE) {
      if (edge > 0.012 && rough > 0.42) {
        field.height[k] = field.near[k] * (1 + rough);
        field.surface[k] = 1;
        field.wear[k] = 0.9;
      }
    } else if (edge < -0.012) {
      field.height[k] += 0.05 * rough;
      field.wear[k] = Math.max(field.wear[k], rough);
    }
  });
}

function rust(field: Field, random: RandomStream): void {
  const spot = bodySpot(field, random);
  if (!spot) return;
  const radius = between(0.22, 0.55, random.uniform());
  const offset = random.uniform() * 200;
  around(field, spot.x, spot.y, radius, (k, dx, dy) => {
    if (field.surface[k] === TABLE) return;
    const fall = 1 - Math.hypot(dx, dy) / radius;
    const weight = smoothStep(0.38, 0.62, 0.55 * cloud(dx * 9 + offset, dy * 9) + 0.45 * fall);
    field.rust[k] = Math.max(field.rust[k], weight);
    field.height[k] += 0.012 * weight * valueNoise(dx * 40 + offset, dy * 40);
  });
}

/** A branching dark line that starts at the outline and wanders in. */
function crack(field: Field, random: RandomStream): void {
  const spot = edgeSpot(field, random);
  if (!spot) return;
  let { x, y } = spot;
  let heading = spot.angle + Math.PI + between(-0.5, 0.5, random.uniform());
  const steps = 10 + random.integer(14);
  for (let step = 0; step < steps; step++) {
    const width = 0.03 * (1 - (0.6 * step) / steps);
    around(field, x, y, width, (k) => {
      if (field.surface[k] === TABLE) return;
      field.height[k] = Math.max(0.01, field.height[k] - 0.06);
      field.stain[k] = 1;
    });
    heading += 0.55 * random.normal() * 0.6;
    x += 0.027 * Math.cos(heading);
    y += 0.027 * Math.sin(heading);
  }
}

/** A piece broken out of the outline; the fracture is rough and bright. */
function chip(field: Field, random: RandomStream): void {
  const spot = edgeSpot(field, random);
  if (!spot) return;
  const radius = between(0.1, 0.19, random.uniform());
  const offset = random.uniform() * 200;
  const facet = random.uniform() * Math.PI;
  around(field, spot.x, spot.y, radius * 1.5, (k, dx, dy) => {
    if (field.surface[k] === TABLE) return;
    const reach = Math.hypot(dx, dy) / radius + 0.6 * (valueNoise(dx * 14 + offset, dy * 14) - 0.5);
    if (reach > 1) return;
    const slope = 0.25 + 0.3 * Math.abs(Math.sin(facet + 9 * dx + 7 * dy));
    field.height[k] *= Math.min(1, slope * reach + 0.35 * reach * reach);
    field.wear[k] = 0.8 * valueNoise(dx * 50 + offset, dy * 50);
    if (field.height[k] < 0.02) {
      field.height[k] = 0;
      field.surface[k] = TABLE;
    }
  });
}

/** Dried coolant: a darker blot with a darker rim. */
function stain(field: Field, random: RandomStream): void {
  const blots = 1 + random.integer(3);
  for (let blot = 0; blot < blots; blot++) {
    const spot = bodySpot(field, random);
    if (!spot) return;
    const radius = between(0.1, 0.28, random.uniform());
    const offset = random.uniform() * 200;
    around(field, spot.x, spot.y, radius * 1.3, (k, dx, dy) => {
      if (field.surface[k] === TABLE) return;
      const d = Math.hypot(dx, dy) / radius + 0.5 * (cloud(dx * 6 + offset, dy * 6) - 0.5);
      const rim = Math.max(0, 1 - Math.abs(d - 0.9) * 7);
      field.stain[k] = Math.max(field.stain[k], 0.55 * smoothStep(1, 0.85, d) + 0.4 * rim);
    });
  }
}

const PAINTERS: Partial<Record<Defect, (field: Field, random: RandomStream) => void>> = {
  scratch, dent, burr, rust, crack, chip, stain,
};

/**
 * Applies a surface defect to the part in the field. Defects of geometry (missing tooth, misdrilled hole, deformed) were
 * built in when the part was drawn and leave nothing to do here.
 */
export function applyDefect(field: Field, defect: Defect, random: RandomStream): void {
  PAINTERS[defect]?.(field, random);
}
