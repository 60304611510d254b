import type { Failure } from './protocol';

/**
 * An error that already carries the sentence a person will read. Thrown anywhere in the workers; crosses the boundary as a
 * plain `Failure` (see `toFailure`), because class identity does not survive structured cloning.
 */
export class RetortError extends Error {
  override readonly name = 'RetortError';

  constructor(
    readonly code: string,
    readonly sentence: string,
    readonly params: Record<string, string | number> = {},
    options?: ErrorOptions,
  ) {
    super(sentence, options);
  }
}

function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'code' in value && 'sentence' in value && 'params' in value;
}

/** Turns anything thrown into a `Failure`. Unknown errors keep their message as detail behind a general sentence. */
export function toFailure(error: unknown): Failure {
  if (error instanceof RetortError) {
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return { code: error.code, sentence: error.sentence, params: error.params, detail: `${error.stack ?? error.message}${cause}` };
  }
  if (isFailure(error)) return error;
  if (error instanceof DOMException && error.name === 'QuotaExceededError') {
    return {
      code: 'quota',
      sentence: 'The browser gives this page no more storage. Free some disk space or delete old runs and data sets, then resume.',
      params: {},
      detail: error.message,
    };
  }
  if (error instanceof DOMException && error.name === 'AbortError') {
    return { code: 'aborted', sentence: 'Stopped. What was finished is kept.', params: {}, detail: error.message };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: 'unexpected',
    sentence: 'Something went wrong that Retort did not foresee. Resume the run; if it happens again, the log says where.',
    params: {},
    detail,
  };
}
