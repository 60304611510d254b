import { RetortError } from '../failure';

/** A loss or gradient that is not a number any more. */
export function notFinite(step: number): RetortError {
  return new RetortError(
    'nan-loss',
    `Training diverged at step ${step}: the loss is no longer a number. Lower the learning rate and resume from the last checkpoint.`,
    { step },
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
