import { RetortError } from '../../failure';
import { FrechetReference } from '../../metrics/frechet';
import { KernelReference } from '../../metrics/kernel';
import { moments } from '../../metrics/moments';

/** Distances of generated images to one fixed set of real features. */
export class CurveReference {
  private readonly frechet: FrechetReference;
  private readonly kernel: KernelReference;

  /** @param features [n, dim] of the real images every point is compared with. */
  constructor(features: Float32Array, n: number, readonly dim: number) {
    this.frechet = new FrechetReference(moments(features, n, dim));
    this.kernel = new KernelReference(features, n, dim);
  }

  /** FD and KID of `count` feature vectors. */
  distances(features: Float32Array, count: number): { fd: number; kid: number } {
    return {
      fd: this.frechet.distance(moments(features, count, this.dim)),
      kid: this.kernel.distance(features, count),
    };
  }
}

/**
 * The steps a curve is evaluated at: those named in `at` up to the last step, or else every `every` steps; the last step always.
 * @throws RetortError `bad-steps` when a name in `at` is not a positive whole number.
 */
export function evaluationSteps(at: string, every: number, steps: number): Set<number> {
  const chosen = new Set<number>();
  if (at.trim() === '') {
    const points = every > 0 ? Math.ceil(steps / every) - 1 : 0;
    for (let point = 1; point <= points; point++) chosen.add(point * every);
  } else {
    for (const name of at.split(',')) {
      const step = Number(name);
      if (!Number.isInteger(step) || step < 1) {
        throw new RetortError('bad-steps', `"${name.trim()}" is not a training step. Give whole numbers separated by commas, such as 300,600,1000.`, { name });
      }
      if (step < steps) chosen.add(step);
    }
  }
  return chosen.add(steps);
}
