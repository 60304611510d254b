import type { Failure } from '../../workers/protocol';

function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'code' in value && 'sentence' in value && 'params' in value;
}

/** Whatever a call rejected with, as a `Failure`. Workers reject with one already; the rest is the browser's or ours. */
export function normalise(error: unknown): Failure {
  if (isFailure(error)) return error;
  if (error instanceof DOMException && error.name === 'DataCloneError') {
    return failure('not-readable', 'The browser could not hand these files to the reader. Drop the folder again, or choose it with the button.', error.message);
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return failure('unexpected', 'Something went wrong that Retort did not foresee. Reload the page; finished work is kept.', detail);
}

/** A failure of the page's own. */
export function failure(code: string, sentence: string, detail = '', params: Failure['params'] = {}): Failure {
  return { code, sentence, params, detail };
}
