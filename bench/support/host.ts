import { join } from 'node:path';
import { cache } from '../../scripts/lib/paths.mjs';
import type { DataSet } from '../../workers/data/types';
import { nodeWasmUrls } from '../../workers/engine/engine.testing';
import { openEngine } from '../../workers/engine/open';
import type { Engine } from '../../workers/engine/types';
import { RetortError } from '../../workers/failure';
import { ArtifactStore } from '../../workers/runs/artifacts';
import { RunControl } from '../../workers/runs/control';
import { runGraph, type GraphNode } from '../../workers/runs/runner';
import type { Bundle } from '../../workers/runs/types';
import { diskFiles } from './files';

/** The studio's wasm engine in Node, one thread. */
export function openBenchEngine(): Promise<Engine> {
  return openEngine({ engine: 'wasm', wasmUrls: nodeWasmUrls() });
}

const LINE_EVERY_MS = 15_000;

/** Runs a stage graph as the studio would, with its artifacts under `.cache/bench`, and tells what each stage took. */
export async function runNodes(
  nodes: readonly GraphNode[], host: { engine: Engine; dataset: DataSet; seed: number }, log: (line: string) => void,
): Promise<{ bundles: Map<string, Bundle>; seconds: Record<string, number> }> {
  const seconds: Record<string, number> = {};
  let last = 0;
  const bundles = await runGraph(nodes, {
    ...host,
    runId: 'bench',
    artifacts: new ArtifactStore(diskFiles(join(cache, 'bench'))),
    control: new RunControl(),
    // Nets are added in a browser's store, which a bench has none of.
    net: (sha256) => Promise.reject(new RetortError('net-missing', 'Benches measure without a feature net. Leave features.net empty.', { hash: sha256.slice(0, 8) })),
    emit(event) {
      const now = performance.now();
      if (event.type === 'log') log(event.line);
      if (event.type === 'metric' && 'fd' in event.values) log(`${event.stage}: step ${event.step} FD ${event.values.fd.toFixed(3)}`);
      if (event.type === 'progress' && now - last > LINE_EVERY_MS) {
        last = now;
        log(`${event.stage}: ${event.done} of ${event.total}, ${Math.ceil(event.secondsLeft ?? 0)} s left`);
      }
    },
    async onStage(report) {
      if (report.status === 'done') {
        seconds[report.id] = report.seconds;
        log(`${report.id}: ${report.seconds.toFixed(1)} s`);
      }
    },
  });
  return { bundles, seconds };
}
