import { datasetPath, FILES } from '../data/dataset';
import { Appender, writeText, type Store, type StoreFile } from '../data/storage';
import type { ImageRecord } from '../data/types';
import type { DataSetSummary, IntakeOptions, SplitName, Verdict } from '../protocol';

/** Rows of records joined into one write. */
const LINES = 4096;

/** Writes the files of one data set; the manifest comes last and makes it exist. */
export class DataSetWriter {
  readonly records: ImageRecord[] = [];
  /** Bytes of kept source files; -1 once they were too many. */
  private originalsSize = 0;
  private readonly pixelAppender: Appender;
  private readonly originalAppender: Appender;
  private readonly verdictAppender: Appender;
  private readonly encoder = new TextEncoder();
  private readonly one: Uint8Array<ArrayBuffer>;

  private constructor(
    private readonly store: Store, readonly id: string, private readonly options: IntakeOptions,
    private readonly pixels: StoreFile, private readonly originals: StoreFile, private readonly verdicts: StoreFile,
  ) {
    this.one = new Uint8Array(options.size ** 2 * (options.channels === 'grey' ? 1 : 3));
    this.pixelAppender = new Appender(pixels);
    this.originalAppender = new Appender(originals);
    this.verdictAppender = new Appender(verdicts, 2 ** 16);
  }

  static async create(store: Store, id: string, options: IntakeOptions): Promise<DataSetWriter> {
    const open = (file: string): Promise<StoreFile> => store.create(datasetPath(id, file));
    return new DataSetWriter(store, id, options, await open(FILES.pixels), await open(FILES.originals), await open(FILES.verdicts));
  }

  /** Stores one image and answers its row. The split is set by `assign`. */
  append(pixels: Uint8Array<ArrayBuffer>, record: Omit<ImageRecord, 'original' | 'split'>, source: Uint8Array<ArrayBuffer> | null): number {
    this.pixelAppender.append(pixels);
    const original = source ? this.keep(source) : -1;
    return this.records.push({ ...record, split: 'train', original }) - 1;
  }

  /** Working pixels of a stored row; valid until the next call and until `compact`. */
  pixelsOf(row: number): Uint8Array {
    this.pixelAppender.read(this.one, row * this.one.length);
    return this.one;
  }

  /** All originals or none: an export that carries some of them would be worse than one that says it carries none. */
  private keep(source: Uint8Array<ArrayBuffer>): number {
    if (this.originalsSize < 0) return -1;
    if (this.originalsSize + source.length > this.options.keepOriginals) {
      this.dropOriginals();
      return -1;
    }
    const at = this.originalsSize;
    this.originalAppender.append(source);
    this.originalsSize += source.length;
    return at;
  }

  private dropOriginals(): void {
    this.originalAppender.clear();
    this.originalsSize = -1;
    for (const record of this.records) record.original = -1;
  }

  /** Whether originals were wanted and given up. */
  get originalsDropped(): boolean {
    return this.originalsSize < 0 && this.options.keepOriginals > 0;
  }

  get originalBytes(): number {
    return Math.max(0, this.originalsSize);
  }

  verdict(verdict: Verdict): void {
    this.verdictAppender.append(this.encoder.encode(`${JSON.stringify(verdict)}\n`));
  }

  /** Sets splits and final class indices. */
  assign(split: (row: number) => SplitName, classes: readonly number[]): void {
    this.records.forEach((record, row) => {
      record.split = split(row);
      record.classIndex = classes[record.classIndex];
    });
  }

  /** Reduces three equal channels to one, in place: the reading position is always ahead of the writing one. */
  compact(): void {
    this.pixelAppender.flush();
    const total = this.pixels.size();
    const buffer = new Uint8Array(3 * 2 ** 20);
    for (let at = 0; at < total; at += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, total - at));
      this.pixels.read(part, at);
      for (let i = 0; i < part.length; i += 3) part[i / 3] = part[i];
      this.pixels.write(part.subarray(0, part.length / 3), at / 3);
    }
    this.pixels.truncate(total / 3);
  }

  /** Packed pixels for a pass over all of them. */
  packed(): StoreFile {
    this.pixelAppender.flush();
    return this.pixels;
  }

  /** Flushes everything, then writes the manifest. */
  async commit(summary: DataSetSummary): Promise<void> {
    this.originalAppender.flush();
    this.verdictAppender.flush();
    for (const file of [this.pixels, this.originals, this.verdicts]) file.flush();
    await this.writeRecords();
    this.close();
    await writeText(this.store, datasetPath(this.id, FILES.manifest), JSON.stringify(summary));
  }

  private async writeRecords(): Promise<void> {
    const file = await this.store.create(datasetPath(this.id, FILES.records));
    try {
      const appender = new Appender(file);
      for (let from = 0; from < this.records.length; from += LINES) {
        const lines = this.records.slice(from, from + LINES).map((record) => JSON.stringify(record));
        appender.append(this.encoder.encode(`${lines.join('\n')}\n`));
      }
      appender.flush();
      file.flush();
    } finally {
      file.close();
    }
  }

  close(): void {
    for (const file of [this.pixels, this.originals, this.verdicts]) file.close();
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.close();
    await this.store.remove(datasetPath(this.id));
  }
}
