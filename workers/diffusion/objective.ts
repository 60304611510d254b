import { scheduleOf, signalToNoise, type Level, type Schedule, type ScheduleName } from './schedule';

/** What the net predicts: velocity eps - x of the straight path, v = alpha eps - sigma x, or the noise eps. */
export type ObjectiveName = 'flow' | 'v' | 'eps';

/** JSON-safe description of what a trained net's output means. */
export interface ObjectiveConfig {
  objective: ObjectiveName;
  /** `flow` with the flow objective and only there. */
  schedule: ScheduleName;
}

/** An estimate as a linear combination: `x` times the noisy image plus `output` times the net's output. */
export interface Combination {
  x: number;
  output: number;
}

/**
 * A prediction target on a schedule, with the algebra between the noisy image x_t, the net's output and the estimates of
 * clean image, noise and velocity. All of it is linear, so it is kept as scalar coefficients per time.
 */
export interface Objective {
  readonly config: ObjectiveConfig;
  readonly schedule: Schedule;
  /** Coefficients of the clean image and of the noise in the training target. */
  target(level: Level): { image: number; noise: number };
  /** x0_hat, the estimate of the clean image. Where alpha is 0 a noise prediction has none and the result is not finite. */
  image(level: Level): Combination;
  /** eps_hat, the estimate of the noise. */
  noise(level: Level): Combination;
  /** d x_t / dt = alpha' x0_hat + sigma' eps_hat, the probability-flow velocity. */
  velocity(level: Level): Combination;
}

/** The only schedule of the flow objective is the straight path; v and eps take `schedule`. */
export function createObjective({ objective, schedule: requested }: ObjectiveConfig): Objective {
  const schedule = scheduleOf(objective === 'flow' ? 'flow' : requested);

  function target({ alpha, sigma }: Level): { image: number; noise: number } {
    if (objective === 'flow') return { image: -1, noise: 1 };
    return objective === 'v' ? { image: -sigma, noise: alpha } : { image: 0, noise: 1 };
  }

  /** Solves [alpha sigma; a b] (x0, eps) = (x_t, output), where a, b are the target's coefficients. */
  function solve(level: Level): { image: Combination; noise: Combination } {
    const { image: a, noise: b } = target(level);
    const { alpha, sigma } = level;
    const determinant = alpha * b - sigma * a;
    return {
      image: { x: b / determinant, output: -sigma / determinant },
      noise: { x: -a / determinant, output: alpha / determinant },
    };
  }

  return {
    config: { objective, schedule: schedule.name },
    schedule,
    target,
    image: (level) => solve(level).image,
    noise: (level) => solve(level).noise,
    velocity(level) {
      const { alpha, sigma } = schedule.slope(level.t);
      const { image, noise } = solve(level);
      return { x: alpha * image.x + sigma * noise.x, output: alpha * image.output + sigma * noise.output };
    },
  };
}

/**
 * Min-SNR weight of a sample's loss (Hang et al. 2023): min(SNR, gamma) in the space of the clean image, carried over to the net's
 * output. Gives min(SNR, gamma) / SNR for eps and / (SNR + 1) for v. `gamma` 0 weighs all times alike.
 */
export function lossWeight(objective: Objective, level: Level, gamma: number): number {
  if (gamma === 0) return 1;
  const { output } = objective.image(level);
  return Math.min(signalToNoise(level), gamma) * output * output;
}
