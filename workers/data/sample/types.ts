/** What the sample set can show. The ten classes, in the order of their folders. */
export const SAMPLE_CLASSES = [
  'bearing', 'bolt', 'bracket', 'bushing', 'flange', 'gear', 'hex-nut', 'lock-washer', 'spring', 'washer',
] as const;

export type SampleClass = (typeof SAMPLE_CLASSES)[number];

/** Things that have no business on an inspection station. */
export type Stranger = 'button' | 'pencil' | 'die' | 'nothing';

export type SampleObject = SampleClass | Stranger;

export type Defect =
  | 'none' | 'scratch' | 'dent' | 'burr' | 'rust' | 'crack' | 'chip' | 'stain' | 'missing-tooth' | 'misdrilled-hole' | 'deformed';

export type MaterialName =
  | 'steel' | 'stainless' | 'zinc' | 'yellow-zinc' | 'brass' | 'bronze' | 'copper' | 'black-oxide' | 'aluminium'
  | 'anodised-blue' | 'rubber' | 'nylon' | 'red-plastic' | 'yellow-paint' | 'white-plastic' | 'wood' | 'chrome';

export type Backdrop = 'grey-mat' | 'light-box' | 'foam' | 'cutting-mat';

/** How the part lies under the camera. Lengths are in half frames: the picture spans [-1, 1]. */
export interface View {
  x: number;
  y: number;
  /** Rotation in the plane of the table, radians. */
  angle: number;
  scale: number;
  /** Camera angle from the vertical, radians, 0 to 0.45. */
  tilt: number;
}

export interface Lighting {
  /** Direction of the key light: azimuth and elevation in radians. */
  azimuth: number;
  elevation: number;
  /** Strength of the key, the opposite strip light and the dome. */
  key: number;
  strip: number;
  dome: number;
  /** Gains of red, green and blue: the colour temperature of a lot. */
  tint: [number, number, number];
}

/** What optics and sensor do to the scene. */
export interface Capture {
  exposure: number;
  /** Standard deviation of read noise at mid grey, in 8-bit steps. */
  noise: number;
  noiseSeed: number;
  /** Camera displacement in pixels. */
  shift: [number, number];
  vignette: number;
  /** Radius of defocus in pixels; 0 is sharp. */
  defocus: number;
  /** Lens flare strength; 0 is none. */
  flare: number;
}

/** Everything that decides the pixels of one picture. */
export interface PartSpec {
  object: SampleObject;
  /** Draws the dimensions of the part and the place of its defect. */
  shapeSeed: number;
  material: MaterialName;
  defect: Defect;
  backdrop: Backdrop;
  view: View;
  lighting: Lighting;
  capture: Capture;
}

export type Planted = 'none' | 'exact-duplicate' | 'near-duplicate' | 'mislabelled' | 'outlier' | 'rare-mode';

/** One line of truth.jsonl. The column names differ from those of a label table on purpose. */
export interface TruthRow {
  /** Path of the picture inside the folder. */
  truthPath: string;
  /** Class of the part in the picture; empty when it shows no part of the ten classes. */
  trueClass: SampleClass | '';
  planted: Planted;
  /** How it was planted: `renoised`, `relit`, `shifted`, `brightened`, `anodised-blue`, `black-frame` and so on; empty for `none`. */
  variant: string;
  /** Path of the picture that a duplicate repeats; empty otherwise. */
  partner: string;
}

/** One planned file: its place, its pixels and what labels.csv and truth.jsonl say about it. */
export interface PlannedFile {
  path: string;
  /** Folder and label: wrong on purpose for the mislabelled. */
  label: SampleClass;
  spec: PartSpec;
  machine: string;
  lot: string;
  truth: TruthRow;
}
