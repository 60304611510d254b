import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random';
import { createObjective, lossWeight, type ObjectiveName } from './objective';
import { grid, midpoints, scheduleOf, signalToNoise, transition, type ScheduleName } from './schedule';

const SCHEDULES: ScheduleName[] = ['flow', 'cosine', 'linear'];
const TIMES = [0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999];

describe.each(SCHEDULES)('schedule %s', (name) => {
  const schedule = scheduleOf(name);

  it('goes from data to noise, losing signal all the way', () => {
    expect(schedule.at(0).alpha).toBeCloseTo(1, 4);
    expect(schedule.at(0).sigma).toBeLessThan(0.003);
    expect(schedule.at(1).alpha).toBeLessThan(0.01);
    expect(schedule.at(1).sigma).toBeCloseTo(1, 4);
    const ratios = grid(schedule, 100).map(signalToNoise);
    for (let i = 1; i < ratios.length; i++) expect(ratios[i]).toBeGreaterThan(ratios[i - 1]);
  });

  it.each(TIMES)('has the right slopes at t = %d', (t) => {
    const h = 1e-6;
    const { alpha, sigma } = schedule.slope(t);
    expect((schedule.at(t + h).alpha - schedule.at(t - h).alpha) / (2 * h)).toBeCloseTo(alpha, 5);
    expect((schedule.at(t + h).sigma - schedule.at(t - h).sigma) / (2 * h)).toBeCloseTo(sigma, 5);
  });

  it('has transitions that compose to the marginal', () => {
    const levels = grid(schedule, 10).reverse();
    let { alpha } = levels[0];
    let variance = levels[0].sigma ** 2;
    for (let i = 1; i < levels.length; i++) {
      const step = transition(levels[i], levels[i - 1]);
      expect(step.variance).toBeGreaterThan(0);
      alpha *= step.alpha;
      variance = step.alpha ** 2 * variance + step.variance;
    }
    expect(alpha).toBeCloseTo(levels[10].alpha, 10);
    expect(Math.sqrt(variance)).toBeCloseTo(levels[10].sigma, 10);
  });
});

it.each(['cosine', 'linear'] as const)('%s preserves variance', (name) => {
  for (const t of TIMES) {
    const { alpha, sigma } = scheduleOf(name).at(t);
    expect(alpha ** 2 + sigma ** 2).toBeCloseTo(1, 12);
  }
});

it('linear is the limit of 1000 steps of DDPM', () => {
  let product = 1;
  for (let i = 0; i < 500; i++) product *= 1 - (1e-4 + ((0.02 - 1e-4) * i) / 999);
  expect(scheduleOf('linear').at(0.5).alpha ** 2 / product).toBeCloseTo(1, 1);
});

it('takes midpoints of equal strata', () => {
  expect(midpoints(scheduleOf('flow'), 4).map(({ t }) => t)).toEqual([0.125, 0.375, 0.625, 0.875]);
});

describe.each([['flow', 'flow'], ['v', 'cosine'], ['v', 'linear'], ['eps', 'cosine'], ['eps', 'linear']] as [ObjectiveName, ScheduleName][])(
  'objective %s on %s', (name, scheduleName) => {
    const objective = createObjective({ objective: name, schedule: scheduleName });
    const stream = new RandomStream(1, 'test');

    it.each(TIMES)('gives image, noise and velocity back from a perfect output at t = %d', (t) => {
      const [image, noise] = [stream.normal(), stream.normal()];
      const level = objective.schedule.at(t);
      const slope = objective.schedule.slope(t);
      const noisy = level.alpha * image + level.sigma * noise;
      const goal = objective.target(level);
      const output = goal.image * image + goal.noise * noise;
      const estimate = ({ x, output: factor }: { x: number; output: number }) => x * noisy + factor * output;
      expect(estimate(objective.image(level))).toBeCloseTo(image, 9);
      expect(estimate(objective.noise(level))).toBeCloseTo(noise, 9);
      expect(estimate(objective.velocity(level))).toBeCloseTo(slope.alpha * image + slope.sigma * noise, 7);
    });

    it('weighs every error as min(SNR, gamma) in image space, and not at all without gamma', () => {
      for (const t of TIMES) {
        const level = objective.schedule.at(t);
        const snr = signalToNoise(level);
        const expected = { flow: Math.min(snr, 5) * level.sigma ** 2, v: Math.min(snr, 5) / (snr + 1), eps: Math.min(snr, 5) / snr }[name];
        expect(lossWeight(objective, level, 5) / expected).toBeCloseTo(1, 8);
        expect(lossWeight(objective, level, 0)).toBe(1);
      }
      expect(lossWeight(objective, objective.schedule.at(0), 5)).toBeCloseTo(0, 3);
    });
  },
);

it('flow is always on the straight path', () => {
  expect(createObjective({ objective: 'flow', schedule: 'cosine' }).config.schedule).toBe('flow');
});
