import type { Contestant, Measured } from './contestant';
import type { ProblemName } from './problem';

declare global {
  interface Window {
    /** Opens a contestant; the page has room for one, since tfjs' registries are global. */
    openContestant(name: ContestantName, problem: ProblemName): Promise<void>;
    step(step: number): Promise<Measured>;
  }
}

export type ContestantName = 'ours' | 'oursEager' | 'stock' | 'jax';

// Imported on demand: each library must find the page without the others.
const CONTESTANTS: Record<ContestantName, (problem: ProblemName) => Promise<Contestant>> = {
  ours: async (problem) => (await import('./ours')).ours(problem, true),
  oursEager: async (problem) => (await import('./ours')).ours(problem, false),
  stock: async () => (await import('./stock')).stock(),
  jax: async () => (await import('./jax')).jax(),
};

window.openContestant = async (name, problem) => {
  const contestant = await CONTESTANTS[name](problem);
  window.step = (step) => contestant.step(step);
};
