import type { DataSetSummary, EngineVerdict, Forecast } from '../protocol';
import { RetortError, toFailure } from '../failure';
import type { NodeCost } from '../methods/method';
import type { Files } from './files';
import type { GraphNode } from './runner';

/** Sustained training speed assumed before anything was measured on this engine, FLOP/s. Deliberately low. */
const FIRST_GUESS: Record<EngineVerdict['kind'], number> = { webgpu: 30e9, wasm: 15e9, cpu: 0.2e9 };

/** Tensor bytes that a run may hold at once. wasm memory ends at 4 GiB, and the tape needs air. */
const CAP: Record<EngineVerdict['kind'], number> = { webgpu: 4 * 2 ** 30, wasm: 2.5 * 2 ** 30, cpu: 2 * 2 ** 30 };

const PATH = 'timings.json';

type Timings = Record<string, { flops: number; seconds: number }>;

function timingKey(engine: EngineVerdict, stage: string): string {
  return `${engine.kind}/${engine.adapter}/${engine.threads}/${stage}`;
}

/** Speeds measured in earlier runs on this machine, by engine and stage. */
export class TimingBook {
  constructor(private readonly files: Files) {}

  private async read(): Promise<Timings> {
    const bytes = await this.files.read(PATH);
    return bytes === null ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as Timings);
  }

  /** FLOP/s of a stage: as measured, else the mean of what was measured on this engine, else the first guess. */
  async speeds(engine: EngineVerdict): Promise<(stage: string) => number> {
    const timings = await this.read();
    const prefix = timingKey(engine, '');
    const mine = Object.entries(timings).filter(([key]) => key.startsWith(prefix));
    const flops = mine.reduce((sum, [, timing]) => sum + timing.flops, 0);
    const seconds = mine.reduce((sum, [, timing]) => sum + timing.seconds, 0);
    const general = seconds > 0 ? flops / seconds : FIRST_GUESS[engine.kind];
    return (stage) => {
      const timing = timings[timingKey(engine, stage)];
      return timing === undefined ? general : timing.flops / timing.seconds;
    };
  }

  /** Remembers the newest measurement of a stage. Resumed stages must not be recorded: their seconds are not their whole cost. */
  async record(engine: EngineVerdict, stage: string, cost: NodeCost, seconds: number): Promise<void> {
    if (seconds <= 0 || cost.flops <= 0) return;
    const timings = await this.read();
    timings[timingKey(engine, stage)] = { flops: cost.flops, seconds };
    await this.files.write(PATH, new TextEncoder().encode(JSON.stringify(timings)));
  }
}

/** Time and memory of a run before it starts. Cached stages cost nothing. */
export function forecast(
  nodes: readonly GraphNode[], costs: readonly NodeCost[], cached: readonly boolean[],
  speed: (stage: string) => number, engine: EngineVerdict, dataset: DataSetSummary,
): Forecast {
  const stages = nodes.map((node, i) => ({
    id: node.id, cached: cached[i], seconds: cached[i] ? 0 : costs[i].flops / speed(node.stage.id),
  }));
  const open = costs.filter((_, i) => !cached[i]);
  const bytes = open.reduce((most, cost) => Math.max(most, cost.bytes), 0) + dataset.size ** 2 * dataset.channels * 4;
  const cap = CAP[engine.kind];
  let refusal: Forecast['refusal'] = null;
  if (bytes > cap) {
    const wanted = Math.ceil(bytes / 2 ** 20);
    const allowed = Math.floor(cap / 2 ** 20);
    const size = Math.max(16, Math.floor((dataset.size * Math.sqrt(cap / bytes)) / 4) * 4);
    refusal = toFailure(new RetortError(
      'too-large', `This run would hold about ${wanted} MB at once and ${allowed} MB are allowed. Read the images at ${size} px, or halve the batch.`,
      { wanted, allowed, size },
    ));
  }
  return { seconds: stages.reduce((sum, stage) => sum + stage.seconds, 0), bytes, stages, refusal };
}
