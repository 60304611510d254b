import { createStore, type StoreApi } from 'zustand/vanilla';
import type {
  DataSetSummary, Failure, Forecast, OptionValue, Recipe, SelectOptions, StageDescription, StageId, Strategy,
} from '../../../workers/protocol';
import type { Client } from '../../client/types';

export const strategies = ['interval', 'match', 'bestof', 'stratified', 'random', 'medium', 'herding', 'kcenter', 'min', 'max'] as const satisfies readonly Strategy[];
export const presets = ['quick', 'standard', 'thorough'] as const;

/** Wait before a forecast, so that a moving slider does not queue one a pixel. */
const FORECAST_DELAY = 200;

export interface CondenseState {
  preset: Recipe['preset'];
  /** Seed of the run; `selection.seed` is added to it where a selection is drawn. */
  seed: number;
  engine: Recipe['engine'];
  selection: SelectOptions;
  /** Options set by hand, by stage; everything else takes the preset's value. */
  overrides: Recipe['options'];
  stages: StageDescription[];
  /** Values of the preset with nothing changed, to show as placeholders. */
  resolved: Recipe | null;
  forecast: Forecast | null;
  /** Why there is no forecast, such as an option out of range. */
  failure: Failure | null;
  forecasting: boolean;
  /** Empty takes a name made from the data set and the size. */
  name: string;
  describe(): Promise<void>;
  /** Makes the settings fit the data set. */
  fit(dataset: DataSetSummary): void;
  select(options: Partial<SelectOptions>): void;
  setEffort(effort: Partial<Pick<CondenseState, 'preset' | 'seed' | 'engine' | 'name'>>): void;
  override(stage: StageId, option: string, value: OptionValue | null): void;
  reset(): void;
  adopt(recipe: Recipe): void;
  recipe(): Recipe;
}

const firstSelection: SelectOptions = { strategy: 'interval', imagesPerClass: 10, multiplier: 1, draws: 48, seed: 0 };

/** Options of the select stage that have their own controls, and so stay out of the advanced form. */
export const selectionOptions: readonly string[] = ['strategy', 'imagesPerClass', 'multiplier', 'draws', 'seed'];

export function createCondenseStore(client: Client['studio'], datasetId: () => string | null): StoreApi<CondenseState> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;

  return createStore<CondenseState>()((set, get) => {
    const estimate = async (): Promise<void> => {
      const id = datasetId();
      if (id === null) return;
      const mine = ++asked;
      try {
        const forecast = await client.forecast(id, get().recipe());
        if (mine === asked) set({ forecast, failure: null, forecasting: false });
      } catch (thrown) {
        if (mine === asked) set({ forecast: null, failure: thrown as Failure, forecasting: false });
      }
    };

    const plain = async (): Promise<void> => {
      const { preset, seed, engine } = get();
      const resolved = await client.resolve({ schema: 1, method: 'd2c', preset, seed, engine, options: {} }).catch(() => null);
      if (get().preset === preset) set({ resolved });
    };

    const changed = (): void => {
      set({ forecasting: datasetId() !== null });
      clearTimeout(timer);
      timer = setTimeout(() => void estimate(), FORECAST_DELAY);
    };

    return {
      preset: 'quick',
      seed: 0,
      engine: 'auto',
      selection: firstSelection,
      overrides: {},
      stages: [],
      resolved: null,
      forecast: null,
      failure: null,
      forecasting: false,
      name: '',

      async describe() {
        try {
          set({ stages: await client.stages() });
          await plain();
          changed();
        } catch (thrown) {
          set({ failure: thrown as Failure });
        }
      },

      fit(dataset) {
        const most = Math.max(1, ...dataset.classes.map(({ train }) => train));
        const { selection } = get();
        set({ selection: { ...selection, imagesPerClass: Math.min(selection.imagesPerClass, most) }, forecast: null });
        changed();
      },

      select(options) {
        set({ selection: { ...get().selection, ...options } });
        changed();
      },

      setEffort(effort) {
        set(effort);
        if (effort.preset) void plain();
        if (effort.preset !== undefined || effort.engine !== undefined || effort.seed !== undefined) changed();
      },

      override(stage, option, value) {
        const { [option]: _, ...rest } = get().overrides[stage] ?? {};
        const next = value === null ? rest : { ...rest, [option]: value };
        set({ overrides: { ...get().overrides, [stage]: next } });
        changed();
      },

      reset() {
        set({ overrides: {} });
        changed();
      },

      adopt(recipe) {
        const chosen = recipe.options.select ?? {};
        const own = Object.fromEntries(Object.entries(chosen).filter(([key]) => selectionOptions.includes(key)));
        set({ preset: recipe.preset, seed: recipe.seed, engine: recipe.engine, selection: { ...get().selection, ...own } });
        void plain();
        changed();
      },

      recipe() {
        const { preset, seed, engine, selection, overrides } = get();
        const filled = Object.entries(overrides).filter(([, options]) => Object.keys(options).length > 0);
        return {
          schema: 1, method: 'd2c', preset, seed, engine,
          options: { ...Object.fromEntries(filled), select: { ...overrides.select, ...selection } },
        };
      },
    };
  });
}
