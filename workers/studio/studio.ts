import { openDataSet } from '../data/dataset';
import type { DataSet } from '../data/types';
import { openEngine } from '../engine/open';
import type { Engine } from '../engine/types';
import { RetortError, toFailure } from '../failure';
import { loadNet } from '../features/library';
import { methods } from '../methods';
import type {
  DataSetSummary, EngineFigures, EngineKind, EngineVerdict, Forecast, Recipe, RunStatus, RunSummary, StageDescription, StageReport, StudioApi, WorkerEvent,
} from '../protocol';
import { RunControl, transition, type RunAction } from '../runs/control';
import { forecast, TimingBook } from '../runs/forecast';
import { resolveRecipe } from '../runs/recipe';
import { graphKeys, runGraph, type GraphNode } from '../runs/runner';
import { openStores, type Stores } from '../runs/store';
import { faultBehind } from './fault';
import { fileTuningStore } from './tuning';

const HEARTBEAT_MS = 5_000;

/** Faults of the engine after which a run can go on from its checkpoint as it is. */
const INTERRUPTS = new Set(['device-lost', 'device-refused']);

interface ActiveRun {
  record: RunSummary;
  control: RunControl;
  finished: Promise<void>;
}

function newRunId(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** Owns the engine and the run that is going on; there is at most one. */
export class Studio implements StudioApi {
  private engine: Engine | null = null;
  private port: MessagePort | null = null;
  private active: ActiveRun | null = null;
  private readonly stores: Promise<Stores & { timings: TimingBook }>;

  /** @param wasmUrls addresses of the wasm builds by file name. */
  constructor(private readonly wasmUrls: Record<string, string>) {
    this.stores = openStores().then((stores) => ({ ...stores, timings: new TimingBook(stores.files) }));
    this.stores.catch(() => undefined);
  }

  async open(kind: 'auto' | EngineKind, port: MessagePort): Promise<EngineVerdict> {
    this.port = port;
    setInterval(() => this.emit({ type: 'heartbeat' }), HEARTBEAT_MS);
    const { files } = await this.stores;
    this.engine = await openEngine({ engine: kind, wasmUrls: this.wasmUrls, tuning: { when: 'auto', store: fileTuningStore(files) } });
    void this.engine.lost.then((fault) => this.fault(fault));
    await this.markInterrupted();
    return this.engine.verdict;
  }

  async stages(): Promise<StageDescription[]> {
    return Object.values(methods).flatMap((method) => method.stages.map((stage) => stage.description));
  }

  async resolve(recipe: Recipe): Promise<Recipe> {
    const method = methods[recipe.method];
    return resolveRecipe(recipe, method.stages, method.presets);
  }

  async forecast(datasetId: string, recipe: Recipe): Promise<Forecast> {
    const { artifacts, timings } = await this.stores;
    const engine = this.opened();
    const summary = await this.summary(datasetId);
    const { nodes, costs } = await this.plan(recipe, summary);
    const keys = await graphKeys(nodes, { datasetHash: summary.hash, seed: recipe.seed, engine: engine.verdict.kind });
    const cached = await Promise.all(nodes.map((node) => artifacts.has(keys.get(node.id) ?? '')));
    const method = methods[recipe.method];
    return forecast(nodes, costs, cached, await timings.speeds(engine.verdict), summary, {
      cap: engine.counters().capBytes,
      // A changed node stands in its own place, where others that look at it find it.
      cost: (node, dataset) => method.cost(node, dataset, nodes.map((other) => (other.id === node.id ? node : other))),
    });
  }

  async start(datasetId: string, recipe: Recipe, name: string): Promise<string> {
    const resolved = await this.resolve(recipe);
    const { refusal } = await this.forecast(datasetId, resolved);
    if (refusal !== null) throw new RetortError(refusal.code, refusal.sentence, refusal.params);
    const summary = await this.summary(datasetId);
    const now = Date.now();
    const record: RunSummary = {
      id: newRunId(), name, datasetId, datasetName: summary.name, recipe: resolved, status: 'interrupted', stages: [],
      engine: this.opened().verdict, failure: null, result: null, createdAt: now, updatedAt: now,
    };
    await this.launch(record);
    return record.id;
  }

  async resumeRun(runId: string): Promise<void> {
    const { runs } = await this.stores;
    const record = await runs.load(runId);
    if (this.active?.record.id === runId) return this.resume();
    await this.launch({ ...record, engine: this.opened().verdict });
  }

  async pause(): Promise<void> {
    this.active?.control.pause();
    await this.act('pause');
  }

  async step(): Promise<void> {
    this.active?.control.step();
    await this.act('step');
  }

  async resume(): Promise<void> {
    this.active?.control.resume();
    await this.act('resume');
  }

  async stop(): Promise<void> {
    const active = this.active;
    if (active === null) return;
    active.control.stop(new DOMException('stopped', 'AbortError'));
    await active.finished;
  }

  async runs(): Promise<RunSummary[]> {
    const { runs } = await this.stores;
    return runs.list();
  }

  async removeRun(runId: string): Promise<void> {
    const { runs, artifacts } = await this.stores;
    if (this.active?.record.id === runId) await this.stop();
    await runs.remove(runId);
    // Artifacts are shared between runs: only those that no other run names may go.
    const kept = new Set((await runs.list()).flatMap((run) => run.stages.map((stage) => stage.key)));
    for (const key of await artifacts.keys()) if (!kept.has(key)) await artifacts.remove(key);
  }

  async figures(): Promise<EngineFigures | null> {
    return this.engine?.counters() ?? null;
  }

  async limitMemory(bytes: number | null): Promise<void> {
    this.opened().limitMemory(bytes);
  }

  async loseDevice(): Promise<boolean> {
    return this.opened().loseDevice();
  }

  private opened(): Engine {
    if (this.engine === null) throw new RetortError('no-engine', 'The compute engine is not open yet. Wait for the check at the top of the page to finish.');
    return this.engine;
  }

  private async dataset(id: string): Promise<DataSet> {
    const { data } = await this.stores;
    return openDataSet(data, id);
  }

  private async summary(id: string): Promise<DataSetSummary> {
    const dataset = await this.dataset(id);
    dataset.close();
    return dataset.summary;
  }

  private async plan(recipe: Recipe, dataset: DataSetSummary): Promise<{ nodes: GraphNode[]; costs: ReturnType<(typeof methods)['d2c']['cost']>[] }> {
    const method = methods[recipe.method];
    const nodes = method.graph(await this.resolve(recipe));
    return { nodes, costs: nodes.map((node) => method.cost(node, dataset, nodes)) };
  }

  private async launch(record: RunSummary): Promise<void> {
    if (this.active !== null) throw new RetortError('busy', 'A run is going on already. Stop it or let it finish before you start another.');
    const status = transition(record.status, 'start');
    if (status === null) throw new RetortError('busy', 'This run is going on already.');
    const engine = this.opened();
    const control = new RunControl(() => engine.settled());
    this.active = { record, control, finished: Promise.resolve() };
    record.failure = null;
    await this.setStatus(record, status);
    this.active.finished = this.work(record, control);
  }

  /** Runs the graph to its end; every way out leaves a record and an event. Never rejects. */
  private async work(record: RunSummary, control: RunControl): Promise<void> {
    const { artifacts, timings, data } = await this.stores;
    const engine = this.opened();
    let dataset: DataSet | null = null;
    try {
      dataset = await this.dataset(record.datasetId);
      const { nodes, costs } = await this.plan(record.recipe, dataset.summary);
      const resumed = new Set(record.stages.filter((stage) => stage.status !== 'done' && stage.status !== 'cached').map((stage) => stage.id));
      record.stages = record.stages.filter((stage) => nodes.some((node) => node.id === stage.id));
      const bundles = await runGraph(nodes, {
        runId: record.id, engine, dataset, seed: record.recipe.seed, artifacts, control,
        net: (sha256) => loadNet(data, sha256),
        emit: (event) => this.emit(event),
        onStage: async (stage) => {
          await this.setStage(record, stage);
          const index = nodes.findIndex((node) => node.id === stage.id);
          if (stage.status === 'done' && !resumed.has(stage.id)) await timings.record(engine.verdict, nodes[index].stage.id, costs[index], stage.seconds);
        },
      });
      record.result = methods[record.recipe.method].result(bundles);
      await this.setStatus(record, 'done');
      this.emit({ type: 'done', runId: record.id, result: record.result });
    } catch (error) {
      // A fault ends the run itself; what its stage throws then is only the echo, and may come first.
      if (!control.signal.aborted) await faultBehind(engine.lost);
      if (this.active?.record === record) await this.end(record, error);
    } finally {
      dataset?.close();
      if (this.active?.record === record) this.active = null;
    }
  }

  private async end(record: RunSummary, error: unknown): Promise<void> {
    const failure = toFailure(error);
    if (failure.code === 'aborted') {
      await this.setStatus(record, 'stopped').catch(() => undefined);
      return;
    }
    record.failure = failure;
    const status: RunStatus = INTERRUPTS.has(failure.code) ? 'interrupted' : 'failed';
    // A full disk must not hide the failure that it caused.
    await this.setStatus(record, status).catch(() => this.emit({ type: 'status', runId: record.id, status }));
    this.emit({ type: 'failed', runId: record.id, failure });
  }

  /** Ends the run that computes on an engine that cannot be used any more. The page replaces this worker. */
  private fault(fault: RetortError): void {
    if (this.active === null) {
      this.emit({ type: 'failed', runId: '', failure: toFailure(fault) });
      return;
    }
    const { record, control } = this.active;
    // The stage may be waiting for a read-back that will never come, so the run ends here and not in its own catch.
    this.active = null;
    control.stop(new DOMException(fault.code, 'AbortError'));
    void this.end(record, fault);
  }

  /** After a reload no run is going on: those that say so were interrupted. */
  private async markInterrupted(): Promise<void> {
    const { runs } = await this.stores;
    for (const run of await runs.list()) {
      if (run.status === 'running' || run.status === 'paused') await runs.save({ ...run, status: 'interrupted' });
    }
  }

  private async act(action: RunAction): Promise<void> {
    if (this.active === null) return;
    const status = transition(this.active.record.status, action);
    if (status !== null) await this.setStatus(this.active.record, status);
  }

  private async setStatus(record: RunSummary, status: RunStatus): Promise<void> {
    const { runs } = await this.stores;
    record.status = status;
    record.updatedAt = Date.now();
    this.emit({ type: 'status', runId: record.id, status });
    await runs.save(record);
  }

  private async setStage(record: RunSummary, stage: StageReport): Promise<void> {
    const { runs } = await this.stores;
    record.stages = [...record.stages.filter((other) => other.id !== stage.id), stage];
    record.updatedAt = Date.now();
    await runs.save(record);
  }

  private emit(event: WorkerEvent): void {
    this.port?.postMessage(event, event.type === 'images' ? [event.pixels.buffer] : []);
  }
}
