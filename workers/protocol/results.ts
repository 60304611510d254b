export interface Spread {
  mean: number;
  sd: number;
  n: number;
}

/** A share or mean with its 95 % bootstrap interval over the sampled images. */
export interface Interval {
  estimate: number;
  low: number;
  high: number;
}

/** FD at infinite N, with the standard error of the fit. */
export interface Extrapolated {
  value: number;
  error: number;
}

/** What the last point of a curve says about copying; pixel L2 between sampled images and training images. */
export interface Copying {
  /** Share of sampled images whose nearest training image is less than a third as far as the second nearest. */
  memorisation: Interval;
  /** Training images searched: all of the arm, or a seeded draw where it has more than the limit, which tends to lower the share. */
  searched: number;
  /** Median nearest-training over median nearest-held-out distance, about 1 when nothing is memorised. Absent where no class is on both sides. */
  nnRatio?: number;
  /** Images on each side of `nnRatio`, equal class counts. */
  matched: number;
}

/** One point of a steps-to-FD curve. Fields after `kid` are absent in runs stored before they were measured. */
export interface CurvePoint {
  step: number;
  fd: number;
  kid: number;
  /** k-nearest-neighbour figures in [0, 1] in the judge's features, between at most 1,000 rows a side. */
  precision?: number;
  recall?: number;
  coverage?: number;
  /** Neighbours k that they were measured with. */
  neighbours?: number;
  /** Last point alone. */
  copying?: Copying;
  /** Last point alone, and only where enough images were sampled for the fit. */
  fdInfinity?: Extrapolated;
}

export type Arm = 'method' | 'random' | 'full';

/** Counts of what the audit found worth a second look; the images behind them are in its artifact. */
export interface AuditFigures {
  /** Images looked at. */
  looked: number;
  /** Files that repeat another's bytes, left out at intake. */
  exactDuplicates: number;
  /** Pairs of images that show the same scene. */
  nearDuplicates: number;
  mislabelled: number;
  outliers: number;
  /** By how much another class must lead among an image's neighbours. */
  margin: number;
  /** Chance at which an ordinary image may be called an outlier. */
  outlierLevel: number;
}

/** Test accuracy in [0, 1] of students trained on one set, over seeds: with class indices, and with the teacher's probabilities. */
export interface StudentAccuracy {
  hard: Spread;
  soft: Spread;
  /** Images the students saw. */
  images: number;
}

/** What the sets give a small classifier. Every arm under the same protocol; differences are paired by seed. */
export interface StudentFigures {
  /** Accuracy of the teacher, trained on all training images until held-out ones stopped gaining. */
  teacher: number;
  method: StudentAccuracy;
  random: StudentAccuracy;
  /** All training images at the same number of steps. */
  full: StudentAccuracy;
  /** Random images at half the side, four for one: the same stored bytes. Absent when switched off. */
  packed?: StudentAccuracy;
  /** Method minus random, seed by seed. */
  gain: { hard: Spread; soft: Spread };
  /** DD-Ranking's label-robust score in [0, 100], by the labels the method is credited with. */
  labelRobustScore: { hard: number; soft: number };
  steps: number;
  temperature: number;
}

/** Distances in the features of a net that a person brought. Present only where a run asked for one. */
export interface FeatureFigures {
  /** `FID` for the standard weights alone, else `FD(name)`. */
  label: string;
  /** Hash of the net's file. */
  net: string;
  preprocessing: string;
  inputSize: number;
  dim: number;
  /** Frechet distance of sampled images to test images after training on each arm; `floor` is training half to training half. */
  fd: Record<Arm, number> & { floor: number };
  kid: Record<Arm, number>;
  /** Sampled images of each arm, and images in each half of the floor. */
  n: number;
  floorN: number;
  /** Test images they are held against. */
  reference: number;
}

export interface RunResult {
  condensed: { count: number; perClass: number[]; bytes: number };
  metrics: {
    /** FD(domain) after training the same small diffusion model on each arm, judged by the disjoint encoder. */
    fdDomain: { method: number; random: number; full: number; floor: number; n: number };
    /** FD of the chosen real images themselves against the hold-out; no training. */
    fdRaw: { method: number; random: Spread };
    kid: { method: number; random: number; full: number };
    /** Hold-out accuracy of the two domain encoders. */
    encoderAccuracy: { methods: number; judge: number };
    rankAgreement: { global: number; withinClass: number };
    judgeIsDisjoint: boolean;
    /** Figures that stand beside FD, because it rewards copying. All at the end of each curve; absent in runs stored before they were measured. */
    precision?: Record<Arm, number>;
    recall?: Record<Arm, number>;
    coverage?: Record<Arm, number>;
    /** Neighbours k of precision, recall and coverage. */
    neighbours?: number;
    memorisation?: Record<Arm, Interval>;
    /** Training images of each arm that memorisation was searched in. */
    searched?: Record<Arm, number>;
    nnRatio?: Record<Arm, number>;
    fdInfinity?: Record<Arm, Extrapolated>;
    /** Total variation between the class shares of the selection and of the training images, and the change of each class. */
    classDrift?: { total: number; perClass: number[] };
    /** Absent in runs stored before there was an audit. */
    audit?: AuditFigures;
    /** Absent with one class, without students, and in runs stored before they were trained. */
    students?: StudentFigures;
    features?: FeatureFigures;
    /** Curves by arm, for charts and reports. */
    curves: Record<Arm, CurvePoint[]>;
  };
}
