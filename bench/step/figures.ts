import type { Measured } from './contestant';
import type { ContestantName, ProblemName } from './names';

/** Steps before the timed ones: shaders compile, and ours is recorded. */
export const WARM_UP = 4;
/** Steps after which the losses are compared, or as many as were run. */
export const COMPARED = 20;
/** What a step sends besides the minibatch: learning rate, bias corrections and decay of the average. */
const SCALAR_BYTES = 32;

/** Medians over the timed steps; times in ms. */
export interface Figures {
  ms: number;
  spread: { fastest: number; quartile1: number; median: number; quartile3: number; p90: number };
  encodeMs: number;
  dispatches: number;
  passes: number;
  submits: number;
  copies: number;
  buffersCreated: number;
  uploadBytes: number;
  liveBytes: number;
  peakBytes: number;
  /** Floating-point operations of a step; null where they are not counted. */
  flops: number | null;
  /** Null after fewer steps. */
  lossAfter20: number | null;
}

export type Outcome = Figures | { error: string };
export type Outcomes = Partial<Record<ContestantName, Outcome>>;

/** How many times better ours is; null where the other did not run, or where there is nothing to divide. */
export type Ratios = Record<'stockTime' | 'jaxTime' | 'dispatches' | 'encode' | 'eagerTime' | 'eagerEncode', number | null>;

/** Losses after `step` steps, and how far the one farthest from ours is from it, relative to ours. */
export interface Losses {
  step: number;
  values: Partial<Record<ContestantName, number>>;
  disagreement: number | null;
}

export interface Target {
  value: number | null;
  atLeast?: number;
  atMost?: number;
  /** Null where nothing was measured. */
  met: boolean | null;
}

/** The value below which a share of `values` lies, by the nearest rank. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Figures of one contestant from all its steps. @throws RangeError when none of them is past the warm-up. */
export function figuresOf(steps: readonly Measured[]): Figures {
  const timed = steps.slice(WARM_UP);
  if (timed.length === 0) throw new RangeError(`The first ${WARM_UP} steps are not timed; take more.`);
  const median = (pick: (measured: Measured) => number) => quantile(timed.map(pick), 0.5);
  const sent = (key: keyof Measured['traffic']) => median(({ traffic }) => traffic[key]);
  const times = timed.map(({ ms }) => ms);
  return {
    ms: quantile(times, 0.5),
    spread: {
      fastest: Math.min(...times), quartile1: quantile(times, 0.25), median: quantile(times, 0.5), quartile3: quantile(times, 0.75), p90: quantile(times, 0.9),
    },
    encodeMs: median(({ encodeMs }) => encodeMs),
    dispatches: sent('dispatches'), passes: sent('passes'), submits: sent('submits'), copies: sent('copies'),
    buffersCreated: sent('buffersCreated'), uploadBytes: sent('uploadBytes'), liveBytes: sent('liveBytes'), peakBytes: sent('peakBytes'),
    flops: timed.every(({ flops }) => flops !== undefined) ? median(({ flops }) => flops!) : null,
    lossAfter20: steps.length >= COMPARED ? steps[COMPARED - 1].loss : null,
  };
}

function measured(outcome: Outcome | undefined): Figures | null {
  return outcome && !('error' in outcome) ? outcome : null;
}

export function ratiosOf(outcomes: Outcomes): Ratios {
  const mine = measured(outcomes.ours);
  const ratio = (other: ContestantName, pick: (figures: Figures) => number): number | null => {
    const theirs = measured(outcomes[other]);
    return mine && theirs && pick(mine) > 0 ? pick(theirs) / pick(mine) : null;
  };
  return {
    stockTime: ratio('stock', ({ ms }) => ms), jaxTime: ratio('jax', ({ ms }) => ms),
    dispatches: ratio('stock', ({ dispatches }) => dispatches), encode: ratio('stock', ({ encodeMs }) => encodeMs),
    eagerTime: ratio('oursEager', ({ ms }) => ms), eagerEncode: ratio('oursEager', ({ encodeMs }) => encodeMs),
  };
}

/** Losses of those who ran, after twenty steps or the last that all of them took. */
export function lossesOf(steps: Partial<Record<ContestantName, readonly Measured[]>>): Losses {
  const ran = Object.entries(steps).filter(([, taken]) => taken.length > 0);
  const step = Math.min(COMPARED, ...ran.map(([, taken]) => taken.length));
  const values: Losses['values'] = Object.fromEntries(ran.map(([name, taken]) => [name, taken[step - 1].loss]));
  const { ours, ...others } = values;
  const apart = ours === undefined ? [] : Object.values(others).map((loss) => Math.abs(loss / ours - 1));
  return { step: ran.length > 0 ? step : 0, values, disagreement: apart.length > 0 ? Math.max(...apart) : null };
}

function atLeast(value: number | null, bound: number): Target {
  return { value, atLeast: bound, met: value === null ? null : value >= bound };
}

function atMost(value: number | null, bound: number): Target {
  return { value, atMost: bound, met: value === null ? null : value <= bound };
}

/**
 * What was to be reached on the software adapter, and whether it was. Uploads may be the minibatch and the step's own scalars. wasm has no jax-js, no encoding apart
 * from computing and no device to send to; its dispatches are calls of kernels.
 */
export function targetsOf(problem: ProblemName, outcomes: Outcomes, ratios: Ratios, losses: Losses, minibatch: number): Record<string, Target> {
  const mine = measured(outcomes.ours);
  const targets = { stockTime: atLeast(ratios.stockTime, 8), dispatches: atLeast(ratios.dispatches, 6), lossDisagreement: atMost(losses.disagreement, 0.01) };
  if (problem === 'wasm') return targets;
  return {
    ...targets,
    jaxTime: atLeast(ratios.jaxTime, 1.5), encode: atLeast(ratios.encode, 10),
    passes: atMost(mine && mine.passes, 3), submits: atMost(mine && mine.submits, 2), buffersCreated: atMost(mine && mine.buffersCreated, 0),
    uploadBytes: atMost(mine && mine.uploadBytes, minibatch + SCALAR_BYTES),
  };
}
