import { datasetPath, listDataSets, removeDataSet, sweepUnfinished } from '../data/dataset';
import { hashText } from '../data/phash';
import { pixelStatistics } from '../data/statistics';
import type { Store } from '../data/storage';
import type { ImageRecord } from '../data/types';
import { RetortError } from '../failure';
import { Sha256 } from '../formats/sha256';
import type { ZipLimits } from '../formats/zip-read';
import type { ClassSummary, DataSetSummary, IntakeOptions, IntakeSource, Verdict } from '../protocol';
import { planSource, type Candidate, type Plan } from './candidates';
import { Choice } from './choice';
import { breathe, Budget, ordered } from './concurrency';
import { Duplicates, type Match } from './duplicates';
import { Feed, type Emit } from './feed';
import type { Decoder } from './picture';
import { processCandidate, type Processed } from './process';
import { walk, type SampleFiles, type SourceEntry } from './sources';
import { verdict, type Reason } from './verdicts';
import { findWarnings } from './warnings';
import { DataSetWriter } from './writer';

/** Files read and decoded at a time. */
const WIDTH = 8;
/** Pixels being decoded at a time: 64 MP are 256 MB. A larger picture waits until it is alone. */
const DECODE_PIXELS = 64e6;
const BREATHE_MS = 40;
const SIZES_LISTED = 12;

/** What the intake needs from the world, so that tests run it in Node. */
export interface Environment {
  store: Store;
  decoder: (background: string) => Decoder;
  sample: SampleFiles;
  /** Milliseconds for pacing and for `createdAt`. */
  clock(): number;
  now(): number;
  id(): string;
  zipLimits?: ZipLimits;
}

type Done = Extract<Processed, { prepared: unknown }>;

/** One reading of one source. Everything it learns lives here; what it stores goes through the writer. */
class Intake {
  private readonly feed: Feed;
  private readonly duplicates: Duplicates;
  private readonly stored: Candidate[] = [];
  private readonly sizes = new Map<string, number>();
  private readonly budget = new Budget(DECODE_PIXELS);
  private grey = true;
  private near = 0;
  private conflicts = 0;
  private enlarged = 0;
  private sourceBytes = 0;

  constructor(
    private readonly env: Environment, private readonly writer: DataSetWriter, private readonly options: IntakeOptions,
    private readonly signal: AbortSignal, emit: Emit,
  ) {
    this.duplicates = new Duplicates((row) => writer.pixelsOf(row));
    this.feed = new Feed(emit, options.size, options.channels, env.clock);
  }

  async read(source: IntakeSource): Promise<DataSetSummary> {
    const entries = await this.list(source);
    const plan = await planSource(this.env.store, this.writer.id, source.name, entries, this.signal);
    try {
      for (const item of plan.verdicts) this.record(item);
      this.feed.refused = this.feed.read = plan.refused;
      const choice = new Choice(plan.classes, plan.candidates, plan.splits === 'folders', this.options);
      await this.readAll(plan, choice);
      return await this.store(source, plan, choice);
    } finally {
      plan.close();
    }
  }

  private async list(source: IntakeSource): Promise<SourceEntry[]> {
    const entries: SourceEntry[] = [];
    for await (const entry of walk(source, this.env.sample, this.env.zipLimits)) {
      this.signal.throwIfAborted();
      entries.push(entry);
      this.feed.progress();
    }
    return entries;
  }

  private async readAll(plan: Plan, choice: Choice): Promise<void> {
    const decoder = this.env.decoder(this.options.background);
    let batch = choice.first();
    const counts = plan.classes.map(() => 0);
    for (const candidate of batch) counts[candidate.classIndex]++;
    this.feed.classes(plan.classes, counts);
    this.feed.begin(this.feed.read + batch.length);
    let rested = this.env.clock();
    while (batch.length > 0) {
      const task = (candidate: Candidate): Promise<Processed> => {
        this.signal.throwIfAborted();
        return processCandidate(candidate, decoder, this.options, this.budget);
      };
      for await (const result of ordered(batch, WIDTH, async (candidate) => task(candidate))) {
        this.signal.throwIfAborted();
        this.take(result, plan, choice);
        this.feed.progress();
        if (this.env.clock() - rested < BREATHE_MS) continue;
        await breathe();
        rested = this.env.clock();
      }
      batch = choice.more();
      this.feed.total = this.feed.read + batch.length;
    }
    const unread = choice.unread();
    if (unread.count > 0) this.record(verdict(unread.path, 'refused', -1, [{ code: 'beyond-limit', params: { count: unread.count } }]));
    this.feed.flush();
  }

