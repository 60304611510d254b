import { describe, expect, it } from 'vitest';
import { RESULT } from '../../../workers/formats/facts.testing';
import type { BehindQuery, BehindView, Failure, RunSummary } from '../../../workers/protocol';
import { niceTicks, rangeOf } from '../../ui/ticks';
import { overlapOf, pageOf } from './arrange';
import { changesBetween, previousOf, seedGroups } from './changes';
import { csvName, csvOf } from './csv';
import { cellOf, columns, meanCell, sorted, timeOf } from './figures';
import { queryKey, relatedQueries } from './queries';
import { finishedRun } from './runs.testing';
import { createCompareStore, shownRuns } from './store';

const recipe = (options: RunSummary['recipe']['options'], rest: Partial<RunSummary['recipe']> = {}): RunSummary['recipe'] => ({ ...finishedRun(0).recipe, ...rest, options });

describe('the numbers of a run', () => {
  it('stand beside those of random images, with their spread and what is behind them', () => {
    const run = finishedRun(1);
    expect(cellOf(run, 'fd', [run])).toEqual({
      ours: { value: 3.25, behind: { kind: 'samples', arm: 'method' } }, random: { value: 4.5, behind: { kind: 'samples', arm: 'random' } }, note: '',
    });
    expect(cellOf(run, 'soft', [run])).toEqual({
      ours: { value: 0.5, sd: 0.02, n: 3, behind: { kind: 'confused', arm: 'method', labels: 'soft' } },
      random: { value: 0.5, sd: 0.01, n: 3, behind: { kind: 'confused', arm: 'random', labels: 'soft' } }, note: '',
    });
    expect(cellOf(run, 'copies', [run])).toMatchObject({ ours: { value: 0.11, low: 0.09, high: 0.13 }, random: { value: 0.12 } });
    expect(cellOf(run, 'images', [run])).toMatchObject({ ours: { value: 6, behind: { kind: 'picked' } }, random: null });
  });

  it('say why one is missing', () => {
    const { students: _students, recall: _recall, ...metrics } = RESULT.metrics;
    const old = finishedRun(1, { result: { ...RESULT, metrics } });
    expect(cellOf(old, 'features', [old])).toEqual({ absent: 'noNet' });
    expect(cellOf(old, 'recall', [old])).toEqual({ absent: 'unmeasured' });
    expect(cellOf(old, 'hard', [old])).toEqual({ absent: 'unmeasured' });
    expect(cellOf({ ...old, recipe: recipe({ students: { seeds: 0 } }) }, 'hard', [old])).toEqual({ absent: 'noStudents' });
    expect(cellOf({ ...old, result: { ...RESULT, condensed: { ...RESULT.condensed, perClass: [6] }, metrics } }, 'hard', [old])).toEqual({ absent: 'oneClass' });
    for (const column of columns) expect(cellOf({ ...old, result: null }, column, [old])).toEqual({ absent: 'unmeasured' });
  });

  it('count stages that were kept from another run with the time they took there', () => {
    const first = finishedRun(1, { stages: [{ id: 'scorer', key: 'k1', status: 'done', seconds: 40 }, { id: 'select', key: 'k2', status: 'done', seconds: 1 }] });
    const second = finishedRun(2, { stages: [{ id: 'scorer', key: 'k1', status: 'cached', seconds: 0 }, { id: 'select', key: 'k3', status: 'done', seconds: 2 }] });
    expect(timeOf(second, [first, second])).toEqual({ seconds: 42, complete: true });
    expect(timeOf(second, [second])).toEqual({ seconds: 2, complete: false });
  });

  it('sort by column either way, with missing ones last', () => {
    const fd = (n: number, method: number): RunSummary => finishedRun(n, { result: { ...RESULT, metrics: { ...RESULT.metrics, fdDomain: { ...RESULT.metrics.fdDomain, method } } } });
    const runs = [fd(1, 3), finishedRun(2, { result: null }), fd(3, 1), fd(4, 3)];
    const ids = (column: 'fd' | 'name' | 'created', descending: boolean) => sorted(runs, { column, descending }, runs).map(({ id }) => id);
    expect(ids('fd', false)).toEqual(['r3', 'r1', 'r4', 'r2']);
    expect(ids('fd', true)).toEqual(['r1', 'r4', 'r3', 'r2']);
    expect(ids('name', true)).toEqual(['r4', 'r3', 'r2', 'r1']);
    expect(ids('created', false)).toEqual(['r1', 'r2', 'r3', 'r4']);
  });
});

