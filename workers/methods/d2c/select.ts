import { RetortError } from '../../failure';
import type { SelectOptions } from '../../protocol';
import type { Bundle } from '../../runs/types';
import { prepare, sizesPerClass, type Candidates } from './strategies/candidates';
import { strategies } from './strategies';
import { randomDraw } from './strategies/random';

export interface Selection {
  /** Positions into the candidates, class-major, in selection order inside a class. */
  picked: Uint32Array<ArrayBuffer>;
  /** Images taken from each class. */
  perClass: number[];
}

function joined(lists: readonly Uint32Array[]): Selection {
  const perClass = lists.map((list) => list.length);
  const picked = new Uint32Array(perClass.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (const list of lists) {
    picked.set(list, at);
    at += list.length;
  }
  return { picked, perClass };
}

/** D2C Select on prepared candidates: m = `imagesPerClass` images of every class by the chosen strategy. Pure. */
export function select(candidates: Candidates, options: SelectOptions): Selection {
  return joined(strategies[options.strategy].pick(candidates, sizesPerClass(candidates, options.imagesPerClass), options));
}

/**
 * The fair opponent of a selection: as many images of every class, at random. `draw` numbers independent draws under one seed.
 */
export function randomSubset(candidates: Candidates, perClass: readonly number[], seed: number, draw = 0): Selection {
  return joined(randomDraw(candidates, perClass, seed, `subset/random/${draw}`));
}

/** Scored training images of one run, ready to be selected from, and the way back to data set rows. */
export interface ScoredImages {
  candidates: Candidates;
  /** Data set row of each position. */
  rows: Uint32Array<ArrayBuffer>;
}

function part<T>(bundle: Bundle, name: string, type: abstract new (...args: never[]) => T): T {
  const found: unknown = bundle.parts[name];
  if (found instanceof type) return found;
  throw new RetortError('artifact-incomplete', `A stored result lacks its part "${name}". Delete the run and start it again.`, { part: name });
}

/**
 * Joins a score artifact (`scores` Float32 and `rows` Uint32, one entry a training image) with the encoder's features
 * (`features` Float32 [data set rows, dim]) and the labels of all rows.
 * @throws RetortError `artifact-incomplete`, and what `prepare` throws.
 */
export function scoredImages(score: Bundle, encoder: Bundle, labels: Uint16Array, classCount: number): ScoredImages {
  const scores = part(score, 'scores', Float32Array);
  const rows = part(score, 'rows', Uint32Array<ArrayBuffer>);
  const all = part(encoder, 'features', Float32Array);
  const dim = all.length / labels.length;
  const features = new Float32Array(rows.length * dim);
  rows.forEach((row, position) => features.set(all.subarray(row * dim, (row + 1) * dim), position * dim));
  const classes = Uint16Array.from(rows, (row) => labels[row]);
  return { candidates: prepare({ scores, classes, classCount, features, dim }), rows };
}

/** Selection of a run in data set rows. Explorer, stage and export all go through here, so they cannot disagree. */
export function selectRows({ candidates, rows }: ScoredImages, options: SelectOptions, runSeed: number): Selection {
  const { picked, perClass } = select(candidates, { ...options, seed: runSeed + options.seed });
  return { picked: picked.map((position) => rows[position]), perClass };
}
