import { expose } from 'comlink';
import type { Contestant, Measured } from './contestant';
import type { ContestantName, ProblemName } from './names';
import { minibatchBytes, type Problem } from './problem';
import { PROBLEMS } from './problems';

// Imported on demand: each library must find the worker without the others' backends.
const OPEN: Record<ContestantName, (problem: Problem, threads: number) => Promise<Contestant>> = {
  ours: async (problem, threads) => (await import('./ours')).ours(problem, true, threads),
  oursEager: async (problem, threads) => (await import('./ours')).ours(problem, false, threads),
  stock: async (problem) => (await import('./stock')).stock(problem),
  jax: async (problem) => (await import('./jax')).jax(problem),
};

let contestant: Contestant | null = null;

const room = {
  /** Opens a contestant; there is room for one, since tfjs' registries are global. `threads` is for ours on wasm. Gives the bytes of a minibatch. */
  async open(name: ContestantName, wanted: ProblemName, threads: number): Promise<number> {
    const problem = PROBLEMS[wanted]();
    contestant = await OPEN[name](problem, threads);
    return minibatchBytes(problem);
  },
  async step(step: number): Promise<Measured> {
    if (!contestant) throw new Error('No contestant was opened.');
    return contestant.step(step);
  },
};

export type Room = typeof room;

expose(room);