describe('what changed', () => {
  it('is held against the run started before, whatever the order given', () => {
    const [a, b, c] = [finishedRun(1), finishedRun(2), finishedRun(3)];
    const before = previousOf([c, a, b]);
    expect(before.get('r1')).toBeUndefined();
    expect(before.get('r2')?.id).toBe('r1');
    expect(before.get('r3')?.id).toBe('r2');
  });

  it('names settings that differ, came or went, the run and the selection first, and leaves the export out', () => {
    const before = finishedRun(1, { recipe: recipe({ scorer: { steps: 40 }, select: { strategy: 'interval', imagesPerClass: 5 }, export: { tensors: false } }) });
    const after = finishedRun(2, {
      recipe: recipe({ scorer: { steps: 80, width: 8 }, select: { strategy: 'random', imagesPerClass: 5 }, export: { tensors: true } }, { seed: 3 }), datasetName: 'parts',
    });
    expect(changesBetween(before, after)).toEqual([
      { stage: 'run', option: 'seed', from: 0, to: 3 },
      { stage: 'select', option: 'strategy', from: 'interval', to: 'random' },
      { stage: 'scorer', option: 'steps', from: 40, to: 80 },
      { stage: 'scorer', option: 'width', from: null, to: 8 },
    ]);
    expect(changesBetween(after, before)).toContainEqual({ stage: 'scorer', option: 'width', from: 8, to: null });
    expect(changesBetween(before, { ...before, id: 'other' })).toEqual([]);
  });
});

describe('runs that differ in their seed alone', () => {
  const seeded = (n: number, seed: number, method: number): RunSummary => finishedRun(n, {
    recipe: { ...finishedRun(0).recipe, seed }, result: { ...RESULT, metrics: { ...RESULT.metrics, fdDomain: { ...RESULT.metrics.fdDomain, method } } },
  });

  it('are found whatever else stands between them', () => {
    const other = finishedRun(2, { recipe: recipe({ select: { strategy: 'random', imagesPerClass: 5 } }) });
    const runs = [seeded(4, 2, 5), other, seeded(1, 0, 3), seeded(3, 1, 4)];
    expect(seedGroups(runs).map((group) => group.map(({ id }) => id))).toEqual([['r1', 'r3', 'r4']]);
    expect(seedGroups([seeded(1, 0, 3), seeded(2, 0, 3)])).toEqual([]);
  });

  it('come to a mean with the deviation of a sample, where all were measured', () => {
    const runs = [seeded(1, 0, 3), seeded(2, 1, 4), seeded(3, 2, 5)];
    expect(meanCell(runs, 'fd', runs)).toEqual({ ours: { mean: 4, sd: 1 }, random: { mean: 4.5, sd: 0 } });
    expect(meanCell(runs, 'images', runs)).toMatchObject({ ours: { mean: 6 }, random: null });
    expect(meanCell(runs, 'features', runs)).toBeNull();
    expect(meanCell(runs.slice(0, 1), 'fd', runs)).toBeNull();
  });
});

describe('the csv', () => {
  it('is RFC 4180 with a byte order mark', () => {
    expect(csvOf([['a', 'b,c', 'd "e"', 'f\ng'], [1, -0.5, null, Number.NaN]])).toBe('\uFEFFa,"b,c","d ""e""","f\ng"\r\n1,-0.5,,\r\n');
  });

  it('keeps text from becoming a formula and leaves numbers alone', () => {
    expect(csvOf([['=1+1', '+x', '-x', '@x', '\tx', 'x=1'], [-1]])).toBe('\uFEFF\'=1+1,\'+x,\'-x,\'@x,\'\tx,x=1\r\n-1\r\n');
    expect(csvOf([['=HYPERLINK("http://x","y")']])).toBe('\uFEFF"\'=HYPERLINK(""http://x"",""y"")"\r\n');
  });

  it('is named after the data set, in any script', () => {
    expect(csvName('parts & bolts/2')).toBe('parts-bolts-2-runs.csv');
    expect(csvName('部品')).toBe('部品-runs.csv');
    expect(csvName('..')).toBe('retort-runs.csv');
  });
});

describe('two sets', () => {
  it('share images in front, in the same places', () => {
    expect(overlapOf([5, 1, 7], [7, 2, 5, 9], true)).toEqual({ a: [5, 7, 1], b: [5, 7, 2, 9], shared: 2 });
    expect(overlapOf([5, 1], [5, 1], false)).toEqual({ a: [5, 1], b: [5, 1], shared: 0 });
  });
});

