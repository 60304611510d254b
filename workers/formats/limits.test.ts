import { describe, expect, it } from 'vitest';
import type { LimitName, RunResult } from '../protocol';
import { differenceInterval, meanInterval, studentT } from './facts.intervals';
import { FACTS, RESULT } from './facts.testing';
import { judgeLimits, largestShareChange, LIMIT_KINDS, LIMIT_NAMES, limitOptions, readLimits, type LimitSubject } from './limits';

const SUBJECT: LimitSubject = { result: RESULT, classes: FACTS.classes, columns: FACTS.columns };
const judge = (name: LimitName, limit: number, subject: LimitSubject = SUBJECT) => judgeLimits({ [name]: limit }, subject)[0];
const metrics = (change: Partial<RunResult['metrics']>): LimitSubject => ({ ...SUBJECT, result: { ...RESULT, metrics: { ...RESULT.metrics, ...change } } });

describe('acceptance limits', () => {
  it('are met on the limit itself and missed right beyond it', () => {
    const ratio = 3.25 / 4.5;
    expect(judge('maxFdOverRandom', ratio)).toMatchObject({ value: ratio, verdict: 'met', interval: null, doubtful: false });
    expect(judge('maxFdOverRandom', ratio - 1e-6).verdict).toBe('not-met');
    expect(judge('maxFdOverFull', 3.25 / 2.125).verdict).toBe('met');
    expect([0.625, 0.625 + 1e-6, 0].map((limit) => judge('minRecall', limit).verdict)).toEqual(['met', 'not-met', 'met']);
  });

  it('forgive the rounding of differences, not more', () => {
    const students = { ...RESULT.metrics.students!, teacher: 0.8, method: { ...RESULT.metrics.students!.method, hard: { mean: 0.7, sd: 0, n: 3 } } };
    expect(0.8 - 0.7).toBeGreaterThan(0.1);
    expect(judge('maxAccuracyLossTeacher', 0.1, metrics({ students })).verdict).toBe('met');
    expect(judge('maxAccuracyLossTeacher', 0.0999, metrics({ students })).verdict).toBe('not-met');
  });

  it('say when the limit lies within the interval, whichever way it fell', () => {
    expect(judge('maxMemorisation', 0.12)).toMatchObject({ value: 0.11, verdict: 'met', interval: { low: 0.09, high: 0.13 }, doubtful: true });
    expect(judge('maxMemorisation', 0.1)).toMatchObject({ verdict: 'not-met', doubtful: true });
    expect(judge('maxMemorisation', 0.13)).toMatchObject({ verdict: 'met', doubtful: false });
    expect(judge('maxMemorisation', 0.05)).toMatchObject({ verdict: 'not-met', doubtful: false });
  });

  it('count accuracy with class labels, as the export carries them', () => {
    const { value, interval } = judge('maxAccuracyLoss', 0.3);
    expect(value).toBeCloseTo(0.225, 12);
    // Welch with equal spreads of 0.01 over three seeds: four degrees of freedom.
    expect(interval!.high - 0.225).toBeCloseTo(2.776 * 0.01 * Math.sqrt(2 / 3), 9);
  });

  it('look at the largest change of a share', () => {
    expect(judge('maxClassShareChange', 0.3375)).toMatchObject({ verdict: 'met' });
    expect(judge('maxClassShareChange', 0.3374)).toMatchObject({ verdict: 'not-met' });
    expect(judge('maxMetadataShareChange', 0.15).value).toBeCloseTo(0.15, 12);
    expect(largestShareChange([{ before: 5, after: 0 }])).toBeNull();
  });

  it('are not measured where the figure is missing or is no number, and never met by that', () => {
    const { fdDomain, fdRaw, kid, encoderAccuracy, rankAgreement, judgeIsDisjoint, curves } = RESULT.metrics;
    const bare: LimitSubject = { ...SUBJECT, columns: [], result: { ...RESULT, metrics: { fdDomain, fdRaw, kid, encoderAccuracy, rankAgreement, judgeIsDisjoint, curves } } };
    for (const name of ['minRecall', 'maxMemorisation', 'maxAccuracyLoss', 'maxAccuracyLossTeacher', 'maxMetadataShareChange'] as const) {
      expect(judge(name, 0, bare), name).toEqual({ name, limit: 0, value: null, interval: null, verdict: 'not-measured', doubtful: false });
    }
    expect(judge('maxFdOverRandom', 1, metrics({ fdDomain: { ...fdDomain, method: NaN } })).verdict).toBe('not-measured');
    expect(judge('maxFdOverRandom', 1, metrics({ fdDomain: { ...fdDomain, random: 0 } })).verdict).toBe('not-measured');
    expect(judge('maxFdOverFull', 1, { ...SUBJECT, result: null }).verdict).toBe('not-measured');
    expect(judge('maxClassShareChange', 1, { ...SUBJECT, result: null }).verdict).toBe('met');
  });

  it('come in one order, none where none was set', () => {
    const all = Object.fromEntries(LIMIT_NAMES.toReversed().map((name) => [name, 0.5]));
    expect(judgeLimits(all, SUBJECT).map(({ name }) => name)).toEqual(LIMIT_NAMES);
    expect(judgeLimits({}, SUBJECT)).toEqual([]);
    expect(Object.keys(limitOptions.shape)).toEqual(Object.keys(LIMIT_KINDS));
  });

  it.each([
    [{ maxFd: 1 }, 'unknown-option', 'maxFdOverRandom'], [{ minRecall: 1.2 }, 'bad-option', 'minRecall'], [{ maxMemorisation: -0.1 }, 'bad-option', 'maxMemorisation'],
    [{ maxFdOverFull: '2' }, 'bad-option', 'maxFdOverFull'], [{ minRecall: NaN }, 'bad-option', 'minRecall'],
  ])('refuse %o with %s', (options, code, hint) => {
    expect(() => readLimits(options)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(hint) }));
  });
});

describe('intervals over seeds', () => {
  it("take Student's t", () => {
    expect([1, 2, 4, 30].map(studentT)).toEqual([12.706, 4.303, 2.776, 2.042]);
    expect(studentT(2.9)).toBe(4.303);
    expect([studentT(40), studentT(60), studentT(120)].map((t) => t.toFixed(2))).toEqual(['2.02', '2.00', '1.98']);
    expect(meanInterval({ mean: 0.4, sd: 0.03, n: 3 })!.high).toBeCloseTo(0.4 + (4.303 * 0.03) / Math.sqrt(3), 12);
  });

  it('are none of one seed, and a point of seeds that agree', () => {
    expect(meanInterval({ mean: 0.4, sd: 0, n: 1 })).toBeNull();
    expect(differenceInterval({ mean: 0.4, sd: 0, n: 3 }, { mean: 0.3, sd: 0.1, n: 1 })).toBeNull();
    const { low, high } = differenceInterval({ mean: 0.5, sd: 0, n: 3 }, { mean: 0.25, sd: 0, n: 3 })!;
    expect([low, high]).toEqual([0.25, 0.25]);
  });
});
