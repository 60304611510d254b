import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DataSetSummary, EngineVerdict, Failure, IntakeEvent, RunSummary, SelectionView, SelectOptions, Thumbnail, WorkerEvent } from '../../workers/protocol';
import { INTAKE_DEFAULTS } from '../client/options';
import type { Client, Fault } from '../client/types';
import type { Tiles } from '../ui/tile-store';
import { createShellStore, hashOf, routeOf, routes } from './shell-store';
import { createStudio } from './studio';

const dataset = {
  id: 'd1', name: 'Parts', options: INTAKE_DEFAULTS, size: 16, channels: 1, count: 3, classes: [{ name: 'a', train: 4, test: 1, reserve: 0 }], createdAt: 1,
} as unknown as DataSetSummary;
const failure = (code: string): Failure => ({ code, sentence: code, params: {}, detail: '' });
const thumb = (index: number): Thumbnail => ({ index, classIndex: 0, split: 'train', path: `a/${index}`, pixels: new Uint8Array(256) });
const view = (imagesPerClass: number): SelectionView => ({
  picked: Uint32Array.of(imagesPerClass), perClass: [1], bytes: 1, fdRaw: 0, randomFdRaw: { mean: 0, sd: 0, n: 1 }, milliseconds: 1,
});

/** A client whose answers the test gives by hand. */
function setUp(client: { intake?: Partial<Client['intake']>; studio?: Partial<Client['studio']>; explore?: Partial<Client['explore']> } = {}) {
  let emit: (event: WorkerEvent) => void = () => undefined;
  let fail: (fault: Fault) => void = () => undefined;
  const held = new Set<number>();
  const gone: string[] = [];
  const tiles: Tiles = { has: (row) => held.has(row), put: (item) => held.add(item.index), info: () => undefined, draw: () => true };
  const forecast = vi.fn(async () => ({ seconds: 1, bytes: 1, stages: [], refusal: null }));
  const whole = {
    intake: { list: async () => [dataset], remove: async () => undefined, cancel: async () => undefined, images: async (_: string, rows: number[]) => rows.map(thumb), ...client.intake },
    studio: {
      runs: async () => [], stages: async () => [], resolve: async (recipe: RunSummary['recipe']) => recipe, forecast, start: async () => 'r1',
      onEvent: (listener: typeof emit) => ((emit = listener), () => undefined), ...client.studio,
    },
    explore: {
      load: async () => ({
        datasetId: 'd1', indices: Uint32Array.of(0, 1, 2), scores: Float32Array.of(1, 2, 3), classes: Uint16Array.of(0, 0, 0), classNames: ['a'],
        rankAgreement: { global: 1, withinClass: 1, perClass: [1] },
      }),
      select: async (_: string, { imagesPerClass }: SelectOptions) => view(imagesPerClass), ...client.explore,
    },
    exporter: {}, onFault: (listener: typeof fail) => ((fail = listener), () => undefined), dispose: () => undefined,
  } as unknown as Client;
  const shell = createShellStore({ route: 'start', theme: 'system', language: 'en' });
  const studio = createStudio(whole, shell, { createTiles: () => tiles, schedule: (task) => task(), go: (hash) => gone.push(hash) });
  return { studio, shell, held, gone, forecast, emit: (event: WorkerEvent) => emit(event), fail: (fault: Fault) => fail(fault) };
}

const source = { kind: 'sample', name: 'Parts', seed: 0 } as const;
const settle = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(500));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('thumbnails', () => {
  it('of the data set on screen come from its own gallery, of others from one each until they are removed', async () => {
    const images = vi.fn(async (_: string, rows: number[]) => rows.map(thumb));
    const { studio } = setUp({ intake: { images } });
    studio.openDataset(dataset);
    expect(studio.galleryOf('d1', 16, 1)).toBe(studio.gallery);
    const other = studio.galleryOf('d2', 16, 1);
    expect(other).not.toBe(studio.gallery);
    expect(studio.galleryOf('d2', 16, 1)).toBe(other);
    await settle();
    images.mockClear();
    other.request([7]);
    await settle();
    expect(images).toHaveBeenCalledWith('d2', [7]);
    await studio.removeDataset('d2');
    expect(studio.galleryOf('d2', 16, 1)).not.toBe(other);
  });
});

