import type { Contestant, Measured } from './contestant';
import type { ContestantName, ProblemName } from './names';
import { minibatchBytes, type Problem } from './problem';
import { PROBLEMS } from './problems';

declare global {
  interface Window {
    /** Opens a contestant; the page has room for one, since tfjs' registries are global. Gives the bytes of a minibatch. */
    openContestant(name: ContestantName, problem: ProblemName): Promise<number>;
    step(step: number): Promise<Measured>;
  }
}

// Imported on demand: each library must find the page without the others' backends.
const OPEN: Record<ContestantName, (problem: Problem) => Promise<Contestant>> = {
  ours: async (problem) => (await import('./ours')).ours(problem, true),
  oursEager: async (problem) => (await import('./ours')).ours(problem, false),
  stock: async (problem) => (await import('./stock')).stock(problem),
  jax: async (problem) => (await import('./jax')).jax(problem),
};

window.openContestant = async (name, wanted) => {
  const problem = PROBLEMS[wanted]();
  const contestant = await OPEN[name](problem);
  window.step = (step) => contestant.step(step);
  return minibatchBytes(problem);
};
