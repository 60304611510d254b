import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Failure, Forecast, Recipe, RunResult, RunStatus, RunSummary, StageReport, WorkerEvent } from '../../../workers/protocol';
import type { Client } from '../../client/types';
import { Series } from './series';

/** Frames of samples kept per stage, to go back and see a model learn. */
const FRAMES = 32;
const LOG_LINES = 300;

export interface Frame {
  step: number;
  size: number;
  channels: 1 | 3;
  count: number;
  pixels: Uint8Array<ArrayBuffer>;
}

export interface StageProgress {
  done: number;
  total: number;
  secondsLeft: number | null;
}

export interface RunState {
  runId: string | null;
  name: string;
  datasetId: string | null;
  recipe: Recipe | null;
  status: RunStatus | null;
  starting: boolean;
  stages: StageReport[];
  progress: Record<string, StageProgress>;
  /** Forecast seconds by stage when the run began: the weights of overall progress. */
  plan: Record<string, number>;
  /** The stage that reported last. */
  current: string | null;
  /** Whether scores of this run can be explored. */
  scored: boolean;
  checkpoint: { stage: string; step: number } | null;
  log: string[];
  result: RunResult | null;
  failure: Failure | null;
  /** Rises when `telemetry` grew; its content is mutable for speed. */
  version: number;
  start(datasetId: string, recipe: Recipe, name: string, forecast: Forecast['stages']): Promise<boolean>;
  setPlan(forecast: Forecast['stages']): void;
  command(action: 'pause' | 'step' | 'resume' | 'stop'): Promise<void>;
  resumeStored(run: RunSummary): Promise<void>;
  open(run: RunSummary): void;
  close(): void;
  receive(event: WorkerEvent): void;
}

/** Curves and frames of the run on screen, by stage, then by name. */
export interface Telemetry {
  series: Map<string, Map<string, Series>>;
  frames: Map<string, Frame[]>;
}

export const isActive = (status: RunStatus | null): boolean => status === 'running' || status === 'paused';

const blank = {
  stages: [], progress: {}, plan: {}, current: null, scored: false, checkpoint: null, log: [], result: null, failure: null,
};

/** Whether the score artifact of a stored run exists. */
function hasScores(stages: readonly StageReport[]): boolean {
  return stages.some(({ id, status }) => id === 'score' && (status === 'done' || status === 'cached'));
}

/**
 * The run on screen. Metrics may come hundreds a second: they go into `telemetry` at once and wake the page through `schedule` at most once a frame.
 */
