import type { Arm, LimitName, SelectOptions, StageId } from '../protocol';

/** Everything the report says, in English. The Japanese catalogue has the same shape; places are filled with texts that are formatted already. */
export const reportEn = {
  language: 'English',
  report: 'Report on a condensed data set',
  arms: { method: 'this set', random: 'random, same size', full: 'all images' } satisfies Record<Arm, string> as Record<Arm, string>,
  columns: { figure: 'Figure', method: 'This set', random: 'Random, same size', full: 'All images', floor: 'Floor', interval: 'with 95 % interval' },
  notMeasured: 'not measured',
  hidden: 'name hidden',
  notRecorded: 'not recorded',
  notStated: 'not stated',
  to: (low: string, high: string) => `${low} to ${high}`,
  none: 'none',
  others: (n: string) => `and ${n} more`,
  stages: {
    intake: 'Reading', audit: 'Audit', encoder: 'Encoder for methods', judge: 'Encoder for judging', scorer: 'Scorer', score: 'Difficulty scores', select: 'Selection',
    curve: 'Training curve', teacher: 'Teacher', students: 'Students', features: 'Feature net', evaluate: 'Evaluation', export: 'Export', report: 'Report',
  } satisfies Record<StageId, string> as Record<StageId, string>,
  stageOf: (stage: string, part: string) => `${stage}: ${part}`,
  parts: { method: 'this set', random: 'random', full: 'all images', packed: 'random at half the side', data: 'source images' } as Record<string, string>,

  key: {
    title: 'In short',
    images: 'Images', bytes: 'Bytes of pictures', steps: 'Training steps a pass', quality: 'FD(domain) after training', accuracy: 'Accuracy, class labels', limits: 'Acceptance limits',
    of: (share: string, all: string) => `${share} of ${all}`,
    against: (random: string, full: string) => `random ${random}, all images ${full}`,
    limitsMet: (met: string, all: string) => `${met} of ${all} met`,
    limitsNone: 'none set',
    limitsNote: (missed: string, open: string) => `${missed} not met, ${open} not measured`,
  },

  saved: {
    title: 'What was saved',
    sentence: (kept: string, all: string, share: string, bytes: string, allBytes: string) =>
      `${kept} images instead of ${all} (${share}), ${bytes} of pictures instead of ${allBytes}.`,
    caption: 'Size and effort before and after',
    quantity: 'Quantity', before: 'All images', after: 'This set', saved: 'Saved',
    images: 'Images', bytes: 'Bytes of pictures', steps: (batch: string) => `Training steps of one pass, batch ${batch}`, time: (stage: string) => `Time of one pass, measured (${stage})`,
    pass: (share: string) => `One pass over the set takes ${share} of the training steps that one pass over all images takes at the same batch size.`,
    equal: (steps: string) => `The comparison below gives every set the same ${steps} steps, so it shows what the images are worth and not what fewer passes would save.`,
    noTimes: 'Times are not part of the export, so that the same recipe gives the same bytes; the report saved from the studio has them.',
    timeNote: (perStep: string, engine: string) => `A training step took ${perStep} on ${engine}, its share of sampling and evaluation included.`,
    reused: 'from an earlier run',
    times: 'Hashes of what each stage computed, and its measured time', seconds: 'Time', total: 'Total of what was computed',
    timesNote: 'A stage that was interrupted counts from its last start.',
  },

  pictures: {
    working: (size: string, colour: string) => `${size} x ${size} pixel PNGs, ${colour}`, grey: 'grey', rgb: 'RGB',
    missed: (working: string) => `All pictures are ${working}, because the source files were not kept or are of a type that cannot be cleaned of metadata.`,
    asked: (working: string) => `All pictures are ${working}: the resolution at which they were scored.`,
    turned: 'They carry no EXIF, GPS or other metadata but, where a photograph is turned, its orientation.',
    all: 'All pictures are the source files at their own resolution.',
    some: (n: string) => `${n} pictures are the source files at their own resolution.`,
    rest: (n: string, working: string) => `The other ${n} are ${working}.`,
  },

  cost: {
    title: 'What it cost in quality',
    sentence: (method: string, images: string, full: string) => `Trained on this set, FD(domain) is ${method}; trained on all ${images} images it is ${full}. Lower is better.`,
    sentenceRecall: (method: string, recall: string, images: string, full: string, fullRecall: string) =>
      `Trained on this set, FD(domain) is ${method}, recall ${recall}; trained on all ${images} images it is ${full}, recall ${fullRecall}. Lower is better, and recall higher.`,
    caption: 'Figures with their baselines',
    curve: 'FD(domain) while training',
    curveSentence: (steps: string, order: string, floor: string) => `After ${steps} steps: ${order}. The band is the noise floor, ${floor}: no set can be told from real images below it.`,
    step: 'Step', steps: (n: string) => `${n} steps`,
    axis: 'training steps; FD(domain), lower is better; band: noise floor', floor: (value: string) => `noise floor ${value}`,
    chart: 'FD(domain) while training on this set, a random set of the same size, and all images',
  },

  metrics: {
    fdDomain: 'FD(domain) of a model trained on it, lower is better',
    recall: 'Recall of that model, higher is better',
    memorisation: 'Samples of that model that copy a training image, with 95 % interval',
    nnRatio: 'Distance of its samples to training over held-out images, 1 without copying',
    precision: 'Precision of that model, higher is better',
    coverage: 'Coverage of that model, higher is better',
    kid: 'KID of that model, lower is better',
    fdInfinity: 'FD(domain) of that model at infinite N, with standard error of the fit',
    fdRaw: 'FD(domain) of the images themselves, lower is better',
    features: (label: string) => `${label} of that model, lower is better`,
    draws: (mean: string, sd: string, n: string) => `${mean} ± ${sd} (${n} draws)`,
    interval: (estimate: string, low: string, high: string) => `${estimate} (${low} to ${high})`,
  },

  students: {
    title: 'Accuracy of classifiers trained on each set',
    sentence: (hard: string, soft: string) => `Against random images of equal number, accuracy changes by ${hard} points with class labels and by ${soft} points with soft labels (mean ± standard deviation over seeds).`,
    loss: (loss: string) => `Against all images it loses ${loss} points with class labels.`, lossInterval: (loss: string, low: string, high: string) => `${loss} (${low} to ${high})`,
    caption: (n: string) => `Accuracy on held-out images, mean of ${n} seeds with 95 % interval of the mean`,
    set: 'Trained on', images: 'Images', hard: 'Class labels', soft: 'Soft labels of the teacher', packed: 'random at half the side',
    teacher: (accuracy: string) => `teacher ${accuracy}`,
    axis: 'accuracy on held-out images',
    protocol: (steps: string, temperature: string, teacher: string) =>
      `The same small network, from scratch, for ${steps} steps on every set; soft labels at temperature ${temperature}. The teacher, trained on all images until it stopped gaining, reaches ${teacher}. Soft labels raise every set, random ones too: compare only within a column.`,
    packedNote: 'Images of half the side take a quarter of the bytes, so four stand for one: a set that does not beat them is not worth its bytes.',
    oneSeed: 'One seed has no interval.',
  },

  verdicts: {
    closer: (method: string, random: string) =>
      `A model trained on this set came closer to the held-out images than one trained on a random set of the same size: FD(domain) ${method} against ${random}.`,
    further: (method: string, random: string) => `A model trained on a random set of the same size did as well or better: FD(domain) ${random} against ${method} for this set.`,
    oneSeed: 'That comparison trained one model for each set with one seed, so it has no spread; a small difference may be chance.',
    copying: (copied: string, recall: string, fullCopied: string, fullRecall: string) =>
      `FD(domain) rewards copying, so recall and copies stand beside it: ${copied} of the samples from this set repeat a training image and they reach ${recall} of the held-out images; with all training images it is ${fullCopied} and ${fullRecall}.`,
    moreCopies: 'More of its samples are copies than with all training images, so part of its FD(domain) may be copying.',
    searched: (own: string, all: string, neighbours: string) =>
      `A copy lies less than a third as far, in pixels, from its nearest training image as from the next; ${own} training images of this set and ${all} of all were searched. Recall, precision and coverage look at the ${neighbours} nearest neighbours in the features of the judging encoder.`,
    rawCloser: (sds: string, n: string) => `Its images alone lie closer to the held-out images than random draws do, by ${sds} standard deviations of ${n} draws.`,
    rawFurther: (sds: string, n: string) => `Its images alone lie further from the held-out images than random draws do, by ${sds} standard deviations of ${n} draws.`,
    rawEqual: (n: string) => `Its images alone lie as far from the held-out images as random draws do, within two standard deviations of ${n} draws.`,
    domain: (n: string, accuracy: string) =>
      `FD(domain) is the Frechet distance to ${n} images in the features of an encoder trained on this data set (hold-out accuracy ${accuracy}). It cannot be compared with FID or with other data sets. The floor is the distance between two halves of the training images.`,
    disjoint: 'The judging encoder was trained on images that no selection could choose.',
    shared: 'The data set was too small to train the judging encoder on other images, so its figures favour sets that repeat training images.',
    agreement: (value: string) => `Difficulty scores of two noise seeds agree with rank correlation ${value} within classes.`,
  },

  limits: {
    title: 'Acceptance limits',
    none: 'No limits were set for this set. They are set in the export, or with --set report.… on the command line.',
    sentence: (met: string, all: string) => `${met} of ${all} limits are met.`,
    caption: 'Limits that were set, and what was measured',
    limit: 'Limit', asked: 'Asked', value: 'Measured', verdict: 'Verdict',
    most: (value: string) => `at most ${value}`, least: (value: string) => `at least ${value}`,
    times: (value: string) => `${value} times`, points: (value: string) => `${value} points`,
    names: {
      maxFdOverRandom: 'FD(domain) relative to random of the same size', maxFdOverFull: 'FD(domain) relative to all images', minRecall: 'Recall',
      maxMemorisation: 'Samples that copy a training image', maxAccuracyLoss: 'Accuracy lost against all images, class labels',
      maxAccuracyLossTeacher: 'Accuracy lost against the teacher, class labels', maxClassShareChange: 'Largest change of a class share',
      maxMetadataShareChange: 'Largest change of a metadata share',
    } satisfies Record<LimitName, string> as Record<LimitName, string>,
    verdicts: { met: 'Met', 'not-met': 'Not met', 'not-measured': 'Not measured' },
    noted: (verdict: string, note: string) => `${verdict} (${note})`, line: (mark: string, question: string, detail: string) => `${mark}: ${question}. ${detail}`,
    doubtful: 'the limit lies within the interval, so another seed may decide otherwise',
    standing: 'What every set should keep',
    classes: 'Every class is still there', classesDetail: (share: string, name: string) => `The smallest share kept is ${share}, of ${name}.`,
    better: 'Better than a random set of the same size, as training data', betterDetail: (method: string, random: string) => `FD(domain) ${method} against ${random}, one training each.`,
    close: 'At least as close to the held-out images as random draws are', closeDetail: (method: string, mean: string, sd: string) => `FD(domain) of the images ${method} against ${mean} ± ${sd}.`,
  },

  shares: {
    title: 'Shares of classes and metadata', metadata: (column: string) => `Shares of “${column}”`,
    drift: (share: string) => `${share} of the images would have to be of another class for the classes to have the shares they had (total variation).`,
    columnDrift: (share: string) => `${share} of the images would have to have another value for the shares to be as before (total variation).`,
    largest: (name: string, before: string, after: string) => `Furthest from its share is ${name}: ${before} before, ${after} now.`,
    caption: 'Share of every class before and after', columnCaption: 'Values whose shares changed most first',
    name: 'Class', value: 'Value', label: 'Label', images: 'Training images', kept: 'Kept', before: 'Share before', after: 'Share now', change: 'Points', note: 'Note',
    lost: 'less than half its share', gone: 'none left', empty: '(empty)', hiddenValue: (n: string) => `value ${n}`,
    chart: 'Share of every class among the training images and among the kept ones', key: 'light: share before; dark: share now',
    noColumns: 'The images came without further columns of metadata, so only classes can be compared.',
  },

  difficulty: {
    title: 'Difficulty of what was kept',
    sentence: (median: string, kept: string, low: string, high: string) => `Median difficulty of all training images is ${median}, of the kept ones ${kept}; ${low} of all lie above the hardest kept image and ${high} below the easiest.`,
    caption: 'Images by difficulty', from: 'From', to: 'To', all: 'All training images', kept: 'Kept',
    axis: 'difficulty, easy to hard; light: share of all training images, dark: share of the kept', chart: 'Histogram of difficulty of all training images and of the kept ones',
  },

  audit: {
    title: 'Audit of the source images',
    sentence: (looked: string) => `${looked} images were looked at. Nothing was left out because of the audit; a person should look at these.`,
    none: 'The run has no audit.',
    caption: 'What may deserve a second look', finding: 'Finding', found: 'In the folder', inSet: 'In this set',
    exact: 'Files that repeat another byte for byte (left out when reading)', near: 'Pairs that show the same scene', mislabelled: 'Possibly mislabelled', outliers: 'Unlike all other images',
    nearKept: (n: string) => `${n} (both kept)`,
    margin: (margin: string, level: string) => `Possibly mislabelled: another class leads among its nearest images by at least ${margin}. Unlike all others: an ordinary image would be called so with a chance of ${level}.`,
    lists: (n: string) => `The first ${n} of each, strongest suspicion first`, pair: (a: string, b: string) => `${a} and ${b}`, suspect: (path: string, label: string, suggested: string) => `${path}: ${label}, perhaps ${suggested}`,
    hidden: 'File names are hidden, so the images are not listed.',
  },

  sheet: { title: 'Images', note: (shown: string, all: string) => `${shown} of ${all} kept images, by class, in the order of selection.`, row: (name: string, shown: string, all: string) => `${name}: ${shown} of ${all}` },

  made: {
    title: 'How it was made',
    selection: 'Selection', engine: 'Engine', source: 'Source', sourceText: (name: string, hash: string) => `${name}, data hash ${hash}`, licence: 'Licence', app: 'Made with',
    appText: (version: string) => `Retort ${version}; recipe.json replays it`, recipe: 'SHA-256 of recipe.json', seed: 'Seed and preset', seedText: (seed: string, preset: string) => `${seed}, ${preset}`,
    options: 'Options of every stage', stage: 'Stage', values: 'Options', keys: 'Hashes of what each stage computed', key: 'Hash',
    keysNote: 'Each hash covers the stage, its version, options, seed, engine kind and the hashes of its inputs.',
  },

  honest: {
    title: 'Limits of these figures',
    oneSeed: 'FD(domain), KID and recall come from one training of each set with one seed. Repeat with other seeds before a small difference decides anything.',
    fewSeeds: (n: string) => `Accuracies come from ${n} seeds; their intervals assume that seeds scatter normally.`,
    shared: 'The judging encoder was trained on images that a selection could choose, because the folder is small: distances favour sets that repeat training images.',
    smallN: (n: string) => `Distances were measured with ${n} samples of each model. FD(domain) of a finite number is biased upwards, so only figures of the same number can be compared.`,
    small: 'Judged by an encoder trained on this very data set; a figure from another folder cannot be compared.',
    unmeasured: 'Figures that say “not measured” were not measured for this run; that is no finding in either direction.',
    equalSteps: 'All sets were trained for equally many steps; with other numbers of steps the order may change.',
  },

  strategies: {
    interval: 'interval sampling over the difficulty ranking', min: 'the easiest images of every class', max: 'the hardest images of every class',
    medium: 'the images in the middle of the difficulty ranking', random: 'a random draw', stratified: 'a random draw from equal slices of the difficulty ranking',
    herding: 'herding in feature space', kcenter: 'greedy k-center in feature space', bestof: 'the best of several random draws by raw Frechet distance',
    match: 'matching the moments of all images in feature space',
  } satisfies Record<SelectOptions['strategy'], string> as Record<SelectOptions['strategy'], string>,
  selection: {
    text: (strategy: string, perClass: string, detail: string, seed: string) => `${strategy}, ${perClass} images per class${detail}, seed ${seed}`,
    multiplier: (value: string) => `, stride multiplier ${value}`, draws: (n: string) => `, ${n} draws`,
  },
  unmeasured: {
    unfinished: 'The run had not been evaluated when this set was written, so no figures can be given.',
    other: 'The figures of the run were measured on another selection and would not be true of this one. A run with this selection measures it.',
  },
};

export type ReportWords = typeof reportEn;
