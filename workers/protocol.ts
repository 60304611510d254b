/**
 * Everything that crosses between the page and its workers. Types only: this file must compile to nothing, so that the page
 * never pulls worker code into its first load. Pixels travel as transferables, progress travels as `WorkerEvent` on one MessagePort.
 */

export type EngineKind = 'webgpu' | 'wasm' | 'cpu';

/** An error as the person sees it. `sentence` is English and says what to do next; the page translates by `code` and `params`. */
export interface Failure {
  code: string;
  sentence: string;
  params: Record<string, string | number>;
  /** Stack or browser message, for the log only. */
  detail: string;
}

export interface SelfTestCheck {
  name: string;
  /** Largest relative error against the float64 reference. */
  error: number;
  bound: number;
}

export interface EngineVerdict {
  kind: EngineKind;
  /** Vendor and architecture as the browser tells them, or the wasm build and thread count. */
  adapter: string;
  /** Why this engine and not another, one English sentence. */
  reason: string;
  reasonCode: string;
  /** Threads that compute, the engine's own worker included; 1 unless wasm. */
  threads: number;
  /** Why wasm has as many threads as it has, one English sentence. */
  threadsReason?: string;
  /** `threads-started`, or why there is only one: `threads-one-asked`, `threads-not-isolated`, `threads-one-core`, `threads-not-shared`, `threads-not-started`. */
  threadsReasonCode?: string;
  selfTest: SelfTestCheck[];
}

/** What passed between page and device, and what was computed. Zero without a device but for `flops`. */
export interface EngineTraffic {
  dispatches: number;
  passes: number;
  submits: number;
  /** Copies from buffer to buffer and clears; each of them ends a pass. */
  copies: number;
  buffersCreated: number;
  bindGroups: number;
  pipelines: number;
  /** Bytes written from the CPU: minibatches, constants and uniforms. */
  uploadBytes: number;
  /** Floating-point operations: exact for convolutions and products, estimated for the rest. */
  flops: number;
}

/** How the engine chose between variants of its WebGPU kernels, all of which give the same bits. */
export interface TuningFigures {
  /** Products that were measured since the engine was opened, and those that an earlier session had measured. */
  measured: number;
  remembered: number;
  /** Of the measured ones, those that another variant than the usual one is faster for. */
  changed: number;
  /** Variants that gave other bits than the usual one, or did not compile. */
  refused: number;
  /** Products that keep the usual variant because the time for measuring was used up. */
  skipped: number;
  /** Spent on measuring. */
  milliseconds: number;
}

/** Sums since the engine was opened, with the present state of its memory and the cost of the last training step. */
export interface EngineFigures extends EngineTraffic {
  liveBytes: number;
  peakBytes: number;
  /** Bytes that may be alive at once. */
  capBytes: number;
  /** Training steps by how they ran; `fallbacks` counts compiled steps that stay eager, by the reason. */
  steps: { recorded: number; replayed: number; eager: number; fallbacks: Record<string, number> };
  /** `milliseconds` that JavaScript was busy with the step: encoding it on a device, computing it elsewhere. */
  lastStep: (EngineTraffic & { milliseconds: number }) | null;
  /** Null where nothing is tuned: on wasm, on software adapters, and where it was turned off. */
  tuning: TuningFigures | null;
}

// ---------------------------------------------------------------- data set

export type SplitName = 'train' | 'test' | 'reserve';

export type VerdictStatus = 'accepted' | 'duplicate' | 'near-duplicate' | 'refused';

/** What became of one file. Near duplicates are accepted by default and only flagged. */
export interface Verdict {
  path: string;
  status: VerdictStatus;
  /** Row in the data set, or -1 when nothing was stored. */
  index: number;
  /** Machine-readable reason, empty for plainly accepted files. */
  code: string;
  sentence: string;
  params: Record<string, string | number>;
}