export function createRunStore(client: Client['studio'], schedule: (task: () => void) => void): { store: StoreApi<RunState>; telemetry: Telemetry } {
  const telemetry: Telemetry = { series: new Map(), frames: new Map() };
  let waking = false;

  const store = createStore<RunState>()((set, get) => {
    const wake = (): void => {
      if (waking) return;
      waking = true;
      schedule(() => {
        waking = false;
        set({ version: get().version + 1 });
      });
    };

    const clear = (): void => {
      telemetry.series.clear();
      telemetry.frames.clear();
    };

    const record = (stage: string, step: number, values: Record<string, number>): void => {
      const ofStage = telemetry.series.get(stage) ?? new Map<string, Series>();
      telemetry.series.set(stage, ofStage);
      for (const [name, value] of Object.entries(values)) {
        const series = ofStage.get(name) ?? new Series();
        ofStage.set(name, series);
        series.push(step, value);
      }
    };

    const showStored = (run: RunSummary): void => {
      clear();
      for (const [arm, points] of Object.entries(run.result?.metrics.curves ?? {})) {
        for (const { step, fd, kid } of points) record(`curve:${arm}`, step, { fd, kid });
      }
      set({
        ...blank, runId: run.id, name: run.name, datasetId: run.datasetId, recipe: run.recipe, status: run.status, stages: run.stages,
        scored: hasScores(run.stages), result: run.result, failure: run.failure, starting: false,
      });
      wake();
    };

    return {
      ...blank,
      runId: null,
      name: '',
      datasetId: null,
      recipe: null,
      status: null,
      starting: false,
      version: 0,

      setPlan(forecast) {
        const { stages } = get();
        const added = forecast.filter(({ id }) => !stages.some((stage) => stage.id === id)).map(({ id }): StageReport => ({ id, key: '', status: 'waiting', seconds: 0 }));
        set({ stages: [...stages, ...added], plan: Object.fromEntries(forecast.map(({ id, seconds }) => [id, seconds])) });
      },

      async start(datasetId, recipe, name, forecast) {
        clear();
        set({ ...blank, runId: null, name, datasetId, recipe, status: null, starting: true });
        get().setPlan(forecast);
        try {
          const runId = await client.start(datasetId, recipe, name);
          // Events may have overtaken the answer; they carry the same id and have set more than this already.
          set({ runId, starting: false, status: get().status ?? 'running' });
          return true;
        } catch (thrown) {
          set({ starting: false, failure: thrown as Failure });
          return false;
        }
      },

      async command(action) {
        try {
          await client[action]();
        } catch (thrown) {
          set({ failure: thrown as Failure });
        }
      },

      async resumeStored(run) {
        showStored(run);
        set({ status: 'running', failure: null });
        try {
          await client.resumeRun(run.id);
        } catch (thrown) {
          set({ status: 'interrupted', failure: thrown as Failure });
        }
      },

      open: showStored,

      close() {
        clear();
        set({ ...blank, runId: null, name: '', datasetId: null, recipe: null, status: null });
      },

      receive(event) {
        if (event.type === 'heartbeat') return;
        const state = get();
        if (state.runId === null && state.starting) set({ runId: event.runId });
        else if (event.runId !== state.runId) return;
        switch (event.type) {
          case 'stage': {
            const known = state.stages.some(({ id }) => id === event.stage.id);
            const stages = known ? state.stages.map((stage) => (stage.id === event.stage.id ? event.stage : stage)) : [...state.stages, event.stage];
            return set({ stages, current: event.stage.status === 'running' ? event.stage.id : state.current });
          }
          case 'progress': {
            const { stage, done, total, secondsLeft } = event;
            return set({ progress: { ...state.progress, [stage]: { done, total, secondsLeft } }, current: stage });
          }
          case 'metric':
            record(event.stage, event.step, event.values);
            return wake();
          case 'images': {
            const { stage, step, size, channels, count, pixels } = event;
            const earlier = (telemetry.frames.get(stage) ?? []).filter((frame) => frame.step < step);
            // Keeps the first frame and thins the middle, so that the scrubber always spans the entire training.
            if (earlier.length >= FRAMES) earlier.splice(1 + (earlier.length >> 1), 1);
            telemetry.frames.set(stage, [...earlier, { step, size, channels, count, pixels }]);
            return wake();
          }
          case 'log':
            return set({ log: [...state.log, event.line].slice(-LOG_LINES) });
          case 'checkpoint':
            return set({ checkpoint: { stage: event.stage, step: event.step } });
          case 'scored':
            return set({ scored: true });
          case 'status':
            return set({ status: event.status, failure: event.status === 'running' ? null : state.failure });
          case 'done':
            return set({ status: 'done', result: event.result });
          case 'failed':
            // A lost device interrupts a run, which can then be resumed; that is not a failure of the run.
            return set({ status: state.status === 'interrupted' ? 'interrupted' : 'failed', failure: event.failure });
        }
      },
    };
  });
  return { store, telemetry };
}

/** Progress over the whole run in [0, 1]: each stage counts by its forecast seconds, or alike where there is no forecast. */
export function overallProgress(
  stages: readonly StageReport[], progress: Record<string, StageProgress>, seconds: Record<string, number>,
): { share: number; secondsLeft: number | null } {
  let total = 0;
  let done = 0;
  let left = 0;
  let known = false;
  for (const { id, status } of stages) {
    const weight = seconds[id] ?? 1;
    total += weight;
    if (status === 'done' || status === 'cached') done += weight;
    else if (status === 'running' && progress[id]) {
      const { done: steps, total: all, secondsLeft } = progress[id];
      done += all > 0 ? weight * (steps / all) : 0;
      if (secondsLeft !== null) {
        left += secondsLeft;
        known = true;
      }
    } else if (seconds[id] !== undefined) left += seconds[id];
  }
  return { share: total === 0 ? 0 : done / total, secondsLeft: known ? left : null };
}