  private record(item: Verdict): void {
    this.writer.verdict(item);
    this.feed.verdict(item);
  }

  private take(result: Processed, plan: Plan, choice: Choice): void {
    const { candidate } = result;
    this.feed.read++;
    if ('reason' in result) {
      this.feed.refused++;
      this.record(verdict(candidate.path, 'refused', -1, [result.reason]));
      return;
    }
    const match = this.duplicates.find(result.sha256, result.prepared);
    const reasons = match.kind === 'new' ? [] : [this.repetition(match, candidate, plan)];
    if (match.kind === 'exact') {
      this.feed.duplicates++;
      this.record(verdict(candidate.path, 'duplicate', -1, reasons));
      return;
    }
    const near = match.kind === 'near';
    if (near) this.near++;
    if (near && this.options.nearDuplicates === 'drop') {
      this.record(verdict(candidate.path, 'near-duplicate', -1, reasons));
      return;
    }
    const row = this.keep(result, near ? match.row : -1);
    choice.accept(candidate);
    this.record(verdict(candidate.path, near ? 'near-duplicate' : 'accepted', row, [...reasons, ...result.remarks]));
  }

  private repetition(match: Exclude<Match, { kind: 'new' }>, candidate: Candidate, plan: Plan): Reason {
    const other = this.stored[match.row];
    const base = match.kind === 'exact' ? 'duplicate' : 'near-duplicate';
    if (other.classIndex === candidate.classIndex) return { code: base, params: { of: other.path } };
    if (match.kind === 'exact') this.conflicts++;
    return {
      code: `${base}-other-class`,
      params: { of: other.path, ofClass: plan.classes[other.classIndex], class: plan.classes[candidate.classIndex] },
    };
  }

  private keep(result: Done, nearDuplicateOf: number): number {
    const { candidate, prepared, sha256, bytes, type, orientation } = result;
    const { width, height } = prepared;
    const row = this.writer.append(prepared.pixels, {
      path: candidate.path, classIndex: candidate.classIndex, sha256, phash: hashText(prepared.phash),
      width, height, bytes: bytes.length, type, orientation, nearDuplicateOf, ...(candidate.metadata && { metadata: candidate.metadata }),
    }, type === 'raw' ? null : bytes);
    this.stored.push(candidate);
    this.duplicates.add(sha256, prepared, row);
    this.grey &&= prepared.grey;
    this.sourceBytes += bytes.length;
    if (width < this.options.size && height < this.options.size) this.enlarged++;
    const size = `${width}x${height}`;
    this.sizes.set(size, (this.sizes.get(size) ?? 0) + 1);
    this.feed.accepted++;
    this.feed.image({ index: row, classIndex: candidate.classIndex, split: candidate.given ?? 'train', path: candidate.path, pixels: prepared.pixels.slice() }, prepared.grey);
    return row;
  }

