import { describe, expect, it } from 'vitest';
import { bars, testContext } from '../../diffusion/diffusion.testing';
import type { Engine } from '../../engine/types';
import type { CurvePoint, RunResult } from '../../protocol';
import { RandomStream } from '../../random';
import type { Bundle } from '../../runs/types';
import { evaluateStage, type EvaluateInputs } from './evaluate.stage';

const data = bars(16, 1, 2, 20, Array.from({ length: 40 }, (_, row) => (row < 12 ? 'test' : 'train')));
const train = data.rows('train');
const features = new Float32Array(40 * 3);
new RandomStream(0, 'test/features').normals(features);

const copying = (estimate: number, nnRatio?: number) =>
  ({ memorisation: { estimate, low: 0, high: 1 }, searched: 4, matched: 4, ...(nnRatio === undefined ? {} : { nnRatio }) });
const last = (fd: number, nnRatio?: number): CurvePoint => ({
  step: 20, fd, kid: fd / 100, precision: 0.9, recall: fd / 10, coverage: 0.8, neighbours: 5, copying: copying(fd / 20, nnRatio), fdInfinity: { value: fd - 1, error: 0.1 },
});
const curve = (end: CurvePoint): Bundle => ({ head: { points: [{ step: 10, fd: 9, kid: 1 }, end] }, parts: { labels: new Uint32Array(6) } });

function inputs(ends: [CurvePoint, CurvePoint, CurvePoint]): EvaluateInputs {
  const [curveMethod, curveRandom, curveFull] = ends.map(curve);
  return {
    judge: { head: { accuracy: 0.8, judgeIsDisjoint: true }, parts: { features } },
    encoder: { head: { accuracy: 0.7 }, parts: { features } },
    audit: { head: { looked: 40, exactDuplicates: 1, nearDuplicates: 2, mislabelled: 3, outliers: 4, margin: 0.4, outlierLevel: 0.02 }, parts: {} },
    score: { head: { rankAgreement: { global: 0.9, withinClass: 0.8 } }, parts: { scores: Float32Array.from(train), rows: train } },
    select: { head: {}, parts: { rows: train.slice(0, 4), perClass: Uint32Array.of(3, 1) } },
    curveMethod, curveRandom, curveFull,
  };
}

async function metricsOf(ends: [CurvePoint, CurvePoint, CurvePoint]): Promise<RunResult['metrics']> {
  // The stage reads features alone: no engine is opened for it.
  const { head } = await evaluateStage.run(testContext({} as Engine, data, 0), inputs(ends), { seed: 0 });
  return (head.result as RunResult).metrics;
}

describe('the figures of a run', () => {
  it('hold the end of each curve, with what FD cannot tell beside it', async () => {
    const metrics = await metricsOf([last(3, 0.5), last(4, 0.6), last(2, 1)]);
    expect(metrics.fdDomain).toMatchObject({ method: 3, random: 4, full: 2, n: 6 });
    expect(metrics.recall).toEqual({ method: 0.3, random: 0.4, full: 0.2 });
    expect([metrics.precision, metrics.coverage, metrics.neighbours]).toEqual([{ method: 0.9, random: 0.9, full: 0.9 }, { method: 0.8, random: 0.8, full: 0.8 }, 5]);
    expect(metrics.memorisation?.method).toEqual({ estimate: 0.15, low: 0, high: 1 });
    expect(metrics.searched).toEqual({ method: 4, random: 4, full: 4 });
    expect(metrics.nnRatio).toEqual({ method: 0.5, random: 0.6, full: 1 });
    expect(metrics.fdInfinity?.random).toEqual({ value: 3, error: 0.1 });
    expect(metrics.classDrift).toEqual({ total: 0.25, perClass: [0.25, -0.25] });
    expect(metrics.audit).toMatchObject({ nearDuplicates: 2, mislabelled: 3, outliers: 4 });
    expect(metrics.fdRaw.random.n).toBe(8);
    expect(metrics.fdDomain.floor).toBeGreaterThan(0);
  });

  it('leave out a figure that one arm lacks, rather than show it without its baseline', async () => {
    const metrics = await metricsOf([last(3, 0.5), last(4), { step: 20, fd: 2, kid: 0 }]);
    expect(metrics.fdDomain.full).toBe(2);
    for (const name of ['recall', 'precision', 'coverage', 'memorisation', 'searched', 'nnRatio', 'fdInfinity', 'neighbours']) expect(metrics).not.toHaveProperty(name);
  });

  it('survive JSON as they are', async () => {
    const metrics = await metricsOf([last(3, 0.5), last(4, 0.6), last(2, 1)]);
    expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics);
  });

  it('refuse a curve without points', async () => {
    const empty = { ...inputs([last(1), last(1), last(1)]), curveRandom: { head: { points: [] }, parts: { labels: new Uint32Array(6) } } };
    await expect(evaluateStage.run(testContext({} as Engine, data, 0), empty, { seed: 0 })).rejects.toThrow(expect.objectContaining({ code: 'curve-empty' }));
  });
});
