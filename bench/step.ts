import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import { browserFlags, ensureBrowser } from '../scripts/lib/browser.mjs';
import { cache, root } from '../scripts/lib/paths.mjs';
import { serve } from '../scripts/serve.mjs';
import type { Bench } from './bench';
import type { Measured } from './step/contestant';
import type { ContestantName } from './step/page';
import type { ProblemName } from './step/problem';

/** Steps before the timed ones: shaders compile, and ours is recorded. */
const WARM_UP = 4;
/** Steps after which the losses are compared. */
const COMPARED = 20;
/** A step of the slowest contestant on a busy machine. */
const STEP_MS = 600_000;

const CONTESTANTS: Record<ProblemName, ContestantName[]> = { unet: ['ours', 'oursEager', 'stock', 'jax'], dit: ['ours', 'oursEager'] };

interface Figures {
  ms: number;
  fastest: number;
  encodeMs: number;
  dispatches: number;
  passes: number;
  submits: number;
  copies: number;
  buffersCreated: number;
  uploadBytes: number;
  liveBytes: number;
  peakBytes: number;
  lossAfter20: number;
}

type Outcome = Figures | { error: string };

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function figuresOf(steps: Measured[], lossAfter20: number): Figures {
  const of = (pick: (measured: Measured) => number) => median(steps.map(pick));
  const sent = (key: keyof Measured['traffic']) => of(({ traffic }) => traffic[key]);
  return {
    ms: of(({ ms }) => ms), fastest: Math.min(...steps.map(({ ms }) => ms)), encodeMs: of(({ encodeMs }) => encodeMs),
    dispatches: sent('dispatches'), passes: sent('passes'), submits: sent('submits'), copies: sent('copies'),
    buffersCreated: sent('buffersCreated'), uploadBytes: sent('uploadBytes'), liveBytes: sent('liveBytes'), peakBytes: sent('peakBytes'), lossAfter20,
  };
}

/** How many times better ours is; null where the other could not run. */
function ratiosOf(figures: Partial<Record<ContestantName, Outcome>>): Record<string, number | null> {
  const ratio = (other: ContestantName, pick: (figures: Figures) => number): number | null => {
    const [mine, theirs] = [figures.ours, figures[other]];
    return mine && theirs && !('error' in mine) && !('error' in theirs) ? pick(theirs) / pick(mine) : null;
  };
  return {
    stockTime: ratio('stock', ({ ms }) => ms), jaxTime: ratio('jax', ({ ms }) => ms), eagerTime: ratio('oursEager', ({ ms }) => ms),
    dispatches: ratio('stock', ({ dispatches }) => dispatches), encode: ratio('stock', ({ encodeMs }) => encodeMs),
    eagerEncode: ratio('oursEager', ({ encodeMs }) => encodeMs),
  };
}

/** One problem: all contestants open at once, one step each in turn. */
async function contest(
  browser: Browser, address: string, problem: ProblemName, names: ContestantName[], rounds: number, log: (line: string) => void,
): Promise<{ contestants: Partial<Record<ContestantName, Outcome>>; ratios: Record<string, number | null> }> {
  const pages: Partial<Record<ContestantName, Page>> = {};
  const contestants: Partial<Record<ContestantName, Outcome>> = {};
  const steps: Partial<Record<ContestantName, Measured[]>> = {};
  const fail = (name: ContestantName, error: unknown): void => {
    contestants[name] = { error: error instanceof Error ? error.message.split('\n')[0] : String(error) };
    log(`${problem} ${name}: ${(contestants[name] as { error: string }).error}`);
    delete pages[name];
  };
  for (const name of names) {
    const page = await browser.newPage();
    page.setDefaultTimeout(STEP_MS);
    page.on('console', (message) => message.type() === 'error' && log(`${name}: ${message.text()}`));
    pages[name] = page;
    steps[name] = [];
    try {
      await page.goto(address);
      await page.evaluate(([contestant, wanted]) => window.openContestant(contestant, wanted), [name, problem] as const);
    } catch (error) {
      fail(name, error);
    }
  }
  for (let step = 0; step < Math.max(COMPARED, WARM_UP + rounds); step++) {
    for (const name of names) {
      const page = pages[name];
      if (!page) continue;
      try {
        const measured = await page.evaluate((index) => window.step(index), step);
        steps[name]!.push(measured);
        log(`${problem} ${name} ${step}: ${measured.ms.toFixed(0)} ms, encode ${measured.encodeMs.toFixed(1)} ms, ${measured.traffic.dispatches} dispatches, loss ${measured.loss.toFixed(5)}`);
      } catch (error) {
        fail(name, error);
      }
    }
  }
  for (const name of names) {
    const taken = steps[name]!;
    if (pages[name]) contestants[name] = figuresOf(taken.slice(WARM_UP), taken[COMPARED - 1].loss);
    await pages[name]?.close();
  }
  return { contestants, ratios: ratiosOf(contestants) };
}

/** One training step of the nets people train here, against stock tfjs and jax-js on the same adapter in one run. */
export const step: Bench = {
  name: 'step',
  summary: 'one training step on WebGPU: ours replayed, ours eager, stock tfjs, @jax-js/jax; time, encoding, dispatches, uploads, memory',
  async run(argv, log) {
    const { values } = parseArgs({
      args: argv,
      options: {
        rounds: { type: 'string', default: '16' }, problems: { type: 'string', default: 'unet,dit' }, contestants: { type: 'string', default: 'ours,oursEager,stock,jax' },
        hardware: { type: 'boolean', default: false },
      },
    });
    const folder = join(cache, 'bench-step');
    await build({ root: join(root, 'bench/step'), base: './', logLevel: 'error', configFile: false, build: { outDir: folder, emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 4000 } });
    const { port, close } = await serve({ folder });
    const browser = await chromium.launch({
      executablePath: await ensureBrowser(), headless: false, args: browserFlags({ softwareGpu: !values.hardware }),
    });
    try {
      const wanted = values.contestants.split(',');
      const results: Record<string, unknown> = {};
      for (const problem of values.problems.split(',') as ProblemName[]) {
        const names = CONTESTANTS[problem].filter((name) => wanted.includes(name));
        results[problem] = await contest(browser, `http://localhost:${port}/`, problem, names, Number(values.rounds), log);
      }
      return { adapter: values.hardware ? 'hardware' : 'software', rounds: Number(values.rounds), ...results };
    } finally {
      await browser.close();
      await close();
    }
  },
};
