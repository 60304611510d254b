import type { DataSet } from '../data/types';
import { RetortError } from '../failure';
import { selectOptions } from '../methods/d2c/select.options';
import { scoredImages, selectRows, type ScoredImages } from '../methods/d2c/select';
import { RANDOM_SUBSETS, RawDistance } from '../methods/d2c/select.raw';
import { spreadOf } from '../metrics/spread';
import { sizesPerClass } from '../methods/d2c/strategies/candidates';
import type { BehindQuery, BehindView, ExploreApi, ScoreSummary, SelectionView, SelectOptions, Spread } from '../protocol';
import type { Bundle } from '../runs/types';
import { imagesBehind, type EvidenceSource } from './behind';

/** What exploring a run needs from the stores. */
export interface ExploreSource {
  score: Bundle;
  encoder: Bundle;
  judge: Bundle;
  dataset: Pick<DataSet, 'summary' | 'labels' | 'rows'>;
  /** Seed of the run's recipe. */
  seed: number;
  /** Mean bytes of one exported picture. */
  pictureBytes: number;
}

/** Lets messages in, among them a newer `select`. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function validOptions(options: SelectOptions): SelectOptions {
  const result = selectOptions.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const option = issue.path.map(String).join('.');
  throw new RetortError('bad-option', `The option select.${option} is not valid: ${issue.message}.`, { stage: 'select', option, problem: issue.message });
}

/** One run with its scores sorted and its references measured, so that a slider move costs milliseconds. */
class Session {
  readonly scored: ScoredImages;
  private readonly raw: RawDistance;
  /** Distances of random subsets so far, by class counts; what a superseded call has measured is kept. */
  private readonly randomDistances = new Map<string, number[]>();

  constructor(readonly source: ExploreSource) {
    const { score, encoder, judge, dataset } = source;
    const labels = dataset.labels();
    this.scored = scoredImages(score, encoder, labels, dataset.summary.classes.length);
    const { features } = judge.parts;
    if (!(features instanceof Float32Array)) {
      throw new RetortError('artifact-incomplete', 'A stored result lacks its part "features". Delete the run and start it again.', { part: 'features' });
    }
    this.raw = new RawDistance(features, features.length / labels.length, dataset.rows('test'));
  }

  summary(): ScoreSummary {
    const { source: { score, dataset: { summary } }, scored: { candidates, rows } } = this;
    // JSON turned the NaN of classes too small to rank into null.
    const agreement = score.head.rankAgreement as { global: number; withinClass: number; perClass: (number | null)[] };
    return {
      datasetId: summary.id,
      indices: rows,
      scores: Float32Array.from(candidates.scores),
      classes: Uint16Array.from(candidates.classes),
      classNames: summary.classes.map(({ name }) => name),
      rankAgreement: { ...agreement, perClass: agreement.perClass.map((rho) => rho ?? Number.NaN) },
    };
  }

  bytes(images: number): number {
    return Math.round(images * this.source.pictureBytes);
  }

  /** @param goOn throws when the call was superseded; asked between measurements. */
  async view(options: SelectOptions, goOn: () => void): Promise<SelectionView> {
    const started = performance.now();
    const { picked, perClass } = selectRows(this.scored, options, this.source.seed);
    const milliseconds = performance.now() - started;
    await nextTask();
    goOn();
    const fdRaw = this.raw.of(picked);
    const randomFdRaw = await this.randomSpread(perClass, goOn);
    return { picked, perClass, bytes: this.bytes(picked.length), fdRaw, randomFdRaw, milliseconds };
  }

  private async randomSpread(perClass: readonly number[], goOn: () => void): Promise<Spread> {
    const key = perClass.join();
    const distances = this.randomDistances.get(key) ?? [];
    this.randomDistances.set(key, distances);
    while (distances.length < RANDOM_SUBSETS) {
      distances.push(this.raw.ofRandom(this.scored, perClass, this.source.seed, distances.length));
      await nextTask();
      goOn();
    }
    return spreadOf(distances);
  }
}

/** Answers the page's questions about the scores of finished scorings. Holds one run at a time. */
export class Explorer implements ExploreApi {
  private held: { runId: string; session: Promise<Session> } | null = null;
  private latest = 0;

  /**
   * @param open reads what selecting needs of a run; see `load.ts`.
   * @param look reads whatever else a run has stored, and lets go of its data set when the answer is there.
   */
  constructor(
    private readonly open: (runId: string) => Promise<ExploreSource>,
    private readonly look: <T>(runId: string, read: (source: EvidenceSource) => Promise<T>) => Promise<T>,
  ) {}

  async load(runId: string): Promise<ScoreSummary> {
    return (await this.session(runId)).summary();
  }

  behind(runId: string, query: BehindQuery): Promise<BehindView> {
    return this.look(runId, (source) => imagesBehind(source, query));
  }

  async select(runId: string, options: SelectOptions): Promise<SelectionView> {
    const turn = ++this.latest;
    const goOn = (): void => {
      if (turn !== this.latest) {
        throw new RetortError('superseded', 'A newer selection took the place of this one. Wait for that one.');
      }
    };
    const valid = validOptions(options);
    const session = await this.session(runId);
    // A slider sends calls faster than they are answered: those already queued are let in first.
    await nextTask();
    goOn();
    return session.view(valid, goOn);
  }

  async sizes(runId: string, options: SelectOptions): Promise<{ imagesPerClass: number; percent: number; bytes: number }> {
    const { imagesPerClass } = validOptions(options);
    const session = await this.session(runId);
    const { candidates, rows } = session.scored;
    const count = sizesPerClass(candidates, imagesPerClass).reduce((sum, size) => sum + size, 0);
    return { imagesPerClass, percent: (100 * count) / rows.length, bytes: session.bytes(count) };
  }

  private session(runId: string): Promise<Session> {
    if (this.held?.runId === runId) return this.held.session;
    const session = this.open(runId).then((source) => new Session(source));
    const held = { runId, session };
    this.held = held;
    // A run that could not be opened yet, because it is not scored, may be asked for again.
    session.catch(() => {
      if (this.held === held) this.held = null;
    });
    return session;
  }
}
