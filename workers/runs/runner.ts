import type { Engine } from '../engine/types';
import type { DataSet } from '../data/types';
import { toFailure } from '../failure';
import type { OptionValue, StageReport, WorkerEvent } from '../protocol';
import { artifactKey, type ArtifactStore } from './artifacts';
import type { RunControl } from './control';
import type { BoundStage } from './stage';
import type { Bundle, StageContext } from './types';

/** One box of the stage graph: a stage, its options, and which boxes feed it. */
export interface GraphNode {
  id: string;
  stage: BoundStage;
  options: Record<string, OptionValue>;
  /** Input name of the stage to the id of the node that makes it. Inputs come earlier in the list. */
  inputs: Record<string, string>;
}

export interface RunnerHost {
  runId: string;
  engine: Engine;
  dataset: DataSet;
  seed: number;
  artifacts: ArtifactStore;
  control: RunControl;
  net: StageContext['net'];
  emit(event: WorkerEvent): void;
  /** Called whenever a stage changes its status, so that the run record can be written. */
  onStage(report: StageReport): Promise<void>;
}

/** Keys of every node, from the leaves up. Pure: the same recipe on the same data has the same keys before anything runs. */
export async function graphKeys(
  nodes: readonly GraphNode[], host: { datasetHash: string; seed: number; engine: string },
): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for (const node of nodes) {
    const inputs: Record<string, string> = { dataset: host.datasetHash };
    for (const [name, from] of Object.entries(node.inputs)) inputs[name] = keys.get(from) ?? '';
    keys.set(node.id, await artifactKey({
      stage: node.stage.id, version: node.stage.version, options: node.options, inputs, seed: host.seed, engine: host.engine,
    }));
  }
  return keys;
}

/** Estimates the time left from the pace of the last ten seconds or so, which forgets the slow first steps. */
class Pace {
  private marks: { time: number; done: number }[] = [];

  secondsLeft(done: number, total: number): number | null {
    const time = performance.now();
    this.marks.push({ time, done });
    while (this.marks.length > 2 && time - this.marks[0].time > 10_000) this.marks.shift();
    const first = this.marks[0];
    const rate = (done - first.done) / (time - first.time);
    return rate > 0 ? (total - done) / rate / 1000 : null;
  }
}

const PROGRESS_EVERY_MS = 200;

function stageContext(host: RunnerHost, node: GraphNode, key: string): StageContext {
  const { runId, emit, artifacts, control, dataset, engine, seed, net } = host;
  const pace = new Pace();
  let lastProgress = 0;
  let lastStep = 0;
  let untold: { done: number; total: number } | null = null;
  const tell = (done: number, total: number): void => {
    lastProgress = performance.now();
    untold = null;
    emit({ type: 'progress', runId, stage: node.id, done, total, secondsLeft: pace.secondsLeft(done, total) });
  };
  const slot = artifacts.checkpoint(key);
  return {
    engine, dataset, seed, net,
    node: node.id,
    signal: control.signal,
    checkpoint: {
      load: () => slot.load(),
      async save(bundle) {
        await slot.save(bundle);
        emit({ type: 'checkpoint', runId, stage: node.id, step: lastStep });
      },
    },
    breathe() {
      // While a run is held nothing else would tell how far it came.
      if (control.isPaused && untold !== null) tell(untold.done, untold.total);
      return control.breathe();
    },
    progress(done, total) {
      lastStep = done;
      if (done < total && performance.now() - lastProgress < PROGRESS_EVERY_MS) untold = { done, total };
      else tell(done, total);
    },
    metric: (step, values) => emit({ type: 'metric', runId, stage: node.id, step, values }),
    curvePoint: (point) => emit({ type: 'metric', runId, stage: node.id, step: point.step, values: { fd: point.fd, kid: point.kid } }),
    images: (step, pixels, count) => emit({
      type: 'images', runId, stage: node.id, step, count, pixels,
      size: dataset.summary.size, channels: dataset.summary.channels,
    }),
    log: (line) => emit({ type: 'log', runId, line }),
    emit,
  };
}

/**
 * Runs the graph in order, taking from the store what is already made. A stage that fails leaves its checkpoint behind, so
 * the next attempt goes on from there.
 *
 * @returns the bundles of all nodes by id.
 */
export async function runGraph(nodes: readonly GraphNode[], host: RunnerHost): Promise<Map<string, Bundle>> {
  const keys = await graphKeys(nodes, {
    datasetHash: host.dataset.summary.hash, seed: host.seed, engine: host.engine.verdict.kind,
  });
  const bundles = new Map<string, Bundle>();
  for (const node of nodes) {
    host.control.signal.throwIfAborted();
    const key = keys.get(node.id) ?? '';
    const report = async (status: StageReport['status'], seconds: number) => {
      const stage: StageReport = { id: node.id, key, status, seconds };
      await host.onStage(stage);
      host.emit({ type: 'stage', runId: host.runId, stage });
    };
    const known = await host.artifacts.get(key);
    if (known !== null) {
      bundles.set(node.id, known);
      await report('cached', 0);
    } else {
      const started = performance.now();
      const seconds = () => (performance.now() - started) / 1000;
      await report('running', 0);
      try {
        const inputs = Object.fromEntries(Object.entries(node.inputs).map(([name, from]) => [name, bundles.get(from) as Bundle]));
        const bundle = await node.stage.run(stageContext(host, node, key), inputs, node.options);
        await host.artifacts.put(key, bundle);
        bundles.set(node.id, bundle);
      } catch (error) {
        await report(toFailure(error).code === 'aborted' ? 'waiting' : 'failed', seconds());
        throw error;
      }
      await report('done', seconds());
    }
    if (node.id === 'score') host.emit({ type: 'scored', runId: host.runId });
  }
  return bundles;
}
