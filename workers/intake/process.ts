import type { IntakeOptions } from '../protocol';
import type { Candidate } from './candidates';
import type { Budget } from './concurrency';
import { fileHash, inspect, prepare, rawPicture, remarks, type Decoder, type Picture, type Prepared } from './picture';
import { Refusal, refuse, type Reason } from './verdicts';

/** A picture read, decoded and reduced, ready to be stored; or why it cannot be. */
export type Processed =
  | { candidate: Candidate; reason: Reason }
  | { candidate: Candidate; prepared: Prepared; sha256: string; bytes: Uint8Array<ArrayBuffer>; type: string; orientation: number; remarks: Reason[] };

async function decode(decoder: Decoder, bytes: Uint8Array<ArrayBuffer>, type: string): Promise<Picture> {
  try {
    return await decoder.decode(bytes, type);
  } catch (error) {
    throw refuse('broken', {}, error);
  }
}

async function processFile(
  candidate: Candidate, content: { read(): Promise<Uint8Array<ArrayBuffer>> }, decoder: Decoder, options: IntakeOptions, budget: Budget,
): Promise<Processed> {
  const bytes = await content.read();
  const header = inspect(bytes);
  const release = await budget.take(header.width * header.height);
  try {
    const [picture, sha256] = await Promise.all([decode(decoder, bytes, header.type), fileHash(bytes)]);
    try {
      const prepared = await prepare(picture, options);
      return { candidate, prepared, sha256, bytes, type: header.type, orientation: header.orientation, remarks: remarks(header) };
    } finally {
      picture.close();
    }
  } finally {
    release();
  }
}

/**
 * Reads one candidate. Everything that is wrong with the file itself comes back as a reason; only failures of the machinery
 * are thrown.
 */
export async function processCandidate(candidate: Candidate, decoder: Decoder, options: IntakeOptions, budget: Budget): Promise<Processed> {
  const { content } = candidate;
  try {
    if ('read' in content) return await processFile(candidate, content, decoder, options, budget);
    const bytes = content.pixels();
    const prepared = await prepare(rawPicture(bytes, content.width, content.height, content.channels), options);
    return { candidate, prepared, sha256: await fileHash(bytes), bytes, type: 'raw', orientation: 1, remarks: [] };
  } catch (error) {
    if (error instanceof Refusal) return { candidate, reason: error.reason };
    throw error;
  }
}