describe('the lists behind a number', () => {
  it('lead to those that belong to them, themselves among them', () => {
    const all: BehindQuery[] = [
      { kind: 'picked', arm: 'method' }, { kind: 'dropped' }, { kind: 'samples', arm: 'full' }, { kind: 'confused', arm: 'packed', labels: 'soft' }, { kind: 'outliers' },
    ];
    for (const query of all) expect(relatedQueries(query, true).map(queryKey)).toContain(queryKey(query));
    expect(relatedQueries({ kind: 'confused', arm: 'full', labels: 'hard' }, false).map(queryKey)).not.toContain('confused/packed/hard');
  });

  it('are cut into pages that keep their groups apart', () => {
    const item = (group: number, row: number) => ({ group, picture: { row }, beside: [], caption: '' });
    const items = [item(0, 1), item(0, 2), item(0, 3), item(2, 4)];
    const rows = (page: number) => pageOf(items, ['a', 'b', 'c'], page, 2).map(({ title, items: part }) => [title, part.map(({ picture }) => ('row' in picture ? picture.row : -1))]);
    expect(rows(0)).toEqual([['a', [1, 2]]]);
    expect(rows(1)).toEqual([['a', [3]], ['c', [4]]]);
  });
});

describe('the axis', () => {
  it('carries round numbers inside its ends', () => {
    expect(niceTicks(0, 9.7, 5)).toEqual([0, 2, 4, 6, 8]);
    expect(niceTicks(0, 0.031, 5)).toEqual([0, 0.01, 0.02, 0.03]);
    expect(niceTicks(3, 3, 5)).toEqual([3]);
  });

  it('starts at 0 unless all curves stay far above it', () => {
    expect(rangeOf([1, 9])).toEqual([0, 9.64]);
    expect(rangeOf([46, 54])[0]).toBeCloseTo(45.36, 9);
    expect(rangeOf([-1, 1])[0]).toBe(-1);
    for (const values of [[], [0], [5]]) expect(rangeOf(values)[1]).toBeGreaterThan(rangeOf(values)[0]);
  });
});

const view = (rows: number[]): BehindView => ({
  datasetId: 'd1', classNames: ['a'], size: 16, channels: 1, sampled: null,
  groups: [{ classIndex: 0, otherIndex: null, rows: Uint32Array.from(rows), beside: new Uint32Array(0), values: new Float32Array(0) }],
});

describe('the compare store', () => {
  it('shows the runs of the data set with what was chosen by hand', () => {
    const runs = [finishedRun(1), finishedRun(2, { datasetId: 'd2' }), finishedRun(3, { result: null }), finishedRun(4)];
    const ids = (dataset: string | null, chosen: Record<string, boolean>) => shownRuns(runs, dataset, chosen).map(({ id }) => id);
    expect(ids('d1', {})).toEqual(['r1', 'r4']);
    expect(ids('d1', { r2: true, r3: true, r4: false })).toEqual(['r1', 'r2']);
    expect(ids(null, {})).toEqual(['r1', 'r2', 'r4']);
  });

  it('drops the answer to a number that another one has replaced', async () => {
    const answers: ((view: BehindView) => void)[] = [];
    const store = createCompareStore({ behind: () => new Promise((resolve) => answers.push(resolve)) });
    const first = store.getState().open({ runId: 'r1', query: { kind: 'picked', arm: 'method' } });
    const second = store.getState().open({ runId: 'r2', query: { kind: 'dropped' } });
    answers[1](view([2]));
    answers[0](view([1]));
    await Promise.all([first, second]);
    expect(store.getState()).toMatchObject({ opened: { runId: 'r2' }, view: view([2]), failure: null });
    store.getState().close();
    expect(store.getState()).toMatchObject({ opened: null, view: null });
  });

  it('says why images cannot be shown, and forgets a removed run', async () => {
    const failure: Failure = { code: 'behind-missing', sentence: 'Gone.', params: {}, detail: '' };
    const store = createCompareStore({ behind: async (runId) => (runId === 'r1' ? view([1]) : Promise.reject(failure)) });
    await store.getState().open({ runId: 'r2', query: { kind: 'outliers' } });
    expect(store.getState().failure).toEqual(failure);
    await store.getState().loadSet('r1');
    await store.getState().loadSet('r2');
    expect(Object.keys(store.getState().sets)).toEqual(['r1']);
    expect(store.getState().setFailure).toEqual(failure);
    store.getState().choose('r2', true);
    store.getState().mark('r2');
    store.getState().forget('r2');
    expect(store.getState()).toMatchObject({ opened: null, marked: null, chosen: {} });
  });

  it('turns the order round when the same column is pressed again', () => {
    const store = createCompareStore({ behind: () => Promise.reject(new Error('not asked')) });
    store.getState().sortBy('recall', true);
    expect(store.getState().order).toEqual({ column: 'recall', descending: true });
    store.getState().sortBy('recall', true);
    expect(store.getState().order).toEqual({ column: 'recall', descending: false });
  });
});