export interface IntakeOptions {
  /** Working side in pixels, 16 to 128, a multiple of 4. */
  size: number;
  fit: 'crop' | 'letterbox';
  /** CSS hex colour shown through transparency and in letterbox bars. */
  background: string;
  channels: 'auto' | 'grey' | 'rgb';
  /** Share held out as the test split when the folder brings none, 0.05 to 0.5. */
  holdout: number;
  seed: number;
  /** Keep at most this many training images, drawn by the seed and stratified by class; 0 keeps all. */
  limit: number;
  /** Of what `limit` leaves over, keep at most this many to train the judging encoder on images no method sees. */
  reserve: number;
  nearDuplicates: 'keep' | 'drop';
  /** Bytes of source files copied into the store so that an export can carry the originals; 0 keeps none. */
  keepOriginals: number;
}

export type IntakeSource =
  | { kind: 'files'; name: string; files: { path: string; file: File }[] }
  | { kind: 'handles'; name: string; handles: FileSystemHandle[] }
  | { kind: 'sample'; name: string; seed: number };

export interface ClassSummary {
  name: string;
  train: number;
  test: number;
  reserve: number;
}

export interface DataSetSummary {
  id: string;
  name: string;
  /** SHA-256 over pixels, labels, splits and options: the identity of the data set in recipes and cache keys. */
  hash: string;
  options: IntakeOptions;
  size: number;
  channels: 1 | 3;
  count: number;
  read: number;
  accepted: number;
  refused: number;
  duplicates: number;
  nearDuplicates: number;
  /** Bytes of the accepted source files. */
  sourceBytes: number;
  /** Bytes of originals kept in the store; 0 when they were too many. */
  originalBytes: number;
  classes: ClassSummary[];
  splits: 'folders' | 'seeded';
  labels: 'folders' | 'table' | 'idx' | 'none';
  /** Mean and standard deviation per channel in [0, 1]. */
  mean: number[];
  std: number[];
  /** E||x||^2 of pixels in [-1, 1], and (tr S)^2 / tr S^2 of their covariance on a seeded sample. */
  secondMoment: number;
  effectiveDimension: number;
  /** Original width x height with counts, most common first, at most 12. */
  sourceSizes: { width: number; height: number; count: number }[];
  warnings: Failure[];
  /** Further columns of the label table whose values are kept with the images, and a hash over the values; absent without any. */
  metadata?: { columns: string[]; hash: string };
  createdAt: number;
}

/** One thumbnail: `pixels` is size*size*channels bytes, row-major, channels last. */
export interface Thumbnail {
  index: number;
  classIndex: number;
  split: SplitName;
  path: string;
  pixels: Uint8Array<ArrayBuffer>;
}

export type IntakeEvent =
  | { type: 'progress'; read: number; total: number | null; accepted: number; refused: number; duplicates: number; secondsLeft: number | null }
  | { type: 'classes'; names: string[]; counts: number[] }
  | { type: 'images'; size: number; channels: 1 | 3; items: Thumbnail[] }
  | { type: 'verdicts'; items: Verdict[] }
  | { type: 'done'; dataset: DataSetSummary }
  | { type: 'failed'; failure: Failure };

export interface IntakeApi {
  /** Reads the source into the store. Resolves when done; rejects only with a `Failure`. Events go to `port`. */
  read(source: IntakeSource, options: IntakeOptions, port: MessagePort): Promise<DataSetSummary>;
  cancel(): Promise<void>;
  list(): Promise<DataSetSummary[]>;
  remove(id: string): Promise<void>;
  /** Verdicts of a stored data set, a page at a time. */
  verdicts(id: string, from: number, count: number, status?: VerdictStatus): Promise<{ total: number; items: Verdict[] }>;
  /** Thumbnails by row index, transferred. */
  images(id: string, indices: number[]): Promise<Thumbnail[]>;
}

// ---------------------------------------------------------------- recipes and runs

