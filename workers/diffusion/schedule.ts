/**
 * Noise schedules: x_t = alpha(t) x + sigma(t) eps for t in [0, 1], from data at 0 to noise at 1. Everything downstream
 * (objectives, samplers, scores) only asks for alpha, sigma and their slopes, so that a schedule is one entry here.
 */

export type ScheduleName = 'flow' | 'cosine' | 'linear';

/** Values of a schedule at one time. */
export interface Level {
  t: number;
  alpha: number;
  sigma: number;
}

export interface Schedule {
  readonly name: ScheduleName;
  at(t: number): Level;
  /** d alpha / dt and d sigma / dt. */
  slope(t: number): { alpha: number; sigma: number };
}

/** Straight path of flow matching: alpha = 1 - t, sigma = t (Lipman et al. 2023; Liu et al. 2023). */
const flow: Schedule = {
  name: 'flow',
  at: (t) => ({ t, alpha: 1 - t, sigma: t }),
  slope: () => ({ alpha: -1, sigma: 1 }),
};

/** Log-SNR at both ends of the cosine schedule. Truncated, because at alpha = 0 a noise prediction says nothing about the image. */
const LOG_SNR_LIMIT = 12;
const ANGLE_0 = Math.atan(Math.exp(-LOG_SNR_LIMIT / 2));
const ANGLE_SPAN = Math.PI / 2 - 2 * ANGLE_0;

/** alpha = cos u, sigma = sin u with u linear in t (Salimans and Ho 2022, truncated as in Kingma et al. 2021). */
const cosine: Schedule = {
  name: 'cosine',
  at(t) {
    const angle = ANGLE_0 + t * ANGLE_SPAN;
    return { t, alpha: Math.cos(angle), sigma: Math.sin(angle) };
  },
  slope(t) {
    const angle = ANGLE_0 + t * ANGLE_SPAN;
    return { alpha: -Math.sin(angle) * ANGLE_SPAN, sigma: Math.cos(angle) * ANGLE_SPAN };
  },
};

/** beta of the continuous limit of 1,000 steps from 1e-4 to 0.02. */
const BETA_0 = 0.1;
const BETA_1 = 20;

/** Linear beta (Ho et al. 2020; Song et al. 2021): alpha^2 = exp(-(b0 t + (b1 - b0) t^2 / 2)), sigma^2 = 1 - alpha^2. */
const linear: Schedule = {
  name: 'linear',
  at(t) {
    const exponent = BETA_0 * t + ((BETA_1 - BETA_0) * t * t) / 2;
    return { t, alpha: Math.exp(-exponent / 2), sigma: Math.sqrt(-Math.expm1(-exponent)) };
  },
  slope(t) {
    const beta = BETA_0 + (BETA_1 - BETA_0) * t;
    const { alpha, sigma } = linear.at(t);
    return { alpha: (-beta * alpha) / 2, sigma: (beta * alpha * alpha) / (2 * sigma) };
  },
};

const SCHEDULES: Record<ScheduleName, Schedule> = { flow, cosine, linear };

export function scheduleOf(name: ScheduleName): Schedule {
  return SCHEDULES[name];
}

/** Signal-to-noise ratio alpha^2 / sigma^2; Infinity where there is no noise. */
export function signalToNoise({ alpha, sigma }: Level): number {
  return (alpha * alpha) / (sigma * sigma);
}

/** The discrete schedule of `steps` sampler steps: times from 1 down to 0, steps + 1 of them, evenly spaced. */
export function grid(schedule: Schedule, steps: number): Level[] {
  return Array.from({ length: steps + 1 }, (_, i) => schedule.at(1 - i / steps));
}

/** `count` stratified midpoints (j + 1/2) / count. */
export function midpoints(schedule: Schedule, count: number): Level[] {
  return Array.from({ length: count }, (_, j) => schedule.at((j + 0.5) / count));
}

/**
 * Coefficients of the step from `from` to a less noisy `to`: alpha_{t|s} = alpha_t / alpha_s and
 * sigma^2_{t|s} = sigma_t^2 - alpha_{t|s}^2 sigma_s^2, which is beta_t of DDPM when the schedule preserves variance.
 */
export function transition(from: Level, to: Level): { alpha: number; variance: number } {
  const alpha = from.alpha / to.alpha;
  return { alpha, variance: from.sigma * from.sigma - alpha * alpha * to.sigma * to.sigma };
}
