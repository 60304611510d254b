import { RandomStream } from '../../random';
import { between } from './profile';
import { drawLots, drawSpec, type Lot } from './station';
import { SAMPLE_CLASSES, type PartSpec, type PlannedFile, type Planted, type SampleClass, type Stranger } from './types';

/** Pictures in every folder, everything planted included. The largest folder is four times the smallest. */
export const FOLDER_COUNTS: Record<SampleClass, number> = {
  bearing: 190, bolt: 240, bracket: 160, bushing: 140, flange: 100, gear: 210, 'hex-nut': 280, 'lock-washer': 80, spring: 120, washer: 320,
};

/** How many pictures of each kind are planted. */
export const PLANTED_COUNTS: Record<Exclude<Planted, 'none'>, number> = {
  'exact-duplicate': 40, 'near-duplicate': 60, mislabelled: 38, outlier: 30, 'rare-mode': 24,
};

/** The rare mode lives inside this class. */
export const RARE_CLASS: SampleClass = 'hex-nut';

const RARE_MATERIAL = 'anodised-blue';

/** Share of parts with a defect. */
const DEFECT_SHARE = 0.3;

const NEAR_VARIANTS = ['renoised', 'relit', 'shifted', 'brightened'] as const;

const OUTLIER_VARIANTS = ['black-frame', 'overexposed', 'lens-flare', 'blurred', 'wrong-object', 'wrong-object', 'empty-station'] as const;

const STRANGERS: readonly { object: Stranger; material: PartSpec['material'] }[] = [
  { object: 'button', material: 'red-plastic' },
  { object: 'pencil', material: 'yellow-paint' },
  { object: 'die', material: 'white-plastic' },
];

/** What a tired person takes a class for. */
const MISTAKEN: Record<SampleClass, readonly SampleClass[]> = {
  bearing: ['bushing', 'washer', 'flange'],
  bolt: ['spring', 'hex-nut'],
  bracket: ['flange', 'washer'],
  bushing: ['bearing', 'hex-nut', 'lock-washer'],
  flange: ['gear', 'bearing', 'washer'],
  gear: ['flange', 'bearing'],
  'hex-nut': ['bolt', 'bushing'],
  'lock-washer': ['washer', 'bushing'],
  spring: ['bolt', 'lock-washer'],
  washer: ['lock-washer', 'bushing', 'flange'],
};

/** A folder slot before its picture is decided. */
interface Slot {
  label: SampleClass;
  serial: number;
  planted: Planted;
  /** Counts within its kind, so that variants come in equal numbers. */
  ordinal: number;
}

function pathOf(label: SampleClass, serial: number): string {
  return `${label}/${label}-${String(serial).padStart(4, '0')}.png`;
}

/** Decides which slots are planted. Duplicates never take the first quarter of a folder, so that each finds an earlier partner. */
function plantSlots(seed: number): Slot[] {
  const random = new RandomStream(seed, 'sample/plant');
  const slots: Slot[] = SAMPLE_CLASSES.flatMap((label) =>
    Array.from({ length: FOLDER_COUNTS[label] }, (_, n): Slot => ({ label, serial: n + 1, planted: 'none', ordinal: 0 })),
  );
  const order = random.shuffle(slots.slice());
  const plant = (kind: Exclude<Planted, 'none'>, fits: (slot: Slot) => boolean): void => {
    order
      .filter((slot) => slot.planted === 'none' && fits(slot))
      .slice(0, PLANTED_COUNTS[kind])
      .forEach((slot, ordinal) => Object.assign(slot, { planted: kind, ordinal }));
  };
  const late = (slot: Slot): boolean => slot.serial > FOLDER_COUNTS[slot.label] / 4;
  plant('rare-mode', (slot) => slot.label === RARE_CLASS);
  plant('exact-duplicate', late);
  plant('near-duplicate', late);
  plant('mislabelled', () => true);
  plant('outlier', () => true);
  return slots;
}