export type StageId =
  | 'intake' | 'audit' | 'encoder' | 'judge' | 'scorer' | 'score' | 'select' | 'curve' | 'teacher' | 'students' | 'features' | 'evaluate' | 'export'
  /** Acceptance limits of the report; computes nothing. */
  | 'report';

export type OptionValue = string | number | boolean;

/** Options and seeds of one run. Options left out take the stage's default; `preset` fills before `options`. */
export interface Recipe {
  schema: 1;
  method: 'd2c';
  preset: 'quick' | 'standard' | 'thorough';
  seed: number;
  engine: 'auto' | EngineKind;
  options: Partial<Record<StageId, Record<string, OptionValue>>>;
}

/** How a stage describes itself to forms, recipes and docs. `schema` is JSON Schema of its options. */
export interface StageDescription {
  id: StageId;
  version: number;
  title: string;
  schema: Record<string, unknown>;
  shard: 'none' | 'image' | 'class' | 'batch';
}

export type StageStatus = 'waiting' | 'running' | 'done' | 'cached' | 'failed';

export interface StageReport {
  /** `curve` appears once per arm, as curve:method, curve:random, curve:full. */
  id: string;
  key: string;
  status: StageStatus;
  seconds: number;
}

export type RunStatus = 'running' | 'paused' | 'interrupted' | 'stopped' | 'done' | 'failed';

export interface RunSummary {
  id: string;
  name: string;
  datasetId: string;
  datasetName: string;
  recipe: Recipe;
  status: RunStatus;
  stages: StageReport[];
  engine: EngineVerdict | null;
  failure: Failure | null;
  result: RunResult | null;
  createdAt: number;
  updatedAt: number;
}

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

export interface Forecast {
  seconds: number;
  bytes: number;
  stages: { id: string; seconds: number; cached: boolean }[];
  /** Set when the run would not fit, with the nearest smaller setting in its sentence. */
  refusal: Failure | null;
}

export type WorkerEvent =
  | { type: 'stage'; runId: string; stage: StageReport }
  | { type: 'progress'; runId: string; stage: string; done: number; total: number; secondsLeft: number | null }
  /** Named series of the observe view: loss, learningRate, stepsPerSecond, accuracy; curve points are fd and kid with `stage` curve:<arm>. */
  | { type: 'metric'; runId: string; stage: string; step: number; values: Record<string, number> }
  /** Samples from fixed noise: `count` images of size*size*channels bytes one after the other. */
  | { type: 'images'; runId: string; stage: string; step: number; size: number; channels: 1 | 3; count: number; pixels: Uint8Array<ArrayBuffer> }
  | { type: 'log'; runId: string; line: string }
  | { type: 'checkpoint'; runId: string; stage: string; step: number }
  /** The scores of a run can now be explored; see `ExploreApi`. */
  | { type: 'scored'; runId: string }
  | { type: 'status'; runId: string; status: RunStatus }
  | { type: 'heartbeat' }
  | { type: 'done'; runId: string; result: RunResult }
  | { type: 'failed'; runId: string; failure: Failure };

