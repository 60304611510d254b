import type { DataSetSummary, EngineVerdict, Forecast } from '../protocol';
import { RetortError, toFailure } from '../failure';
import type { NodeCost } from '../methods/method';
import type { Files } from './files';
import type { GraphNode } from './runner';

/** Sustained training speed assumed before anything was measured on this engine, FLOP/s. Deliberately low. */
const FIRST_GUESS: Record<EngineVerdict['kind'], number> = { webgpu: 30e9, wasm: 15e9, cpu: 0.2e9 };

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

/** What a run may hold, and what a node would cost under other settings. */
export interface Room {
  /** Tensor bytes that may be alive at once. */
  cap: number;
  cost(node: GraphNode, dataset: DataSetSummary): NodeCost;
}

const MB = 1e6;
/** Sides that images can be read at. */
const LEAST_SIDE = 16;
/** Multiples that a suggested batch or width comes in, while it is above one of them. */
const STEP = 8;

/** Smaller values in the order in which they are nearest: multiples of eight, then halves. */
function below(value: number): number[] {
  const multiples = Array.from({ length: Math.max(0, Math.ceil(value / STEP) - 1) }, (_, i) => STEP * (Math.ceil(value / STEP) - 1 - i));
  return [...multiples, ...[4, 2, 1].filter((small) => small < value)];
}

/** The node with one option changed, or null where its stage would not take that. */
function changed(node: GraphNode, option: string, value: number): GraphNode | null {
  try {
    return { ...node, options: node.stage.resolve({ ...node.options, [option]: value }) };
  } catch {
    return null;
  }
}

/** The nearest smaller setting with which everything fits: the batch of the node that does not, else its width, else the side of all images. */
function smallerSetting(
  worst: GraphNode, open: readonly GraphNode[], dataset: DataSetSummary, { cap, cost }: Room,
): { batch?: number; width?: number; size?: number } {
  const holds = (node: GraphNode, at: DataSetSummary): boolean => {
    try {
      return runBytes(cost(node, at).bytes, at) <= cap;
    } catch {
      // Some widths and sides make no net.
      return false;
    }
  };
  const fits = (option: string, value: number): boolean => {
    const node = changed(worst, option, value);
    return node !== null && holds(node, dataset);
  };
  const { batch, width } = worst.options;
  if (typeof batch === 'number') {
    const value = below(batch).find((smaller) => fits('batch', smaller));
    if (value !== undefined) return { batch: value };
  }
  if (typeof width === 'number') {
    // Zero leaves the width to the net, which takes no more than 128.
    const value = below(width || 128).find((smaller) => fits('width', smaller));
    if (value !== undefined) return { width: value };
  }
  for (let size = dataset.size - 4; size >= LEAST_SIDE; size -= 4) {
    const smaller = { ...dataset, size };
    if (open.every((node) => holds(node, smaller))) return { size };
  }
  return {};
}

/** Bytes of a run: those of its largest stage, and one image of the data set as numbers. */
function runBytes(stage: number, { size, channels }: DataSetSummary): number {
  return stage + size ** 2 * channels * 4;
}

/**
 * Time and memory of a run before it starts. Cached stages cost nothing. A run over the cap is refused with `too-large`, which names the nearest
 * smaller setting that fits.
 */
export function forecast(
  nodes: readonly GraphNode[], costs: readonly NodeCost[], cached: readonly boolean[],
  speed: (stage: string) => number, dataset: DataSetSummary, room: Room,
): Forecast {
  const stages = nodes.map((node, i) => ({
    id: node.id, cached: cached[i], seconds: cached[i] ? 0 : costs[i].flops / speed(node.stage.id),
  }));
  const most = costs.reduce((worst, cost, i) => (!cached[i] && (worst < 0 || cost.bytes > costs[worst].bytes) ? i : worst), -1);
  const bytes = runBytes(most < 0 ? 0 : costs[most].bytes, dataset);
  const refusal = bytes > room.cap && most >= 0 ? tooLarge(bytes, nodes[most], nodes.filter((_, i) => !cached[i]), dataset, room) : null;
  return { seconds: stages.reduce((sum, stage) => sum + stage.seconds, 0), bytes, stages, refusal };
}

function tooLarge(bytes: number, worst: GraphNode, open: readonly GraphNode[], dataset: DataSetSummary, room: Room): Forecast['refusal'] {
  const setting = smallerSetting(worst, open, dataset, room);
  const [wanted, allowed] = [Math.ceil(bytes / MB), Math.floor(room.cap / MB)];
  const stage = worst.stage.description.title;
  const advice = setting.batch !== undefined ? `Set its batch to ${setting.batch}.`
    : setting.width !== undefined ? `Set its width to ${setting.width}.`
      : setting.size !== undefined ? `Read the images at ${setting.size} px.`
        : "Raise the memory limit in the engine's details, or read the images smaller and halve the batch.";
  return toFailure(new RetortError(
    'too-large', `"${stage}" would hold about ${wanted} MB at once and ${allowed} MB are allowed. ${advice}`, { wanted, allowed, stage, ...setting },
  ));
}
