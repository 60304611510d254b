import type { StoreApi } from 'zustand/vanilla';
import type { DataSetSummary, IntakeSource, Recipe, RunSummary, SelectOptions } from '../../workers/protocol';
import type { Client } from '../client/types';
import { createCompareStore, type CompareState } from '../features/compare/store';
import { createCondenseStore, type CondenseState } from '../features/condense/store';
import { createExploreStore, type ExploreState } from '../features/condense/explore-store';
import { createEngineStore, type EngineState } from '../features/engine/store';
import { createExportStore, type ExportState } from '../features/export/store';
import { Gallery } from '../features/intake/gallery';
import { createIntakeStore, type IntakeState } from '../features/intake/store';
import { createNetsStore, type NetsState } from '../features/nets/store';
import { createRunStore, isActive, type RunState, type Telemetry } from '../features/observe/store';
import { createLibraryStore, type LibraryState } from '../features/runs/store';
import type { Tiles } from '../ui/tile-store';
import { hashOf, type Route, type ShellState } from './shell-store';

/** What the studio needs of a browser, so that it also runs in tests. */
export interface Surroundings {
  createTiles(size: number, channels: 1 | 3): Tiles;
  /** Runs a task before the next frame. */
  schedule(task: () => void): void;
  go(hash: string): void;
}

export interface Studio {
  client: Client;
  gallery: Gallery;
  telemetry: Telemetry;
  shell: StoreApi<ShellState>;
  engine: StoreApi<EngineState>;
  intake: StoreApi<IntakeState>;
  condense: StoreApi<CondenseState>;
  explore: StoreApi<ExploreState>;
  run: StoreApi<RunState>;
  exporter: StoreApi<ExportState>;
  compare: StoreApi<CompareState>;
  library: StoreApi<LibraryState>;
  nets: StoreApi<NetsState>;
  go(route: Route): void;
  /** Thumbnails of any stored data set: those on screen, or others fetched as they are drawn. */
  galleryOf(datasetId: string, size: number, channels: 1 | 3): Gallery;
  /** Shows the reading at once and leads on when it is done. */
  read(source?: IntakeSource): Promise<void>;
  openDataset(dataset: DataSetSummary): void;
  openRun(run: RunSummary): void;
  resumeRun(run: RunSummary): Promise<void>;
  removeDataset(id: string): Promise<void>;
  removeRun(id: string): Promise<void>;
  start(name: string): Promise<void>;
  /** Computes on another engine from now on; while a run is going on, from the next start on. */
  chooseEngine(engine: Recipe['engine']): Promise<void>;
  /** Changes how the subset is chosen, and chooses at once where scores exist. */
  select(options: Partial<SelectOptions>): void;
  boot(): Promise<void>;
}

