import { RetortError } from '../failure';

/**
 * A loss, gradient or weight that is not a number any more. Going on from the checkpoint under the same settings ends the same way, so the sentence
 * names the setting to change.
 *
 * @param learningRate of the step; 0 where it is not known.
 */
export function notFinite(step: number, learningRate = 0): RetortError {
  const told = `Training diverged at step ${step}: the loss is no longer a number. What was finished before is kept.`;
  if (learningRate <= 0) return new RetortError('nan-loss', `${told} Lower the learning rate of this stage and start again.`, { step });
  const rate = Number((learningRate / 2).toPrecision(2));
  return new RetortError('nan-loss', `${told} Set the learning rate of this stage to ${rate} or less and start again.`, { step, rate });
}

/** The device is gone: taken away by the browser, reset by the driver, unplugged. A fresh worker may get another one. */
export function deviceLost(detail: string): RetortError {
  return new RetortError(
    'device-lost',
    'The graphics card went away while computing. Resume the run from its last checkpoint; if it happens again, choose a smaller setting or the WebAssembly engine.',
    {}, { cause: new Error(detail) },
  );
}

/** A command did not pass the driver's checks. tfjs goes on with buffers full of zeros, so nothing computed from here on can be trusted. */
export function deviceRefused(detail: string): RetortError {
  return new RetortError(
    'device-refused',
    'The graphics driver refused a command, so what was computed since the last checkpoint is not used. Resume the run; if it happens again, choose the WebAssembly engine.',
    {}, { cause: new Error(detail) },
  );
}

const MB = 1e6;

/** @param held bytes alive when memory ended, the refused piece included. */
export function outOfMemory(held: number, detail: string): RetortError {
  const megabytes = Math.ceil(held / MB);
  return new RetortError(
    'out-of-memory',
    `Memory ended with about ${megabytes} MB in use. Halve the batch of this stage, or choose a smaller width or resolution, and start again. What was finished before is kept.`,
    { held: megabytes }, { cause: new Error(detail) },
  );
}

/** More than the cap is alive, which the forecast should have refused: stopped before the browser ends the page. */
export function overCap(held: number, cap: number): RetortError {
  const [heldMb, capMb] = [Math.ceil(held / MB), Math.floor(cap / MB)];
  return new RetortError(
    'over-cap',
    `This step needs ${heldMb} MB at once and ${capMb} MB are allowed. Halve the batch of this stage, or raise the memory limit in the engine's details, and start again.`,
    { held: heldMb, allowed: capMb },
  );
}

/** No engine passed its self-test or could be opened. */
export function noEngine(detail: string, cause?: unknown): RetortError {
  return new RetortError(
    'no-engine',
    'Neither the graphics card nor WebAssembly can be used for computing in this browser. Update the browser, or open the page in a recent Chrome, Edge, Firefox or Safari.',
    { detail },
    cause instanceof Error ? { cause } : undefined,
  );
}