describe('reading', () => {
  it('streams pictures into the gallery, then fits the controls to the data set', async () => {
    const { studio, held, gone } = setUp({
      intake: {
        read: async (_source, _options, tell: (event: IntakeEvent) => void) => {
          tell({ type: 'classes', names: ['a'], counts: [2] });
          tell({ type: 'images', size: 16, channels: 1, items: [thumb(0), thumb(1)] });
          tell({ type: 'verdicts', items: [{ path: 'x', status: 'refused', index: -1, code: 'broken', sentence: 'Broken.', params: {} }] });
          expect(studio.intake.getState()).toMatchObject({ phase: 'reading', classes: [{ name: 'a', count: 2 }], recent: [{ path: 'x' }] });
          return dataset;
        },
      },
    });
    await studio.read(source);
    expect(gone).toEqual(['#/data']);
    expect([...held]).toEqual([0, 1]);
    expect(studio.gallery.rowsByClass).toEqual([[0, 1]]);
    expect(studio.intake.getState()).toMatchObject({ phase: 'done', dataset: { id: 'd1' } });
    expect(studio.condense.getState().selection.imagesPerClass).toBe(4);
    expect(studio.exporter.getState().options.name).toBe('Parts');
  });

  it('does not let a cancelled reading write into the state', async () => {
    let end: (summary: DataSetSummary) => void = () => undefined;
    const { studio } = setUp({ intake: { read: () => new Promise((resolve) => (end = resolve)) } });
    const reading = studio.read(source);
    await settle();
    await studio.intake.getState().cancel();
    end(dataset);
    await reading;
    expect(studio.intake.getState()).toMatchObject({ phase: 'cancelled', dataset: null });
  });

  it('keeps the failure of a reading with its options for another try', async () => {
    const { studio } = setUp({ intake: { read: () => Promise.reject(failure('empty-folder')) } });
    studio.intake.getState().set({ size: 64 });
    await studio.read(source);
    expect(studio.intake.getState()).toMatchObject({ phase: 'failed', failure: { code: 'empty-folder' }, source, options: { size: 64 } });
  });

  it('shows a stored data set from a sample and fetches what is looked at', async () => {
    const { studio, held } = setUp();
    studio.openDataset(dataset);
    await settle();
    expect(studio.gallery.rowsByClass).toEqual([[0, 1, 2]]);
    studio.gallery.request([2, 7]);
    await settle();
    expect(held.has(7)).toBe(true);
  });
});

describe('selecting', () => {
  it('shows the latest wish when answers come out of order', async () => {
    const answers = new Map<number, (view: SelectionView) => void>();
    const { studio } = setUp({ explore: { select: (_, { imagesPerClass }) => new Promise((resolve) => answers.set(imagesPerClass, resolve)) } });
    studio.openDataset(dataset);
    void studio.explore.getState().load('r1', studio.condense.getState().selection);
    await settle();
    studio.select({ imagesPerClass: 2 });
    studio.select({ imagesPerClass: 3 });
    answers.get(3)?.(view(3));
    await settle();
    answers.get(2)?.(view(2));
    await settle();
    expect(studio.explore.getState()).toMatchObject({ view: { picked: Uint32Array.of(3) }, shown: { imagesPerClass: 3 }, selecting: false });
  });

  it('says nothing of a superseded selection but tells of a real failure', async () => {
    let code = 'superseded';
    const { studio } = setUp({ explore: { select: () => Promise.reject(failure(code)) } });
    await studio.explore.getState().load('r1', studio.condense.getState().selection);
    expect(studio.explore.getState().failure).toBeNull();
    code = 'no-dataset';
    await studio.explore.getState().select(studio.condense.getState().selection);
    expect(studio.explore.getState().failure?.code).toBe('no-dataset');
  });

  it('asks for one forecast however often the slider moves, and puts the selection into the recipe', async () => {
    const { studio, forecast } = setUp();
    studio.openDataset(dataset);
    await settle();
    forecast.mockClear();
    for (const imagesPerClass of [1, 2, 3]) studio.select({ imagesPerClass });
    studio.condense.getState().override('scorer', 'steps', 40);
    studio.condense.getState().override('scorer', 'batch', 8);
    studio.condense.getState().override('scorer', 'batch', null);
    await settle();
    expect(forecast).toHaveBeenCalledTimes(1);
    expect(studio.condense.getState().recipe().options).toEqual({
      scorer: { steps: 40 }, select: { strategy: 'interval', imagesPerClass: 3, multiplier: 1, draws: 48, seed: 0 },
    });
  });

  it('takes over the settings of a stored recipe', () => {
    const { studio } = setUp();
    studio.condense.getState().adopt({
      schema: 1, method: 'd2c', preset: 'thorough', seed: 7, engine: 'wasm', options: { select: { strategy: 'bestof', imagesPerClass: 5, draws: 9 } },
    });
    expect(studio.condense.getState()).toMatchObject({ preset: 'thorough', seed: 7, engine: 'wasm', selection: { strategy: 'bestof', imagesPerClass: 5, draws: 9, multiplier: 1 } });
  });
});

