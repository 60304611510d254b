import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe as suite, expect, it } from 'vitest';
import type { AutomationSummary } from '../src/client/automation';
import { INTAKE_DEFAULTS } from '../src/client/options';
import type { Recipe } from '../workers/protocol';
import { parseCommandLine, parseValue, UsageError, type CommandLine } from './arguments';
import { openProfile } from './profile';
import { Progress } from './progress';
import { RetortError } from '../workers/failure';
import { buildRecipe } from './recipe';
import { locateSource } from './source';
import { buildSummary, describe } from './summary';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'retort-cli-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function parse(...argv: string[]): CommandLine {
  const line = parseCommandLine(argv, '/home/me');
  if (line === 'help') throw new Error('not help');
  return line;
}

suite('command line', () => {
  it('fills what is left out from PATH', () => {
    expect(parse('../data/bolts.zip')).toEqual({
      path: '/home/data/bolts.zip', preset: undefined, recipeFile: undefined, seed: undefined, engine: undefined, settings: [],
      name: 'bolts', out: '/home/me/bolts-condensed.zip', profile: undefined, json: false, failOnLimits: false,
    });
  });

  it('reads every flag', () => {
    const line = parse('x', '--preset', 'quick', '--set', 'intake.size=16', '--set', 'select.strategy=interval', '--out', 'c10.zip', '--json',
      '--seed', '7', '--engine', 'wasm', '--name', 'Ten', '--profile', 'p', '--recipe', 'r.json');
    expect(line).toMatchObject({
      preset: 'quick', engine: 'wasm', seed: 7, name: 'Ten', json: true, out: '/home/me/c10.zip', profile: '/home/me/p', recipeFile: '/home/me/r.json',
      settings: [{ stage: 'intake', option: 'size', value: 16 }, { stage: 'select', option: 'strategy', value: 'interval' }],
    });
  });

  it.each([
    [[], 'PATH is missing'],
    [['a', 'b'], 'One PATH'],
    [['a', '--preset', 'fast'], 'quick, standard, thorough'],
    [['a', '--engine', 'cpu'], 'auto, webgpu, wasm'],
    [['a', '--seed', '-1'], '--seed'],
    [['a', '--seed', '4294967296'], '--seed'],
    [['a', '--set', 'size=16'], 'STAGE.OPTION=VALUE'],
    [['a', '--set', 'intak.size=16'], 'no stage "intak"'],
    [['a', '--out', 'x.tar'], '.zip'],
    [['a', '--name', ' '], '--name'],
    [['a', '--what'], '--what'],
  ])('refuses %j', (argv, hint) => {
    expect(() => parse(...argv)).toThrow(UsageError);
    expect(() => parse(...argv)).toThrow(hint);
  });

  it('takes a feature net and its name', () => {
    expect(parse('x', '--features', 'net.onnx', '--features-name', 'dino')).toMatchObject({ features: '/home/me/net.onnx', featuresName: 'dino' });
    expect(() => parse('x', '--features-name', 'dino')).toThrow('--features-name needs --features');
  });

  it('answers help before it looks at anything else', () => expect(parseCommandLine(['--help'], '/')).toBe('help'));

  it.each([
    ['16', 16], ['-0.5', -0.5], ['1e-3', 0.001], ['true', true], ['false', false], ['interval', 'interval'], ['"2024"', '2024'], ['', ''],
    ['1.2.3', '1.2.3'], ['a=b', 'a=b'], ['#ffffff', '#ffffff'],
  ])('reads the value %s', (text, value) => expect(parseValue(text)).toBe(value));
});

suite('recipe', () => {
  const base: Recipe = { schema: 1, method: 'd2c', preset: 'thorough', seed: 3, engine: 'wasm', options: { select: { imagesPerClass: 5, draws: 2 } } };

  it('starts from defaults', () => {
    expect(buildRecipe(parse('x'), null)).toEqual({ schema: 1, method: 'd2c', preset: 'standard', seed: 0, engine: 'auto', options: {} });
  });

  it('lets flags win over the file, option by option, and leaves the file alone', () => {
    const built = buildRecipe(parse('x', '--seed', '0', '--set', 'select.imagesPerClass=10', '--set', 'intake.size=16'), base);
    expect(built).toEqual({ ...base, seed: 0, options: { select: { imagesPerClass: 10, draws: 2 }, intake: { size: 16 } } });
    expect(base.options).toEqual({ select: { imagesPerClass: 5, draws: 2 } });
  });

});

