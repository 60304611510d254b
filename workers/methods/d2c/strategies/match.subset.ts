import { accumulate, project, squaredNorm, type Field } from './match.field';

/**
 * A subset under change, with its distance to the folder. With n images in all, U_c = (sum of phi over the picks of class c) / n - (n_c / n) target_c
 * and P the sum of U_c over classes, the distance is
 *
 *     J = |P|^2 + alpha sum_c |U_c|^2.
 *
 * The first term is the FD of the pooled subset to the folder at the classes' shares in the subset; the second keeps the classes from paying for
 * one another: it is what the first would be if their errors were independent.
 */
export class MatchedSubset {
  private readonly n: number;
  private readonly pooled: Float64Array;
  private readonly classes: Float64Array[];
  /** Weights that the candidates for a place are projected on. */
  private readonly pull: Float64Array;

  /** @param picks a class: positions, replaced in place by `swap`. */
  constructor(private readonly field: Field, readonly picks: Uint32Array[], private readonly alpha: number) {
    this.n = picks.reduce((sum, list) => sum + list.length, 0);
    this.pooled = new Float64Array(field.length);
    this.pull = new Float64Array(field.length);
    this.classes = picks.map((list, classIndex) => {
      const target = field.targets[classIndex];
      const share = list.length / this.n;
      const difference = Float64Array.from(target, (value) => -share * value);
      for (const position of list) accumulate(field, position, 1 / this.n, difference);
      for (let k = 0; k < field.length; k++) this.pooled[k] += difference[k];
      return difference;
    });
  }

  /** J, in squared feature units. */
  distance(): number {
    let own = 0;
    for (const difference of this.classes) own += squaredNorm(this.field, difference);
    return squaredNorm(this.field, this.pooled) + this.alpha * own;
  }

  /**
   * Empties one place of a class, and answers how much J differs with each candidate in it, up to a constant:
   * h(x) = 2/n <P + alpha U_c - (1 + alpha) phi(p)/n, phi(x)> + (1 + alpha) |phi(x)|^2 / n^2.
   */
  place(classIndex: number, slot: number): (candidate: number) => number {
    const { field, n, alpha, pooled, pull } = this;
    const { length, metric, norms } = field;
    const own = this.classes[classIndex];
    for (let k = 0; k < length; k++) pull[k] = pooled[k] + alpha * own[k];
    accumulate(field, this.picks[classIndex][slot], -(1 + alpha) / n, pull);
    for (let k = 0; k < length; k++) pull[k] *= (2 / n) * metric[k];
    const weight = (1 + alpha) / (n * n);
    return (candidate) => project(field, candidate, pull) + weight * norms[candidate];
  }

  /** Puts `candidate` into a place. */
  swap(classIndex: number, slot: number, candidate: number): void {
    const { field, n, pooled } = this;
    const list = this.picks[classIndex];
    for (const sum of [pooled, this.classes[classIndex]]) {
      accumulate(field, list[slot], -1 / n, sum);
      accumulate(field, candidate, 1 / n, sum);
    }
    list[slot] = candidate;
  }
}