describe('running', () => {
  it('loads the scores when they are there, but only beside their own images', async () => {
    const { studio, emit } = setUp();
    studio.openDataset(dataset);
    await studio.start('n');
    studio.openDataset({ ...dataset, id: 'd2' });
    emit({ type: 'scored', runId: 'r1' });
    await settle();
    expect(studio.explore.getState().runId).toBeNull();
    studio.openDataset(dataset);
    await settle();
    expect(studio.explore.getState()).toMatchObject({ runId: 'r1', datasetId: 'd1' });
  });

  it('starts on the engine that was chosen, and changes none under a run', async () => {
    const opened: string[] = [];
    const open = async (kind: string) => (opened.push(kind), { kind, selfTest: [] } as unknown as EngineVerdict);
    const { studio, emit } = setUp({ studio: { open } });
    studio.openDataset(dataset);
    await studio.chooseEngine('webgpu');
    await studio.start('n');
    expect(opened).toEqual(['webgpu']);
    emit({ type: 'status', runId: 'r1', status: 'running' });
    await studio.chooseEngine('wasm');
    expect(opened).toEqual(['webgpu']);
    emit({ type: 'status', runId: 'r1', status: 'done' });
    await studio.start('m');
    expect(opened).toEqual(['webgpu', 'wasm']);
  });

  it('starts nothing on an engine that cannot be had', async () => {
    const start = vi.fn(async () => 'r1');
    const { studio } = setUp({ studio: { start, open: () => Promise.reject(failure('no-engine')) } });
    studio.openDataset(dataset);
    studio.condense.getState().setEffort({ engine: 'webgpu' });
    await studio.start('n');
    expect(start).not.toHaveBeenCalled();
    expect(studio.engine.getState()).toMatchObject({ opening: false, verdict: null, failure: { code: 'no-engine' } });
  });

  it('says when a restarted worker is at work again, and keeps saying it until it is read', () => {
    const { shell, emit, fail } = setUp();
    fail({ worker: 'studio', failure: failure('worker-died'), recovering: true });
    expect(shell.getState().faults).toMatchObject([{ recovering: true, recovered: false }]);
    emit({ type: 'heartbeat' });
    expect(shell.getState().faults).toMatchObject([{ recovering: false, recovered: true }]);
    shell.getState().dismiss(shell.getState().faults[0]);
    expect(shell.getState().faults).toEqual([]);
  });

  it('shows stored runs although the data sets cannot be listed, and says so', async () => {
    const { studio } = setUp({ intake: { list: () => Promise.reject(failure('in-use')) }, studio: { runs: async () => [{ id: 'r', updatedAt: 1 } as RunSummary] } });
    await studio.library.getState().refresh();
    expect(studio.library.getState()).toMatchObject({ runs: [{ id: 'r' }], failure: { code: 'in-use' } });
  });
});

describe('routes', () => {
  it('lead back to themselves, and anywhere else to the start', () => {
    for (const route of routes) expect(routeOf(hashOf(route))).toBe(route);
    expect(routeOf('#/nowhere')).toBe('start');
    expect(routeOf('')).toBe('start');
    expect(routeOf('#/data?class=3')).toBe('data');
  });
});
