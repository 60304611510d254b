import { existsSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { nodeWasmUrls } from './engine.testing';
import { openEngine } from './open';
import { ReferenceNet } from './reference-net.testing';
import { simd } from './wasm/simd/module';
import { nodeThreads } from './wasm/threads/node.testing';

/** Milliseconds of the fastest and the middle run. */
export interface Timing {
  fastest: number;
  median: number;
}

/** Processor time of all threads, not the clock: other programs on the machine must not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const OWN = '/proc/thread-self/schedstat';

/** Processor time of the calling thread alone, where the system tells it (Linux): what the clock would show if every thread had a processor to itself. */
function ownTime(): number {
  return existsSync(OWN) ? Number(readFileSync(OWN, 'utf8').split(' ')[0]) / 1e6 : NaN;
}

function summary(all: number[]): Timing {
  const sorted = all.toSorted((a, b) => a - b);
  return { fastest: sorted[0], median: sorted[sorted.length >> 1] };
}

/** A training step of the reference net at batch 32 and inference of one image at batch 250, on the wasm engine. */
async function openWork(threads: number): Promise<{ step(): Promise<unknown>; infer(): Promise<unknown> }> {
  const engine = await openEngine({ engine: 'wasm', wasmUrls: nodeWasmUrls(), threadHost: nodeThreads(), threads });
  const net = new ReferenceNet();
  const optimizer = engine.optimizer(net.initial, { clip: 1, ema: 0.999, weightDecay: 0.01 });
  const batch = net.batch(32, 1);
  const many = net.batch(250, 2);
  return {
    step: () => engine.trainStep(optimizer, 1e-3, (params) => net.loss(params, batch)).loss,
    async infer() {
      const out = tf.tidy(() => net.forward(optimizer.ema(), many.x, many.e));
      await out.data();
      out.dispose();
    },
  };
}

async function times(runs: number, clock: () => number, work: () => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = clock();
    await work();
    all.push(clock() - start);
  }
  return all;
}

const perImage = ({ fastest, median }: Timing): Timing => ({ fastest: fastest / 250, median: median / 250 });

/** Processor time on one thread. */
export async function measureSpeed(runs: number): Promise<{ step: Timing; inference: Timing }> {
  const { step, infer } = await openWork(1);
  return {
    step: summary(await times(runs, processorTime, step)),
    inference: perImage(summary(await times(Math.ceil(runs / 4), processorTime, infer))),
  };
}

/**
 * One thread against several by the clock, in processor time, and in that of the calling thread, in turn within one engine so that what else the machine does falls on
 * both. The ratios are medians over neighbours.
 */
export async function measureThreads(threads: number, rounds: number): Promise<Record<string, unknown>> {
  const { step, infer } = await openWork(threads);
  const module = simd();
  const { pool } = module;
  const result: Record<string, unknown> = { threads: module.workers };
  for (const [name, work, runs, scale] of [['step', step, rounds, 1], ['inference', infer, Math.ceil(rounds / 4), 1 / 250]] as const) {
    const seen: Record<'one' | 'many', { ms: number[]; processor: number[]; own: number[] }> = {
      one: { ms: [], processor: [], own: [] }, many: { ms: [], processor: [], own: [] },
    };
    for (let run = -2; run < runs; run++) {
      for (const [which, present] of [['one', null], ['many', pool]] as const) {
        module.pool = present;
        const [clock, processor, own] = [performance.now(), processorTime(), ownTime()];
        await work();
        if (run < 0) continue;
        seen[which].own.push((ownTime() - own) * scale);
        seen[which].processor.push((processorTime() - processor) * scale);
        seen[which].ms.push((performance.now() - clock) * scale);
      }
    }
    const ratio = (of: 'ms' | 'own'): number => summary(seen.one[of].map((value, i) => value / seen.many[of][i])).median;
    const told = ({ ms, processor, own }: { ms: number[]; processor: number[]; own: number[] }) =>
      ({ ...summary(ms), processor: summary(processor).median, caller: summary(own).median });
    result[name] = { one: told(seen.one), many: told(seen.many), ratio: ratio('ms'), callerRatio: ratio('own') };
  }
  return result;
}

/** Kernels a training step runs, calls of our wasm functions in it, and the fastest run's milliseconds in tfjs, the tape and JavaScript outside kernels. */
export async function measureOverhead(runs: number): Promise<{ kernels: number; calls: number; total: number; insideKernels: number; outside: number }> {
  const { step } = await openWork(1);
  let [kernels, calls, inside] = [0, 0, 0];
  let nested = false;
  for (const config of tf.getKernelsForBackend('wasm')) {
    const { kernelFunc } = config;
    config.kernelFunc = (call) => {
      if (nested) return kernelFunc(call);
      nested = true;
      const start = performance.now();
      const out = kernelFunc(call);
      inside += performance.now() - start;
      kernels++;
      nested = false;
      return out;
    };
  }
  const run = simd().run as Record<string, (...values: number[]) => number | void>;
  (simd() as { run: object }).run = Object.fromEntries(Object.entries(run).map(([name, call]) => [name, (...values: number[]) => {
    calls++;
    return call(...values);
  }]));
  const seen: { kernels: number; calls: number; total: number; insideKernels: number; outside: number }[] = [];
  for (let i = 0; i < runs; i++) {
    kernels = calls = inside = 0;
    const start = performance.now();
    await step();
    const total = performance.now() - start;
    seen.push({ kernels, calls, total, insideKernels: inside, outside: total - inside });
  }
  return seen.toSorted((a, b) => a.outside - b.outside)[0];
}

if (process.argv[1]?.endsWith('engine/speed.testing.ts')) {
  const threads = process.argv.indexOf('--threads');
  const measured = process.argv.includes('--overhead') ? measureOverhead(40)
    : threads > 0 ? measureThreads(Number(process.argv[threads + 1] ?? 2), 40) : measureSpeed(40);
  process.stdout.write(`${JSON.stringify(await measured)}\n`);
  // Threads sleep for ever.
  process.exit();
}
