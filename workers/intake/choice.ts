import { compareCodePoints } from '../formats/slug';
import { classOrder, planClasses, type ClassPlan } from './splits';
import type { Candidate } from './candidates';
import type { IntakeOptions, SplitName } from '../protocol';

/** Candidates of one class that are not given as test, in seeded order. */
interface Pool {
  order: Candidate[];
  /** Place in the seeded order. */
  rank: Map<Candidate, number>;
  taken: number;
  accepted: Candidate[];
  plan: ClassPlan;
}

/** Images of one class read in a row: enough to profit from files lying side by side. */
const RUN = 8;

/** Reads classes side by side, so that all of them fill up on the screen, each in path order. */
function interleave(groups: Candidate[][]): Candidate[] {
  return groups
    .flatMap((group) => group.map((candidate, i) => ({ candidate, turn: Math.floor(i / RUN) })))
    .sort((a, b) => a.turn - b.turn || a.candidate.classIndex - b.candidate.classIndex)
    .map(({ candidate }) => candidate);
}

/**
 * Which candidates are read, and what split each becomes. Under a limit only as many are read as will be stored; those that
 * turn out broken or repeated are replaced by the next of their class. The result depends on paths and seed alone.
 */
export class Choice {
  private readonly pools: Pool[];
  private readonly tests: Candidate[][];
  private readonly holdout: number;

  /** @param candidates in code-point order of their paths. */
  constructor(classes: readonly string[], candidates: readonly Candidate[], given: boolean, private readonly options: IntakeOptions) {
    this.holdout = given ? 0 : options.holdout;
    const members = classes.map((): Candidate[] => []);
    this.tests = classes.map((): Candidate[] => []);
    for (const candidate of candidates) (candidate.given === 'test' ? this.tests : members)[candidate.classIndex].push(candidate);
    const plans = planClasses(members.map((list) => list.length), this.holdout, options.limit, options.reserve);
    this.pools = members.map((list, c) => {
      const order = Array.from(classOrder(list.length, options.seed, classes[c]), (i) => list[i]);
      return { order, rank: new Map(order.map((candidate, rank) => [candidate, rank])), taken: 0, accepted: [], plan: plans[c] };
    });
  }

  /** First round: given tests, then what the plan asks for. Test pictures come first, so that of a repetition the training copy goes. */
  first(): Candidate[] {
    return [...interleave(this.tests), ...this.more()];
  }

  /** Later rounds: replacements for what could not be kept; empty when nothing is short or nothing is left. */
  more(): Candidate[] {
    const groups = this.pools.map((pool) => {
      const short = pool.plan.test + pool.plan.train + pool.plan.reserve - pool.accepted.length;
      const next = pool.order.slice(pool.taken, pool.taken + short);
      pool.taken += next.length;
      return next.sort((a, b) => compareCodePoints(a.path, b.path));
    });
    return interleave(groups);
  }

  accept(candidate: Candidate): void {
    if (candidate.given !== 'test') this.pools[candidate.classIndex].accepted.push(candidate);
  }

  /** Candidates that were never read, as an example and a count. */
  unread(): { path: string; count: number } {
    const rest = this.pools.flatMap((pool) => pool.order.slice(pool.taken));
    const path = rest.reduce((first, { path: other }) => (first === '' || compareCodePoints(other, first) < 0 ? other : first), '');
    return { path, count: rest.length };
  }

  /** The split of every accepted candidate. Call once reading is over. */
  splits(): Map<Candidate, SplitName> {
    const splits = new Map<Candidate, SplitName>();
    for (const list of this.tests) for (const candidate of list) splits.set(candidate, 'test');
    const sizes = this.pools.map((pool) => pool.accepted.length);
    // Without a limit the shares are those of what was accepted; with one, those that were asked for, as far as they could be met.
    const plans = this.options.limit === 0 ? planClasses(sizes, this.holdout, 0, this.options.reserve) : this.pools.map((pool) => pool.plan);
    const least = planClasses(sizes, this.holdout, 0, 0);
    this.pools.forEach((pool, c) => {
      const test = Math.min(plans[c].test, Math.max(least[c].test, sizes[c] - plans[c].train));
      const byRank = pool.accepted.sort((a, b) => (pool.rank.get(a) as number) - (pool.rank.get(b) as number));
      byRank.forEach((candidate, i) => {
        splits.set(candidate, i < test ? 'test' : i < test + plans[c].train ? 'train' : 'reserve');
      });
    });
    return splits;
  }
}