suite('source', () => {
  it('tells folder, zip and both halves of an IDX pair, packed or not', () => {
    for (const name of ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte', 'lone-images-idx3-ubyte', 'a.ZIP', 'b.png']) writeFileSync(join(folder, name), '');
    mkdirSync(join(folder, 'set.zip'));
    const pair = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte'].map((name) => join(folder, name));
    expect(locateSource(pair[0])).toEqual({ kind: 'files', paths: pair });
    expect(locateSource(pair[1])).toEqual({ kind: 'files', paths: [pair[1], pair[0]] });
    expect(locateSource(join(folder, 'a.ZIP'))).toEqual({ kind: 'files', paths: [join(folder, 'a.ZIP')] });
    expect(locateSource(join(folder, 'set.zip'))).toEqual({ kind: 'folder', path: join(folder, 'set.zip') });
  });

  it.each([['nothing', 'no-such-path'], ['lone-images-idx3-ubyte', 'no-partner'], ['b.png', 'not-a-source']])('refuses %s with %s', (name, code) => {
    expect(() => locateSource(join(folder, name))).toThrow(expect.objectContaining({ code }));
  });
});

suite('profile', () => {
  it('is given to one run at a time, and taken back from the dead', () => {
    const place = join(folder, 'cache');
    const first = openProfile(place);
    const second = openProfile(place);
    expect([first.kept, second.kept]).toEqual([true, false]);
    expect(second.folder).not.toBe(first.folder);
    second.release();
    first.release();
    // No process has this id: Linux ends at 2^22, and others far below.
    writeFileSync(join(place, 'run.lock'), '2147483646');
    const third = openProfile(place);
    expect(third).toMatchObject({ kept: true, folder: first.folder });
    third.release();
  });
});

suite('progress', () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    const fake = { isTTY, columns: 20, write: (text: string) => written.push(text) };
    return { written, fake: fake as unknown as NodeJS.WriteStream };
  };

  it('replaces the line on a terminal and cuts it to its width', () => {
    const { written, fake } = stream(true);
    const progress = new Progress(fake);
    progress.write({ text: 'scorer: 1 of 1600, 5 min left', update: true });
    progress.say('scorer: done');
    progress.end();
    expect(written).toEqual(['scorer: 1 of 1600, ', '\r\u001b[Kscorer: done\n']);
  });

  it('thins updates out elsewhere, but never drops a line that stays', () => {
    const { written, fake } = stream(false);
    let now = 0;
    const progress = new Progress(fake, () => now);
    for (now = 0; now <= 10_000; now += 1_000) progress.write({ text: `at ${now}`, update: true });
    progress.say('done');
    expect(written).toEqual(['at 0\n', 'at 10000\n', 'done\n']);
  });
});

suite('summary', () => {
  const recipe: Recipe = { schema: 1, method: 'd2c', preset: 'quick', seed: 0, engine: 'auto', options: {} };
  const engine = { kind: 'wasm', adapter: 'simd', reason: 'No GPU.', reasonCode: 'no-adapter', threads: 2, selfTest: [] } as const;
  const automation: AutomationSummary = {
    dataset: {
      id: 'd', name: 'n', hash: 'h', options: INTAKE_DEFAULTS, size: 16, channels: 3, count: 9, read: 12, accepted: 9, refused: 1, duplicates: 2,
      nearDuplicates: 1, sourceBytes: 1, originalBytes: 0, classes: [{ name: 'a', train: 4, test: 1, reserve: 0 }, { name: 'b', train: 3, test: 1, reserve: 0 }],
      splits: 'seeded', labels: 'folders', mean: [0], std: [1], secondMoment: 1, effectiveDimension: 2, sourceSizes: [], warnings: [], createdAt: 0,
    },
    engine: { ...engine, selfTest: [] },
    run: {
      id: 'r', name: 'n', datasetId: 'd', datasetName: 'n', recipe, status: 'done', engine: null, failure: null, createdAt: 0, updatedAt: 0,
      stages: [{ id: 'scorer', key: 'k', status: 'cached', seconds: 0.00049 }, { id: 'select', key: 'k', status: 'done', seconds: 1.23456 }],
      result: {
        condensed: { count: 4, perClass: [2, 2], bytes: 99 },
        metrics: {
          fdDomain: { method: 10, random: 12, full: 8, floor: 1, n: 500 }, fdRaw: { method: 3, random: { mean: 4, sd: 0.5, n: 20 } },
          kid: { method: 1, random: 2, full: 0 }, encoderAccuracy: { methods: 0.5, judge: 0.6 }, rankAgreement: { global: 0.9, withinClass: 0.95 },
          judgeIsDisjoint: true, curves: { method: [], random: [], full: [] },
        },
      },
    },
    seconds: { intake: 2, export: 0.5 },
    bytes: 1234,
    sha256: 'abc',
    limits: [{ name: 'maxFdOverRandom', limit: 0.8, value: 10 / 12, interval: null, verdict: 'not-met', doubtful: false }],
  };

  it('has the figures, the cached stages and nothing of the curves', () => {
    const summary = buildSummary(automation, '/o.zip');
    expect(summary).toMatchObject({
      images: { read: 12, accepted: 9, refused: 1, duplicates: 2, classes: 2 },
      engine: { kind: 'wasm', adapter: 'simd', reason: 'No GPU.' },
      condensed: { count: 4, perClass: [2, 2], bytes: 99 },
      metrics: { fdDomain: { method: 10, floor: 1, n: 500 }, fdRaw: { random: { mean: 4, sd: 0.5 } }, encoderAccuracy: { judge: 0.6 } },
      recipe, out: '/o.zip', sha256: 'abc', limits: [{ name: 'maxFdOverRandom', verdict: 'not-met' }],
    });
    expect(summary.stages).toEqual([
      { id: 'intake', seconds: 2, cached: false }, { id: 'scorer', seconds: 0, cached: true }, { id: 'select', seconds: 1.235, cached: false },
      { id: 'export', seconds: 0.5, cached: false },
    ]);
    expect(summary.metrics).not.toHaveProperty('curves');
    expect(describe(summary)).toContain('9 of 12 images in 2 classes became 4.');
    expect(describe(summary)).toContain('FD(domain) relative to random of the same size  at most 0.8 times  0.8333 times  ✗ Not met');
  });

  it('does not call a run without a result a success', () => {
    expect(() => buildSummary({ ...automation, run: { ...automation.run, result: null } }, '/o.zip')).toThrow(RetortError);
  });
});
