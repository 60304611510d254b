import { describe, expect, it } from 'vitest';
import type { Measured } from './contestant';
import { COMPARED, figuresOf, lossesOf, ratiosOf, targetsOf, WARM_UP } from './figures';

const traffic = { dispatches: 10, passes: 1, submits: 1, copies: 1, buffersCreated: 0, bindGroups: 0, pipelines: 0, uploadBytes: 132, liveBytes: 5, peakBytes: 6 };

/** Steps that take `ms`, more in the warm-up; the loss of step k is scale / (k + 1). */
function steps(count: number, ms: number, change: Partial<typeof traffic> = {}, scale = 1): Measured[] {
  return Array.from({ length: count }, (_, k) => ({
    ms: k < WARM_UP ? 1000 : ms + (k % 2), encodeMs: ms / 10, loss: scale / (k + 1), traffic: { ...traffic, ...change },
  }));
}

describe('figures', () => {
  it('leave the warm-up out and compare losses at step 20', () => {
    const figures = figuresOf(steps(24, 50));
    expect(figures.ms).toBeGreaterThanOrEqual(50);
    expect(figures.spread.fastest).toBe(50);
    expect(figures.spread.p90).toBe(51);
    expect(figures.lossAfter20).toBeCloseTo(1 / COMPARED, 10);
  });

  it('have no loss after 20 steps when fewer were taken', () => {
    expect(figuresOf(steps(6, 50)).lossAfter20).toBeNull();
  });

  it('tell the operations of a step where all steps do', () => {
    expect(figuresOf(steps(6, 50)).flops).toBeNull();
    expect(figuresOf(steps(6, 50).map((one) => ({ ...one, flops: 3e9 }))).flops).toBe(3e9);
  });

  it('need a timed step', () => {
    expect(() => figuresOf(steps(WARM_UP, 50))).toThrow(RangeError);
  });
});

describe('losses', () => {
  it('are compared at the last step all took, relative to ours', () => {
    const losses = lossesOf({ ours: steps(9, 1), stock: steps(7, 1, {}, 1.02), jax: steps(8, 1, {}, 0.99) });
    expect(losses.step).toBe(7);
    expect(losses.disagreement).toBeCloseTo(0.02, 10);
  });

  it('disagree with nobody when ours ran alone', () => {
    expect(lossesOf({ ours: steps(9, 1) }).disagreement).toBeNull();
  });
});

describe('ratios and targets', () => {
  const outcomes = { ours: figuresOf(steps(9, 10)), stock: figuresOf(steps(9, 100, { dispatches: 70 })), jax: { error: 'none' } };
  const losses = lossesOf({ ours: steps(9, 10), stock: steps(9, 100) });

  it('are above one where ours is better, and null where nobody was there', () => {
    const ratios = ratiosOf(outcomes);
    expect(ratios.stockTime).toBeGreaterThan(8);
    expect(ratios.dispatches).toBe(7);
    expect(ratios.encode).toBeCloseTo(10, 10);
    expect(ratios.jaxTime).toBeNull();
  });

  it('say what was met, what was not, and what was not measured', () => {
    const { stockTime, jaxTime, uploadBytes } = targetsOf('unet', outcomes, ratiosOf(outcomes), losses, 100);
    expect(stockTime.met).toBe(true);
    expect(jaxTime.met).toBeNull();
    expect(uploadBytes).toEqual({ value: 132, atMost: 132, met: true });
    expect(targetsOf('unet', outcomes, ratiosOf(outcomes), losses, 99).uploadBytes.met).toBe(false);
  });

  it('ask wasm for nothing that it has no device for', () => {
    expect(Object.keys(targetsOf('wasm', outcomes, ratiosOf(outcomes), losses, 100)).sort()).toEqual(['dispatches', 'lossDisagreement', 'stockTime']);
  });
});