export interface StudioApi {
  /** Opens and proves an engine; must be called first. `insist` takes a software WebGPU adapter when told to. */
  open(engine: 'auto' | EngineKind, port: MessagePort): Promise<EngineVerdict>;
  stages(): Promise<StageDescription[]>;
  /** The recipe with preset and defaults filled in, or a rejection with a `Failure` that names the wrong option. */
  resolve(recipe: Recipe): Promise<Recipe>;
  forecast(datasetId: string, recipe: Recipe): Promise<Forecast>;
  start(datasetId: string, recipe: Recipe, name: string): Promise<string>;
  pause(): Promise<void>;
  /** Runs one more training step (or one batch) and pauses again. */
  step(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  /** Goes on with a stored run from its last checkpoint. */
  resumeRun(runId: string): Promise<void>;
  runs(): Promise<RunSummary[]>;
  removeRun(runId: string): Promise<void>;
  /** What the engine did so far; null before one is open. */
  figures(): Promise<EngineFigures | null>;
  /** Allows the engine so many bytes at once; null for its default. Must be told again after `open`. */
  limitMemory(bytes: number | null): Promise<void>;
  /** Takes the device away as a driver would, for tests of the recovery; false where there is none. */
  loseDevice(): Promise<boolean>;
}

// ---------------------------------------------------------------- exploring scores

export type Strategy =
  | 'interval' | 'min' | 'max' | 'medium' | 'random' | 'stratified' | 'herding' | 'kcenter' | 'bestof' | 'match';

export interface SelectOptions {
  strategy: Strategy;
  imagesPerClass: number;
  /** Stride of interval sampling relative to N_c/m; 1 spans the whole ranking, the paper's value is 0.7. */
  multiplier: number;
  /** K of best-of-K-draws. */
  draws: number;
  /** Equal parts of the difficulty ranking that `match` takes equally many images from; 1, also when absent, leaves it free. */
  strata?: number;
  seed: number;
}

export interface ScoreSummary {
  datasetId: string;
  /** Rows of the training split in the data set, in the order of `scores`. */
  indices: Uint32Array<ArrayBuffer>;
  scores: Float32Array<ArrayBuffer>;
  classes: Uint16Array<ArrayBuffer>;
  classNames: string[];
  rankAgreement: { global: number; withinClass: number; perClass: number[] };
}

export interface SelectionView {
  /** Rows of the data set, class-major, in selection order. */
  picked: Uint32Array<ArrayBuffer>;
  perClass: number[];
  /** Bytes of the export's pictures for this selection, estimated from the stored files. */
  bytes: number;
  fdRaw: number;
  randomFdRaw: Spread;
  milliseconds: number;
}

/** Sets that students were trained on; `packed` are random images at half the side. */
export type StudentArm = Arm | 'packed';

/** Which images stand behind a number of a finished run. */
export type BehindQuery =
  /** What an arm was trained on, easy to hard within each class; values are difficulties. */
  | { kind: 'picked'; arm: Arm }
  /** What the selection left out, each beside the kept image of its class that is nearest in difficulty; the most unlike pair first. Values are distances of content. */
  | { kind: 'dropped' }
  /** The selection or its random opponent beside the nearest other training images by content, the loneliest first. Values are distances to the nearest. */
  | { kind: 'neighbours'; arm: 'method' | 'random' }
  /** What the model sampled after training on an arm, beside its two nearest images of that arm in pixels. Values are the ratio of both distances; below a third counts as a copy. */
  | { kind: 'samples'; arm: Arm }
  /** Test images that the first student with these labels gets wrong, grouped by true and given class, the most frequent mistake first. */
  | { kind: 'confused'; arm: StudentArm; labels: 'hard' | 'soft' }
  /** Lists of the audit: pairs of one scene, labels that neighbours contradict, images unlike all others. Values are distances, margins and chances. */
  | { kind: 'duplicates' | 'mislabelled' | 'outliers' };

export interface BehindGroup {
  /** Class of the images; null where the group spans classes. */
  classIndex: number | null;
  /** Class they were taken for or that is suggested for them; null where there is none. */
  otherIndex: number | null;
  /** Rows of the data set, or pictures of `BehindView.sampled`. */
  rows: Uint32Array<ArrayBuffer>;
  /** Rows of the data set to be seen beside each, equally many for every row; empty where there are none. */
  beside: Uint32Array<ArrayBuffer>;
  /** What orders the rows, one a row; empty where nothing does. */
  values: Float32Array<ArrayBuffer>;
}

/** Images behind a number, as rows; pictures of rows come from `IntakeApi.images`. */
export interface BehindView {
  datasetId: string;
  classNames: string[];
  size: number;
  channels: 1 | 3;
  groups: BehindGroup[];
  /** Sampled pictures that `rows` count through, uint8 NHWC; null where rows are those of the data set. */
  sampled: Uint8Array<ArrayBuffer> | null;
}

export interface ExploreApi {
  load(runId: string): Promise<ScoreSummary>;
  /** The images behind a number of a run. Rejects with `behind-missing` where the run did not measure that number. */
  behind(runId: string, query: BehindQuery): Promise<BehindView>;
  /** Selects anew from stored scores. A newer call makes an older one reject with code `superseded`. */
  select(runId: string, options: SelectOptions): Promise<SelectionView>;
  /** Images per class, percent of the training split and megabytes, each from any one of them. */
  sizes(runId: string, options: SelectOptions): Promise<{ imagesPerClass: number; percent: number; bytes: number }>;
}

// ---------------------------------------------------------------- export

export interface ExportOptions {
  /** Working-resolution PNG, or the original file with its metadata stripped where the store kept it. */
  pictures: 'working' | 'original';
  hideNames: boolean;
  /** Leaves out metadata.jsonl so that imagefolder infers labels from folders. */
  plainFolders: boolean;
  tensors: boolean;
  licence: string;
  name: string;
  /** Acceptance limits, none when absent. In a recipe they stand under `report`. */
  limits?: ReportLimits;
}

/** What a person may ask of a condensed set. Ratios are of FD(domain); everything else is a share in [0, 1]. */
export type LimitName =
  | 'maxFdOverRandom' | 'maxFdOverFull' | 'minRecall' | 'maxMemorisation' | 'maxAccuracyLoss' | 'maxAccuracyLossTeacher'
  | 'maxClassShareChange' | 'maxMetadataShareChange';

export type ReportLimits = Partial<Record<LimitName, number>>;

/** One limit held against the figures. */
export interface LimitVerdict {
  name: LimitName;
  limit: number;
  /** Null when it was not measured. */
  value: number | null;
  /** 95 % interval of the value, where one was measured. */
  interval: { low: number; high: number } | null;
  verdict: 'met' | 'not-met' | 'not-measured';
  /** The limit lies inside the interval, so another seed may decide otherwise. */
  doubtful: boolean;
}

export interface ExportPlan {
  entries: { name: string; bytes: number }[];
  bytes: number;
  limits: LimitVerdict[];
}

export type ExportEvent =
  | { type: 'progress'; done: number; total: number; bytes: number }
  | { type: 'failed'; failure: Failure };

export interface ExportApi {
  plan(runId: string, options: ExportOptions, selection: SelectOptions | null): Promise<ExportPlan>;
  /** Streams the zip into the store and answers with a handle to it. `selection` overrides the run's own. */
  write(
    runId: string, options: ExportOptions, selection: SelectOptions | null, port: MessagePort,
  ): Promise<{ file: File; bytes: number; sha256: string; limits: LimitVerdict[] }>;
  /** The report alone, with the times this browser measured, which the zip's copy leaves out; it opens in `language`. */
  report(runId: string, options: ExportOptions, selection: SelectOptions | null, language: 'en' | 'ja'): Promise<File>;
  cancel(): Promise<void>;
}

// ---------------------------------------------------------------- feature nets

/** What is known about a net whose file a person added. */
export interface FeatureNetCard {
  sha256: string;
  fileName: string;
  bytes: number;
  kind: 'inception' | 'onnx';
  name: string;
  /** What a Frechet distance in it is called: `FID` for the standard weights alone, else `FD(name)`. */
  label: string;
  dim: number;
  inputSize: number;
  addedAt: number;
}

export interface FeaturesApi {
  /**
   * Examines a file and keeps it under its hash. An empty `name` asks for the standard FID weights, or takes an ONNX file's own name; other
   * weights of the Inception need one.
   */
  add(file: File, name: string): Promise<FeatureNetCard>;
  /** The last added first. */
  list(): Promise<FeatureNetCard[]>;
  remove(sha256: string): Promise<void>;
}
