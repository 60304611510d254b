import { zipLength, zipStream } from '../formats/zip-write';
import { judgeLimits } from '../formats/limits';
import { Sha256 } from '../formats/sha256';
import type { ExportOptions, ExportPlan, LimitVerdict } from '../protocol';
import { breathe, exportEntries } from './contents';
import type { ChosenSet, ExportProgress, ExportSink, ExportSource } from './types';

/** Chunks written between two looks at the event loop; a picture is about five of them. */
const BREATHE_EVERY = 256;
/** Progress reports over a whole export, at most. */
const REPORTS = 200;

/**
 * Names and exact bytes of every entry and of the whole zip, before anything is written.
 * @throws RetortError when the selection cannot be exported, AbortError when cancelled.
 */
export async function planExport(
  source: ExportSource, options: ExportOptions, chosen: ChosenSet, signal: AbortSignal = new AbortController().signal,
): Promise<ExportPlan> {
  const { entries, facts } = await exportEntries(source, options, chosen, () => undefined, signal);
  return { entries: entries.map(({ name, bytes }) => ({ name, bytes })), bytes: zipLength(entries), limits: judgeLimits(facts.limits, facts) };
}

/**
 * Writes the zip into `sink`. Two passes: the first encodes every picture to know its size and digest, since the checksums
 * sort before the pictures; the second encodes it again, the same to the byte, and streams it. Memory holds the written
 * pages, about 200 bytes a picture, and one picture.
 * @returns bytes and SHA-256 of the whole zip, equal for equal runs, selections and options; and the limits that were set, held against the figures.
 * @throws RetortError when the selection cannot be exported or the sink is full, AbortError when cancelled.
 */
export async function writeExport(
  source: ExportSource, options: ExportOptions, chosen: ChosenSet, sink: ExportSink,
  onProgress: (progress: ExportProgress) => void, signal: AbortSignal,
): Promise<{ bytes: number; sha256: string; limits: LimitVerdict[] }> {
  const count = chosen.rows.length;
  const total = 2 * count;
  const every = Math.max(1, Math.floor(total / REPORTS));
  let reported = -every;
  const report = (done: number, bytes: number) => {
    if (done - reported < every && done < total) return;
    reported = done;
    onProgress({ done, total, bytes });
  };

  const { entries, facts } = await exportEntries(source, options, chosen, (done) => report(done, 0), signal);
  const length = zipLength(entries);
  const hash = new Sha256();
  let bytes = 0;
  let chunks = 0;
  const reader = zipStream(entries).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      hash.update(value);
      sink.write(value);
      bytes += value.length;
      report(count + Math.floor((count * bytes) / length), bytes);
      if (++chunks % BREATHE_EVERY === 0) await breathe(signal);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error;
  }
  return { bytes, sha256: hash.hex(), limits: judgeLimits(facts.limits, facts) };
}
