import type { RunResult } from '../protocol';
import type { ExportFacts } from './facts';
import { classFolders } from './slug';

/** Made-up figures of a run in which the selection did better than random. */
export const RESULT: RunResult = {
  condensed: { count: 6, perClass: [2, 2, 2], bytes: 1 },
  metrics: {
    fdDomain: { method: 3.25, random: 4.5, full: 2.125, floor: 0.75, n: 500 },
    fdRaw: { method: 1.5, random: { mean: 2, sd: 0.25, n: 16 } },
    kid: { method: 0.031, random: 0.044, full: 0.02 },
    encoderAccuracy: { methods: 0.81, judge: 0.79 },
    rankAgreement: { global: 0.98, withinClass: 0.95 },
    judgeIsDisjoint: true,
    precision: { method: 0.94, random: 0.93, full: 0.92 },
    recall: { method: 0.625, random: 0.6, full: 0.85 },
    coverage: { method: 0.76, random: 0.73, full: 0.78 },
    neighbours: 5,
    memorisation: {
      method: { estimate: 0.11, low: 0.09, high: 0.13 }, random: { estimate: 0.12, low: 0.1, high: 0.14 }, full: { estimate: 0.002, low: 0, high: 0.005 },
    },
    searched: { method: 6, random: 6, full: 100 },
    nnRatio: { method: 0.55, random: 0.5, full: 0.98 },
    fdInfinity: { method: { value: 3, error: 0.05 }, random: { value: 4.25, error: 0.06 }, full: { value: 1.875, error: 0.04 } },
    students: {
      teacher: 0.75, steps: 300, temperature: 4,
      method: { hard: { mean: 0.4, sd: 0.01, n: 3 }, soft: { mean: 0.5, sd: 0.02, n: 3 }, images: 6 },
      random: { hard: { mean: 0.375, sd: 0.01, n: 3 }, soft: { mean: 0.5, sd: 0.01, n: 3 }, images: 6 },
      full: { hard: { mean: 0.625, sd: 0.01, n: 3 }, soft: { mean: 0.65, sd: 0.01, n: 3 }, images: 100 },
      packed: { hard: { mean: 0.45, sd: 0.01, n: 3 }, soft: { mean: 0.525, sd: 0.01, n: 3 }, images: 24 },
      gain: { hard: { mean: 0.025, sd: 0.0125, n: 3 }, soft: { mean: 0, sd: 0.02, n: 3 } },
      labelRobustScore: { hard: 21.25, soft: 20.5 },
    },
    classDrift: { total: 0.25, perClass: [0.25, 0, -0.25] },
    audit: { looked: 120, exactDuplicates: 3, nearDuplicates: 2, mislabelled: 4, outliers: 5, margin: 0.4, outlierLevel: 0.02 },
    curves: {
      method: [{ step: 100, fd: 9, kid: 0.1 }, { step: 200, fd: 3.25, kid: 0.031 }],
      random: [{ step: 100, fd: 9.5, kid: 0.1 }, { step: 200, fd: 4.5, kid: 0.044 }],
      full: [{ step: 100, fd: 8, kid: 0.09 }, { step: 200, fd: 2.125, kid: 0.02 }],
    },
  },
};

/** Facts of a small export whose names try to break out of every page. */
export const FACTS: ExportFacts = {
  title: 'Set | <b>one</b> `x` --- "q"', licence: '', appVersion: '0.1.0', engine: { kind: 'wasm', adapter: 'simd, 2 threads' },
  dataset: { name: 'parts & <more>', hash: 'cd'.repeat(32), trainImages: 100, trainBytes: 1_234_567 },
  classes: classFolders(['a|b', '</svg><script>', "it's: \"x\"\n- y", '打痕']).map((each, i) => ({ ...each, before: 10 * (i + 1), after: i === 3 ? 1 : 5 })),
  count: 16, size: 16, channels: 1, mean: [0.5], std: [0.2],
  pictures: { bytes: 4321, extensions: ['jpg', 'png'], originals: 3, originalsAsked: true },
  selection: { strategy: 'interval', imagesPerClass: 5, multiplier: 0.7, draws: 48, seed: 2 },
  result: RESULT, unmeasured: '', limits: { maxFdOverRandom: 0.75, minRecall: 0.625, maxMemorisation: 0.12, maxAccuracyLoss: 0.2, maxMetadataShareChange: 0.1 },
  classDrift: 0.3375,
  columns: [{ name: 'machine <1>', drift: 0.15, values: [{ value: '', before: 10, after: 0 }, { value: 'M1 & co', before: 60, after: 12 }, { value: 'M2', before: 30, after: 4 }] }],
  difficulty: {
    edges: [0.1, 0.2, 0.3, 0.4], most: 0.9, before: [50, 40, 10], after: [4, 8, 4], median: { before: 0.2, after: 0.25 }, above: 0.01, below: 0.05,
  },
  audit: {
    figures: { looked: 120, exactDuplicates: 3, nearDuplicates: 2, mislabelled: 4, outliers: 5, margin: 0.4, outlierLevel: 0.02 },
    found: {
      kept: { nearDuplicates: 1, mislabelled: 2, outliers: 0 }, nearDuplicates: [{ first: 'a/<1>.png', second: 'a/2.png' }],
      mislabelled: [{ path: 'a/"3".png', label: 'a|b', suggested: '打痕' }], outliers: ['b/4&.png'],
    },
  },
  sheet: [{ classIndex: 0, pictures: ['data:image/png;base64,AAAA', 'data:image/png;base64,BBBB'] }, { classIndex: 3, pictures: ['data:image/png;base64,CCCC'] }],
  training: { steps: 200, batch: 8 },
  recipe: { sha256: 'ef'.repeat(32), seed: 7, preset: 'quick', options: [{ stage: 'curve', values: [['batch', 8], ['steps', 200]] }, { stage: 'export', values: [['name', '<i>x</i>']] }] },
  stages: [{ id: 'curve:random', key: 'c0ffee' }, { id: 'score', key: 'decade' }],
  plainFolders: false, tensors: true, hideNames: false,
};