/** The same scene taken once more: other noise, and by variant other light, a moved camera or a longer exposure. */
function retake(spec: PartSpec, variant: (typeof NEAR_VARIANTS)[number], random: RandomStream): PartSpec {
  const sign = random.uniform() < 0.5 ? -1 : 1;
  const again: PartSpec = { ...spec, capture: { ...spec.capture, noiseSeed: random.word() } };
  if (variant === 'relit') {
    again.lighting = {
      ...spec.lighting,
      azimuth: spec.lighting.azimuth + sign * between(0.1, 0.18, random.uniform()),
      key: spec.lighting.key * between(1.05, 1.14, random.uniform()),
    };
  } else if (variant === 'shifted') {
    again.capture.shift = random.uniform() < 0.5 ? [sign, 0] : [0, sign];
  } else if (variant === 'brightened') {
    again.capture.exposure *= between(1.08, 1.16, random.uniform());
  }
  return again;
}

/** Spoils a picture or replaces what lies on the station. */
function spoil(spec: PartSpec, variant: (typeof OUTLIER_VARIANTS)[number], random: RandomStream): PartSpec {
  const capture = { ...spec.capture };
  if (variant === 'black-frame') capture.exposure = 0.01;
  else if (variant === 'overexposed') capture.exposure *= 7;
  else if (variant === 'lens-flare') capture.flare = between(0.5, 0.9, random.uniform());
  else if (variant === 'blurred') capture.defocus = 4 + random.integer(2);
  else if (variant === 'empty-station') return { ...spec, object: 'nothing', defect: 'none' };
  else return { ...spec, ...STRANGERS[random.integer(STRANGERS.length)], defect: 'none' };
  return { ...spec, capture };
}

function planOne(slot: Slot, lots: readonly Lot[], random: RandomStream): PlannedFile {
  const { label, serial, planted, ordinal } = slot;
  const path = pathOf(label, serial);
  const lot = lots[random.integer(lots.length)];
  const rumour = MISTAKEN[label];
  const shown = planted === 'mislabelled' ? rumour[random.integer(rumour.length)] : label;
  const rare = planted === 'rare-mode';
  let spec = drawSpec(shown, lot, DEFECT_SHARE, random, rare ? [RARE_MATERIAL] : undefined);
  let variant: string = rare ? RARE_MATERIAL : '';
  let trueClass: SampleClass | '' = shown;
  if (planted === 'outlier') {
    const kind = OUTLIER_VARIANTS[ordinal % OUTLIER_VARIANTS.length];
    variant = kind;
    spec = spoil(spec, kind, random);
    if (kind === 'black-frame' || kind === 'wrong-object' || kind === 'empty-station') trueClass = '';
  }
  return {
    path, label, spec, machine: lot.machine.name, lot: lot.name,
    truth: { truthPath: path, trueClass, planted, variant, partner: '' },
  };
}

/**
 * The whole sample set before any pixel: sorted by path. A duplicate's partner is an unplanted picture of the same folder
 * that comes earlier in this order, and nobody is a partner twice.
 *
 * @param seed any integer; its low 32 bits count.
 */
export function planSample(seed: number): PlannedFile[] {
  const slots = plantSlots(seed);
  const lots = drawLots(seed);
  const random = new RandomStream(seed, 'sample/pictures');
  const files = slots.map((slot) => planOne(slot, lots, random));
  const taken = new Set<number>();
  slots.forEach((slot, index) => {
    if (slot.planted !== 'exact-duplicate' && slot.planted !== 'near-duplicate') return;
    const first = index - slot.serial + 1;
    let partner: number;
    do partner = first + random.integer(slot.serial - 1);
    while (slots[partner].planted !== 'none' || taken.has(partner));
    taken.add(partner);
    const original = files[partner];
    const exact = slot.planted === 'exact-duplicate';
    const variant = exact ? 'copied' : NEAR_VARIANTS[slot.ordinal % NEAR_VARIANTS.length];
    files[index] = {
      ...original,
      path: files[index].path,
      spec: variant === 'copied' ? original.spec : retake(original.spec, variant, random),
      truth: { truthPath: files[index].path, trueClass: original.truth.trueClass, planted: slot.planted, variant, partner: original.path },
    };
  });
  return files;
}
