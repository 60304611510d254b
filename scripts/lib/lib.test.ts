import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playwrightCounts, vitestCounts } from './counts.mjs';
import { cycles, importsOf, type Edge } from './graph.mjs';
import { missingPackages } from './install.mjs';
import { violations } from './rules.mjs';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'retort-lib-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, value: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

describe('counts', () => {
  it('counts tests, and a file that does not load as one failure', () => {
    const file = write('v.json', {
      numPassedTests: 7,
      numFailedTests: 2,
      testResults: [{ status: 'failed', assertionResults: [] }, { status: 'failed', assertionResults: [{}, {}] }],
    });
    expect(vitestCounts(file, 1)).toEqual({ passed: 7, failed: 3 });
  });

  it('counts flaky browser tests and errors outside tests as failures', () => {
    const file = write('p.json', { stats: { expected: 4, unexpected: 1, flaky: 1, skipped: 2 }, errors: [{}] });
    expect(playwrightCounts(file, 1)).toEqual({ passed: 4, failed: 3 });
  });

  it('never calls a run without a report, or with an error code, a success', () => {
    expect(vitestCounts(join(folder, 'none.json'), 0)).toEqual({ passed: 0, failed: 1 });
    expect(vitestCounts(write('ok.json', { numPassedTests: 3, numFailedTests: 0, testResults: [] }), 1)).toEqual({ passed: 3, failed: 1 });
    writeFileSync(join(folder, 'torn.json'), '{"stats":');
    expect(playwrightCounts(join(folder, 'torn.json'), 0)).toEqual({ passed: 0, failed: 1 });
  });
});

describe('missingPackages', () => {
  it('names absent and outdated packages, and lets optional ones be absent', () => {
    for (const [name, version] of [['a', '1.0.0'], ['b', '1.0.0']]) {
      mkdirSync(join(folder, 'node_modules', name), { recursive: true });
      writeFileSync(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ version }));
    }
    write('package-lock.json', {
      packages: {
        '': { version: '0.1.0' },
        'node_modules/a': { version: '1.0.0' },
        'node_modules/b': { version: '2.0.0' },
        'node_modules/c': { version: '1.0.0' },
        'node_modules/d': { version: '1.0.0', optional: true },
      },
    });
    expect(missingPackages(folder)).toEqual(['node_modules/b', 'node_modules/c']);
  });
});

describe('import graph', () => {
  it('tells values, types, workers and dynamic imports apart', () => {
    const code = [
      `import type { A } from './a'; import { type B, b } from './b'; import './c'; export { type D } from './d';`,
      `const w = new Worker(new URL('../../workers/x.worker.ts', import.meta.url), { type: 'module' });`,
      `const e = await import('./e'); const wasm = new URL('./f.wasm', import.meta.url); type G = import('./g').G;`,
    ].join('\n');
    const edges = importsOf(folder, 'src/client/x.ts', code).map(({ to, kind }) => `${kind} ${to}`);
    expect(edges.sort()).toEqual([
      'asset src/client/f.wasm', 'type src/client/a', 'type src/client/d', 'type src/client/g', 'value src/client/b', 'value src/client/c',
      'value src/client/e', 'worker workers/x.worker.ts',
    ]);
  });

  it('finds a cycle once and lets type imports go round', () => {
    const edge = (from: string, to: string, kind: Edge['kind'] = 'value'): Edge => ({ from, to, kind });
    expect(cycles([edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('c', 'd')])).toEqual([['a', 'b', 'c', 'a']]);
    expect(cycles([edge('a', 'b'), edge('b', 'a', 'type')])).toEqual([]);
  });
});

describe('rules', () => {
  it.each<[Edge['from'], Edge['to'], Edge['kind']]>([
    ['src/app/main.tsx', 'workers/random.ts', 'value'],
    ['src/app/main.tsx', 'workers/protocol.ts', 'value'],
    ['src/app/main.tsx', 'workers/studio.worker.ts', 'worker'],
    ['src/client/client.ts', 'workers/runs/store.ts', 'worker'],
    ['src/app/main.tsx', '@tensorflow/tfjs-core', 'value'],
    ['workers/runs/store.ts', 'src/client/types.ts', 'type'],
    ['workers/runs/store.ts', 'react', 'value'],
    ['workers/metrics/frechet.ts', 'workers/engine/types.ts', 'type'],
    ['workers/formats/png.ts', 'workers/metrics/frechet.ts', 'value'],
    ['workers/nets/unet.ts', 'workers/methods/d2c/score.ts', 'value'],
    ['workers/engine/device.ts', 'workers/nets/unet.ts', 'value'],
    ['workers/methods/d2c/score.ts', 'workers/studio/studio.ts', 'value'],
    ['workers/nets/unet.ts', 'workers/nets/unet.testing.ts', 'value'],
  ])('forbids %s -> %s as %s', (from, to, kind) => {
    expect(violations([{ from, to, kind }])).toHaveLength(1);
  });

  it.each<[Edge['from'], Edge['to'], Edge['kind']]>([
    ['src/app/main.tsx', 'workers/protocol.ts', 'type'],
    ['src/client/client.ts', 'workers/studio.worker.ts', 'worker'],
    ['workers/methods/d2c/score.ts', 'workers/nets/unet.ts', 'value'],
    ['workers/metrics/frechet.ts', 'ml-matrix', 'value'],
    ['workers/metrics/frechet.ts', 'workers/random.ts', 'value'],
    ['workers/nets/unet.test.ts', 'workers/nets/unet.testing.ts', 'value'],
  ])('allows %s -> %s as %s', (from, to, kind) => {
    expect(violations([{ from, to, kind }])).toEqual([]);
  });
});