/** Ties the feature stores together: each one knows only its worker, the consequences across features are here. */
export function createStudio(client: Client, shell: StoreApi<ShellState>, around: Surroundings): Studio {
  const gallery = new Gallery(client.intake, around.createTiles, around.schedule);
  const engine = createEngineStore(client.studio);
  const intake = createIntakeStore(client.intake, gallery);
  const condense = createCondenseStore(client.studio, () => intake.getState().dataset?.id ?? null);
  const explore = createExploreStore(client.explore);
  const { store: run, telemetry } = createRunStore(client.studio, around.schedule);
  const exporter = createExportStore(client.exporter);
  const compare = createCompareStore(client.explore);
  const library = createLibraryStore(client);
  const others = new Map<string, Gallery>();
  const nets = createNetsStore(client.features);

  const go = (route: Route): void => around.go(hashOf(route));
  /** The scores of the run on screen, where its images are on screen too. */
  const loadScores = (): void => {
    const { runId, scored, datasetId } = run.getState();
    if (runId !== null && scored && datasetId === intake.getState().dataset?.id) void explore.getState().load(runId, condense.getState().selection);
  };

  const adoptDataset = (dataset: DataSetSummary): void => {
    condense.getState().fit(dataset);
    exporter.getState().set({ name: dataset.name });
    if (explore.getState().datasetId === dataset.id) return;
    explore.getState().clear();
    loadScores();
  };

  /** The engine that a recipe names, opened where another one is at work; false when it cannot be had. */
  const engineFor = async ({ engine: wanted }: Recipe): Promise<boolean> => engine.getState().wanted === wanted || engine.getState().open(wanted);

  /** The data set of a run, from the store, with the run's own settings in the controls. */
  const recall = (summary: RunSummary): void => {
    const dataset = library.getState().datasets.find(({ id }) => id === summary.datasetId);
    if (dataset) {
      intake.getState().open(dataset);
      adoptDataset(dataset);
    }
    condense.getState().adopt(summary.recipe);
    exporter.getState().set({ name: summary.datasetName });
  };

  client.studio.onEvent((event) => {
    const before = run.getState();
    before.receive(event);
    shell.getState().recovered('studio');
    const after = run.getState();
    if (event.type === 'scored' && after.runId === event.runId) loadScores();
    if (event.type === 'done' || event.type === 'failed' || event.type === 'status') void library.getState().refresh();
  });
  client.onFault((fault) => shell.getState().raise(fault));

  return {
    client, gallery, telemetry, shell, engine, intake, condense, explore, run, exporter, compare, library, nets, go,

    galleryOf(datasetId, size, channels) {
      if (intake.getState().dataset?.id === datasetId) return gallery;
      const known = others.get(datasetId);
      if (known) return known;
      const other = new Gallery(client.intake, around.createTiles, around.schedule);
      other.attach(datasetId, size, channels);
      others.set(datasetId, other);
      return other;
    },

    async read(source) {
      go('data');
      explore.getState().clear();
      const dataset = await intake.getState().read(source);
      if (!dataset) return;
      adoptDataset(dataset);
      await library.getState().refresh();
    },

    openDataset(dataset) {
      intake.getState().open(dataset);
      adoptDataset(dataset);
      go('data');
    },

    openRun(summary) {
      recall(summary);
      // The run that is going on is on screen already, with more than its summary knows.
      if (run.getState().runId !== summary.id) run.getState().open(summary);
      loadScores();
      go('observe');
    },

    async resumeRun(summary) {
      recall(summary);
      go('observe');
      if (!(await engineFor(summary.recipe))) return run.getState().open(summary);
      const resumed = run.getState().resumeStored(summary);
      loadScores();
      // Without a forecast the stages weigh alike, which is worse but not wrong.
      await client.studio.forecast(summary.datasetId, summary.recipe).then(({ stages }) => run.getState().setPlan(stages), () => undefined);
      await resumed;
    },

    async removeDataset(id) {
      await library.getState().removeDataset(id);
      intake.getState().forget(id);
      others.delete(id);
    },

    async removeRun(id) {
      await library.getState().removeRun(id);
      if (run.getState().runId === id) run.getState().close();
      if (explore.getState().runId === id) explore.getState().clear();
      compare.getState().forget(id);
    },

    async start(name) {
      const dataset = intake.getState().dataset;
      const recipe = condense.getState().recipe();
      if (!dataset || !(await engineFor(recipe))) return;
      const started = await run.getState().start(dataset.id, recipe, name, condense.getState().forecast?.stages ?? []);
      if (!started) return;
      go('observe');
      await library.getState().refresh();
    },

    async chooseEngine(wanted) {
      condense.getState().setEffort({ engine: wanted });
      // Another engine is another worker: the run would have to end for it.
      if (isActive(run.getState().status)) return;
      if (await engine.getState().open(wanted)) await condense.getState().describe();
    },

    select(options) {
      condense.getState().select(options);
      void explore.getState().select(condense.getState().selection);
    },

    async boot() {
      const opened = engine.getState().open('auto');
      await library.getState().refresh();
      await opened;
      await condense.getState().describe();
      await library.getState().refresh();
    },
  };
}
