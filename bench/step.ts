import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import { browserFlags, ensureBrowser } from '../scripts/lib/browser.mjs';
import { cache, root } from '../scripts/lib/paths.mjs';
import { serve } from '../scripts/serve.mjs';
import type { Bench } from './bench';
import type { Measured } from './step/contestant';
import { COMPARED, figuresOf, lossesOf, ratiosOf, targetsOf, WARM_UP, type Losses, type Outcomes, type Ratios, type Target } from './step/figures';
import { CONTESTANTS, PROBLEM_NAMES, TAKE_PART, type ContestantName, type ProblemName } from './step/names';

/** A step of the slowest contestant on a busy machine. */
const STEP_MS = 600_000;

interface Effort {
  /** Timed steps. */
  rounds: number;
  /** Threads of ours on wasm. */
  threads: number;
}

interface Part {
  contestants: Outcomes;
  ratios: Ratios;
  losses: Losses;
  targets: Record<string, Target>;
}

/** One problem: all contestants open at once, one step each in turn. */
async function contest(
  browser: Browser, address: string, problem: ProblemName, names: readonly ContestantName[], { rounds, threads }: Effort, log: (line: string) => void,
): Promise<Part> {
  const pages: Partial<Record<ContestantName, Page>> = {};
  const contestants: Outcomes = {};
  const steps: Partial<Record<ContestantName, Measured[]>> = {};
  let minibatch = 0;
  const fail = (name: ContestantName, cause: unknown): void => {
    const error = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    contestants[name] = { error };
    log(`${problem} ${name}: ${error}`);
  };
  for (const name of names) {
    const page = await browser.newPage();
    page.setDefaultTimeout(STEP_MS);
    page.on('console', (message) => message.type() === 'error' && log(`${name}: ${message.text()}`));
    pages[name] = page;
    steps[name] = [];
    try {
      await page.goto(address);
      minibatch = await page.evaluate(([contestant, wanted, count]) => window.room.open(contestant, wanted, count), [name, problem, threads] as const);
    } catch (error) {
      fail(name, error);
    }
  }
  for (let step = 0; step < WARM_UP + rounds; step++) {
    for (const name of names) {
      if (contestants[name]) continue;
      try {
        const measured = await pages[name]!.evaluate((index) => window.room.step(index), step);
        steps[name]!.push(measured);
        log(`${problem} ${name} ${step}: ${measured.ms.toFixed(0)} ms, encode ${measured.encodeMs.toFixed(1)} ms, ${measured.traffic.dispatches} dispatches, loss ${measured.loss.toFixed(5)}`);
      } catch (error) {
        fail(name, error);
      }
    }
  }
  for (const name of names) {
    contestants[name] ??= figuresOf(steps[name]!);
    if ('error' in contestants[name]) delete steps[name];
    await pages[name]!.close();
  }
  const ratios = ratiosOf(contestants);
  const losses = lossesOf(steps);
  return { contestants, ratios, losses, targets: targetsOf(problem, contestants, ratios, losses, minibatch) };
}

/** The names a person listed. @throws RangeError for one that is not known. */
function chosen<Name extends string>(list: string, known: readonly Name[]): Name[] {
  return list.split(',').map((name) => {
    const found = known.find((candidate) => candidate === name);
    if (!found) throw new RangeError(`There is no "${name}". Choose from ${known.join(', ')}.`);
    return found;
  });
}

/** @throws RangeError for anything but a whole number from 1. */
function counted(option: string, value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`--${option} takes a whole number from 1, not "${value}".`);
  return count;
}

/** One training step of the nets people train here, against stock tfjs and jax-js on the same adapter in one run. */
export const step: Bench = {
  name: 'step',
  summary: 'one training step of a U-Net, a DiT and a recovery on WebGPU and of the U-Net on wasm: ours replayed, ours eager, stock tfjs, @jax-js/jax; time, encoding, dispatches, uploads, memory',
  async run(argv, log) {
    const { values } = parseArgs({
      args: argv,
      options: {
        rounds: { type: 'string', default: String(COMPARED - WARM_UP) }, problems: { type: 'string', default: PROBLEM_NAMES.join() },
        contestants: { type: 'string', default: CONTESTANTS.join() }, threads: { type: 'string', default: '1' }, hardware: { type: 'boolean', default: false },
      },
    });
    const problems = chosen(values.problems, PROBLEM_NAMES);
    const wanted = chosen(values.contestants, CONTESTANTS);
    const effort: Effort = { rounds: counted('rounds', values.rounds), threads: counted('threads', values.threads) };
    const folder = join(cache, 'bench-step');
    await build({ root: join(root, 'bench/step'), base: './', logLevel: 'error', configFile: false, worker: { format: 'es' }, build: { outDir: folder, emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 4000 } });
    const { port, close } = await serve({ folder });
    const browser = await chromium.launch({
      executablePath: await ensureBrowser(), headless: false, args: browserFlags({ softwareGpu: !values.hardware }),
    });
    try {
      const results: Partial<Record<ProblemName, Part>> = {};
      for (const problem of problems) {
        const names = TAKE_PART[problem].filter((name) => wanted.includes(name));
        results[problem] = await contest(browser, `http://localhost:${port}/`, problem, names, effort, log);
      }
      return { adapter: values.hardware ? 'hardware' : 'software', ...effort, warmUp: WARM_UP, ...results };
    } finally {
      await browser.close();
      await close();
    }
  },
};
