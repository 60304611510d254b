import { RandomStream } from '../../random';
import { between } from './profile';
import type { Backdrop, Capture, Defect, Lighting, MaterialName, PartSpec, SampleClass, View } from './types';

/** One inspection station: its table, its lamps and its camera. */
export interface Machine {
  name: string;
  backdrop: Backdrop;
  lighting: Lighting;
  noise: number;
  vignette: number;
  tilt: number;
}

/** A batch of parts photographed in one shift: one machine, one colour temperature. */
export interface Lot {
  name: string;
  machine: Machine;
  tint: [number, number, number];
  exposure: number;
  azimuth: number;
}

export const MACHINES: readonly Machine[] = [
  {
    name: 'station-1', backdrop: 'grey-mat', noise: 2.2, vignette: 0.12, tilt: 0.3,
    lighting: { azimuth: -2.2, elevation: 0.85, key: 1.7, strip: 0.55, dome: 0.62, tint: [1, 1, 1] },
  },
  {
    name: 'station-2', backdrop: 'light-box', noise: 1.6, vignette: 0.07, tilt: 0.22,
    lighting: { azimuth: -1.2, elevation: 0.95, key: 0.95, strip: 0.42, dome: 0.5, tint: [1, 1, 1] },
  },
  {
    name: 'station-3', backdrop: 'foam', noise: 3, vignette: 0.18, tilt: 0.36,
    lighting: { azimuth: -2.6, elevation: 0.72, key: 2.1, strip: 0.75, dome: 0.6, tint: [1, 1, 1] },
  },
  {
    name: 'station-4', backdrop: 'cutting-mat', noise: 2.5, vignette: 0.1, tilt: 0.14,
    lighting: { azimuth: -0.7, elevation: 0.8, key: 1.7, strip: 0.5, dome: 0.65, tint: [1, 1, 1] },
  },
];

/** Lots a machine sees. */
const LOTS_A_MACHINE = 6;

/** The lots of a sample set: warm to cold lamps, a little over or under exposed. */
export function drawLots(seed: number): Lot[] {
  const random = new RandomStream(seed, 'sample/lots');
  return MACHINES.flatMap((machine, m) =>
    Array.from({ length: LOTS_A_MACHINE }, (_, n): Lot => {
      const warmth = between(-0.13, 0.15, random.uniform());
      return {
        name: `lot-${String(m * LOTS_A_MACHINE + n + 1).padStart(2, '0')}`,
        machine,
        tint: [1 + warmth, 1 + 0.15 * warmth + between(-0.02, 0.02, random.uniform()), 1 - warmth],
        exposure: between(0.88, 1.14, random.uniform()),
        azimuth: between(-0.35, 0.35, random.uniform()),
      };
    }),
  );
}

/** Materials of a class, most usual first; repetition is weight. */
const STOCK: Record<SampleClass, readonly MaterialName[]> = {
  bearing: ['stainless', 'stainless', 'steel', 'chrome'],
  bolt: ['zinc', 'steel', 'stainless', 'black-oxide', 'yellow-zinc', 'zinc'],
  bracket: ['zinc', 'aluminium', 'steel', 'black-oxide', 'yellow-zinc'],
  bushing: ['bronze', 'bronze', 'brass', 'steel', 'stainless'],
  flange: ['steel', 'stainless', 'aluminium', 'steel', 'brass'],
  gear: ['steel', 'steel', 'brass', 'black-oxide', 'stainless', 'bronze'],
  'hex-nut': ['zinc', 'steel', 'brass', 'black-oxide', 'yellow-zinc', 'stainless'],
  'lock-washer': ['steel', 'zinc', 'black-oxide', 'stainless'],
  spring: ['steel', 'stainless', 'zinc', 'black-oxide', 'copper'],
  washer: ['zinc', 'steel', 'brass', 'copper', 'yellow-zinc', 'black-oxide', 'stainless'],
};

const SURFACE_DEFECTS: readonly Defect[] = ['scratch', 'dent', 'burr', 'rust', 'crack', 'chip', 'stain'];

/** Defects of a class, the typical ones more often than the rest. */
const DEFECTS: Record<SampleClass, readonly Defect[]> = {
  bearing: [...SURFACE_DEFECTS, 'rust', 'deformed', 'deformed'],
  bolt: ['scratch', 'dent', 'rust', 'rust', 'stain', 'chip', 'deformed', 'deformed'],
  bracket: [...SURFACE_DEFECTS, 'misdrilled-hole', 'misdrilled-hole', 'deformed'],
  bushing: [...SURFACE_DEFECTS, 'misdrilled-hole', 'crack', 'chip'],
  flange: [...SURFACE_DEFECTS, 'misdrilled-hole', 'misdrilled-hole', 'rust'],
  gear: [...SURFACE_DEFECTS, 'missing-tooth', 'missing-tooth', 'missing-tooth', 'deformed'],
  'hex-nut': [...SURFACE_DEFECTS, 'misdrilled-hole', 'burr', 'rust'],
  'lock-washer': ['burr', 'rust', 'rust', 'deformed', 'deformed', 'crack', 'stain'],
  spring: ['rust', 'rust', 'stain', 'deformed', 'deformed', 'deformed'],
  washer: [...SURFACE_DEFECTS, 'misdrilled-hole', 'deformed', 'burr'],
};

const RUSTING: ReadonlySet<MaterialName> = new Set<MaterialName>(['steel', 'zinc', 'yellow-zinc', 'black-oxide', 'chrome']);

function pick<T>(random: RandomStream, items: readonly T[]): T {
  return items[random.integer(items.length)];
}

function jitter(random: RandomStream, value: number, share: number): number {
  return value * between(1 - share, 1 + share, random.uniform());
}

/**
 * Draws one picture of `object`: which part, how it lies, and how the lot's station sees it.
 *
 * @param defectShare probability of a defect, 0 to 1.
 * @param stock materials to choose from; the class's own unless told.
 */
export function drawSpec(
  object: SampleClass, lot: Lot, defectShare: number, random: RandomStream, stock: readonly MaterialName[] = STOCK[object],
): PartSpec {
  const { machine } = lot;
  const material = pick(random, stock);
  const drawn = random.uniform() < defectShare ? pick(random, DEFECTS[object]) : 'none';
  // Only iron rusts; other metals stain.
  const defect = drawn === 'rust' && !RUSTING.has(material) ? 'stain' : drawn;
  const view: View = {
    x: between(-0.13, 0.13, random.uniform()),
    y: between(-0.13, 0.13, random.uniform()),
    angle: random.uniform() * 2 * Math.PI,
    scale: between(0.8, 1.14, random.uniform()),
    tilt: Math.min(0.45, Math.max(0, machine.tilt + between(-0.1, 0.1, random.uniform()))),
  };
  const base = machine.lighting;
  const lighting: Lighting = {
    azimuth: base.azimuth + lot.azimuth + between(-0.2, 0.2, random.uniform()),
    elevation: base.elevation + between(-0.08, 0.08, random.uniform()),
    key: jitter(random, base.key, 0.12),
    strip: jitter(random, base.strip, 0.2),
    dome: jitter(random, base.dome, 0.12),
    tint: lot.tint,
  };
  const capture: Capture = {
    exposure: jitter(random, lot.exposure, 0.07),
    noise: jitter(random, machine.noise, 0.25),
    noiseSeed: random.word(),
    shift: [0, 0],
    vignette: machine.vignette,
    defocus: 0,
    flare: 0,
  };
  return { object, shapeSeed: random.word(), material, defect, backdrop: machine.backdrop, view, lighting, capture };
}
