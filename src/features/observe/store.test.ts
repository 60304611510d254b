import { describe, expect, it } from 'vitest';
import type { RunSummary, WorkerEvent } from '../../../workers/protocol';
import type { Client } from '../../client/types';
import { align, evenRows, Series, smooth } from './series';
import { createRunStore, overallProgress } from './store';

const recipe: RunSummary['recipe'] = { schema: 1, method: 'd2c', preset: 'quick', seed: 0, engine: 'auto', options: {} };

function open(overrides: Partial<Client['studio']> = {}) {
  const client = { start: async () => 'r1', resumeRun: async () => undefined, ...overrides } as Client['studio'];
  return createRunStore(client, (task) => task());
}

const images = (step: number): WorkerEvent => ({ type: 'images', runId: 'r1', stage: 'scorer', step, size: 1, channels: 1, count: 1, pixels: new Uint8Array(1) });

describe('the run on screen', () => {
  it('takes events that overtake the answer to start, and ignores those of other runs', async () => {
    const { store, telemetry } = open({
      start: async () => {
        store.getState().receive({ type: 'status', runId: 'r1', status: 'paused' });
        return 'r1';
      },
    });
    await store.getState().start('d', recipe, 'n', []);
    expect(store.getState()).toMatchObject({ runId: 'r1', status: 'paused', starting: false });
    store.getState().receive({ type: 'metric', runId: 'other', stage: 'scorer', step: 1, values: { loss: 1 } });
    expect(telemetry.series.size).toBe(0);
    store.getState().receive({ type: 'metric', runId: 'r1', stage: 'scorer', step: 1, values: { loss: 1 } });
    expect(telemetry.series.get('scorer')?.get('loss')?.last).toBe(1);
  });

  it('shows why a start was refused', async () => {
    const refusal = { code: 'busy', sentence: 'Busy.', params: {}, detail: '' };
    const { store } = open({ start: () => Promise.reject(refusal) });
    expect(await store.getState().start('d', recipe, 'n', [])).toBe(false);
    expect(store.getState()).toMatchObject({ runId: null, starting: false, failure: refusal });
  });

  it('keeps a run that lost its device resumable, and fails one that went wrong', async () => {
    const { store } = open();
    await store.getState().start('d', recipe, 'n', []);
    const failure = { code: 'device-lost', sentence: 'x', params: {}, detail: '' };
    store.getState().receive({ type: 'status', runId: 'r1', status: 'interrupted' });
    store.getState().receive({ type: 'failed', runId: 'r1', failure });
    expect(store.getState()).toMatchObject({ status: 'interrupted', failure });
    store.getState().receive({ type: 'status', runId: 'r1', status: 'running' });
    expect(store.getState().failure).toBeNull();
    store.getState().receive({ type: 'failed', runId: 'r1', failure: { ...failure, code: 'nan-loss' } });
    expect(store.getState().status).toBe('failed');
  });

  it('bounds the frames of a stage and keeps the first and the last', async () => {
    const { store, telemetry } = open();
    await store.getState().start('d', recipe, 'n', []);
    for (let step = 0; step < 100; step++) store.getState().receive(images(step));
    const steps = telemetry.frames.get('scorer')?.map((frame) => frame.step) ?? [];
    expect(steps.length).toBeLessThanOrEqual(32);
    expect([steps[0], steps[steps.length - 1]]).toEqual([0, 99]);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    store.getState().receive(images(50));
    expect(telemetry.frames.get('scorer')?.at(-1)?.step).toBe(50);
  });

  it('restores curves and scores of a stored run', () => {
    const { store, telemetry } = open();
    const result = { metrics: { curves: { method: [{ step: 1, fd: 2, kid: 3 }], random: [], full: [] } } } as unknown as RunSummary['result'];
    store.getState().open({
      id: 'r9', name: 'old', datasetId: 'd', datasetName: 'D', recipe, status: 'done', engine: null, failure: null, result, createdAt: 0, updatedAt: 0,
      stages: [{ id: 'score', key: 'k', status: 'cached', seconds: 0 }],
    });
    expect(telemetry.series.get('curve:method')?.get('fd')?.last).toBe(2);
    expect(store.getState()).toMatchObject({ runId: 'r9', scored: true, status: 'done' });
  });

  it('lists the stages to come and keeps the weights of the start', async () => {
    const { store } = open();
    await store.getState().start('d', recipe, 'n', [{ id: 'scorer', seconds: 9, cached: false }, { id: 'score', seconds: 1, cached: false }]);
    store.getState().receive({ type: 'stage', runId: 'r1', stage: { id: 'scorer', key: 'k', status: 'running', seconds: 0 } });
    expect(store.getState().stages.map(({ id, status }) => `${id} ${status}`)).toEqual(['scorer running', 'score waiting']);
    store.getState().receive({ type: 'stage', runId: 'r1', stage: { id: 'scorer', key: 'k', status: 'done', seconds: 8 } });
    const { stages, progress, plan } = store.getState();
    expect(overallProgress(stages, progress, plan).share).toBeCloseTo(0.9);
  });

  it('weighs stages by their forecast seconds', () => {
    const stages = [
      { id: 'a', key: '', status: 'done' as const, seconds: 1 }, { id: 'b', key: '', status: 'running' as const, seconds: 0 },
      { id: 'c', key: '', status: 'waiting' as const, seconds: 0 },
    ];
    const { share, secondsLeft } = overallProgress(stages, { b: { done: 1, total: 2, secondsLeft: 5 } }, { a: 10, b: 10, c: 20 });
    expect(share).toBeCloseTo(15 / 40);
    expect(secondsLeft).toBe(25);
    expect(overallProgress([], {}, {})).toEqual({ share: 0, secondsLeft: null });
  });
});

describe('curves', () => {
  it('stay bounded, in order, and end on the last point', () => {
    const series = new Series();
    for (let step = 1; step <= 20_000; step++) series.push(step, step * 2);
    expect(series.length).toBeLessThan(2048);
    expect(series.last).toBe(40_000);
    expect(series.x[0]).toBe(1);
    expect(series.x.every((x, i) => i === 0 || x > series.x[i - 1])).toBe(true);
  });

  it('take back what a resume repeats', () => {
    const series = new Series();
    [1, 2, 3, 4].forEach((step) => series.push(step, step));
    series.push(3, 30);
    expect([series.x, series.y]).toEqual([[1, 2, 3], [1, 2, 30]]);
  });

  it('smooths without bending a constant or losing the start', () => {
    expect(smooth([5, 5, 5, 5])).toEqual([5, 5, 5, 5]);
    expect(smooth([1, Number.NaN, 3])[0]).toBe(1);
    expect(smooth([1, Number.NaN, 3]).every(Number.isFinite)).toBe(true);
  });

  it('aligns on the union of steps', () => {
    expect(align([{ x: [1, 3], y: [10, 30] }, { x: [2, 3], y: [5, 6] }])).toEqual({ x: [1, 2, 3], columns: [[10, null, 30], [null, 5, 6]] });
  });

  it('thins tables evenly with both ends', () => {
    expect(evenRows(3, 10)).toEqual([0, 1, 2]);
    const rows = evenRows(1000, 40);
    expect([rows.length, rows[0], rows[39]]).toEqual([40, 0, 999]);
  });
});