  /** Splits, statistics and the manifest. Classes of which nothing could be used vanish here. */
  private async store(source: IntakeSource, plan: Plan, choice: Choice): Promise<DataSetSummary> {
    const { writer, options, feed } = this;
    if (writer.records.length === 0) {
      throw new RetortError('no-images', `None of the ${feed.read} files in ${source.name} could be used. The verdicts say why for each of them.`, { name: source.name, read: feed.read });
    }
    const splits = choice.splits();
    const used = new Set(this.stored.map((candidate) => candidate.classIndex));
    const names = plan.classes.filter((_, c) => used.has(c));
    writer.assign((row) => splits.get(this.stored[row]) ?? 'train', plan.classes.map((name) => names.indexOf(name)));
    const classes = names.map((name): ClassSummary => ({ name, train: 0, test: 0, reserve: 0 }));
    for (const record of writer.records) classes[record.classIndex][record.split]++;
    if (classes.every((summary) => summary.train === 0)) {
      throw new RetortError('no-train', 'No picture of the training split could be used. The verdicts say why for each of them.', {});
    }
    const channels = options.channels === 'grey' || (options.channels === 'auto' && this.grey) ? 1 : 3;
    if (channels === 1 && options.channels === 'auto') writer.compact();
    const findings = {
      classes, empty: plan.classes.filter((_, c) => !used.has(c)), enlarged: this.enlarged, conflicts: this.conflicts,
      size: options.size, originalsDropped: writer.originalsDropped, keepOriginals: options.keepOriginals,
    };
    const summary: DataSetSummary = {
      id: writer.id, name: source.name, options, size: options.size, channels,
      count: writer.records.length, read: feed.read, accepted: feed.accepted, refused: feed.refused, duplicates: feed.duplicates,
      nearDuplicates: this.near, sourceBytes: this.sourceBytes, originalBytes: writer.originalBytes,
      classes, splits: plan.splits, labels: plan.labels,
      ...pixelStatistics(writer.packed(), writer.records, names, channels, options),
      sourceSizes: this.commonSizes(), warnings: [...plan.warnings, ...findWarnings(findings)], ...metadataOf(plan.columns, writer.records), createdAt: this.env.now(),
    };
    plan.close();
    for (const name of plan.spooled) await this.env.store.remove(datasetPath(writer.id, name));
    this.signal.throwIfAborted();
    await writer.commit(summary);
    feed.classes(names, classes.map((item) => item.train + item.test + item.reserve));
    return summary;
  }

  private commonSizes(): DataSetSummary['sourceSizes'] {
    return [...this.sizes]
      .map(([size, count]) => ({ width: Number(size.split('x')[0]), height: Number(size.split('x')[1]), count }))
      .sort((a, b) => b.count - a.count || a.width - b.width || a.height - b.height)
      .slice(0, SIZES_LISTED);
  }

  flush(): void {
    this.feed.flush();
  }
}

/** What the summary tells of the columns kept with the images. */
function metadataOf(columns: string[] | undefined, records: readonly ImageRecord[]): Pick<DataSetSummary, 'metadata'> {
  if (columns === undefined) return {};
  const hash = new Sha256();
  const encoder = new TextEncoder();
  hash.update(encoder.encode(JSON.stringify(columns)));
  for (const { metadata } of records) hash.update(encoder.encode(JSON.stringify(metadata ?? [])));
  return { metadata: { columns, hash: hash.hex() } };
}

/** The same folder read twice in the same way is one data set, not two. */
async function unlessKnown(store: Store, summary: DataSetSummary): Promise<DataSetSummary> {
  // Metadata is no part of the data set's hash, since no stage looks at it, but a report does.
  const facts = ({ name, hash, read, accepted, refused, duplicates, originalBytes, metadata }: DataSetSummary): string =>
    JSON.stringify([name, hash, read, accepted, refused, duplicates, originalBytes, metadata?.hash]);
  const known = (await listDataSets(store)).find((other) => other.id !== summary.id && facts(other) === facts(summary));
  if (!known) return summary;
  await removeDataSet(store, summary.id);
  return known;
}

/**
 * Reads a source into a new data set. Either the whole set is stored or, on any failure or on abort, nothing of it.
 *
 * @throws RetortError `cancelled`, `quota`, `empty-folder`, `no-images`, `no-train`, `zip-*`, `idx-*`.
 */
export async function readSource(env: Environment, source: IntakeSource, options: IntakeOptions, signal: AbortSignal, emit: Emit): Promise<DataSetSummary> {
  await sweepUnfinished(env.store);
  const writer = await DataSetWriter.create(env.store, env.id(), options);
  const intake = new Intake(env, writer, options, signal, emit);
  try {
    const summary = await unlessKnown(env.store, await intake.read(source));
    emit({ type: 'done', dataset: summary });
    return summary;
  } catch (error) {
    intake.flush();
    await writer.discard();
    if (signal.aborted) throw new RetortError('cancelled', 'Reading was stopped and nothing was stored. Drop the folder again to start over.', {}, { cause: error });
    throw error;
  }
}
