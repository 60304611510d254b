import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Summary } from '../cli/summary';
import { imageFiles, writeFiles } from './support/images';
import { expect, test } from './support/test';

// The command line on the built studio, as a shell runs it.

const MINUTE = 60_000;

const TINY = [
  'intake.size=16', 'encoder.epochs=1', 'encoder.minSteps=20', 'encoder.batch=16', 'encoder.width=8', 'judge.epochs=1', 'judge.minSteps=20', 'judge.batch=16',
  'judge.width=8', 'scorer.width=8', 'scorer.steps=120', 'scorer.batch=16', 'scorer.previewEvery=0', 'score.timesteps=4', 'score.agreementImages=20', 'curve.width=8',
  'curve.steps=8', 'curve.batch=8', 'curve.samples=16', 'curve.samplerSteps=2', 'curve.evaluateEvery=0', 'teacher.epochs=1', 'teacher.minSteps=10', 'teacher.batch=16',
  'teacher.width=8', 'students.seeds=1', 'students.steps=6', 'students.batch=8', 'students.width=8',
].flatMap((setting) => ['--set', setting]);

/** Runs `npm run condense` without npm's own two lines. */
function condense(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['scripts/run.mjs', 'cli/condense.ts', ...args], { env: { ...process.env, INIT_CWD: process.cwd() } });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

test('the command line answers with one JSON object, reuses what is finished and repeats itself to the byte', async ({ scratch }) => {
  test.setTimeout(8 * MINUTE);
  await writeFiles(join(scratch, 'parts'), imageFiles({ classes: ['a', 'b'], perClass: 20, side: 20, channels: 3, seed: 4 }));
  const run = async (perClass: number, profile: string, out: string): Promise<Summary> => {
    const { code, stdout, stderr } = await condense(
      join(scratch, 'parts'), '--preset', 'quick', '--json', '--out', join(scratch, out), '--profile', join(scratch, profile),
      '--set', `select.imagesPerClass=${perClass}`, ...TINY,
    );
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Summary;
  };
  const spread = { mean: expect.any(Number), sd: expect.any(Number), n: expect.any(Number) };
  const arms = { method: expect.any(Number), random: expect.any(Number), full: expect.any(Number) };

  const first = await run(4, 'one', 'first.zip');
  expect(first).toMatchObject({
    images: { read: 40, accepted: 40, refused: 0, duplicates: 0, classes: 2 },
    engine: { kind: expect.stringMatching(/^(wasm|webgpu)$/), adapter: expect.stringMatching(/./), reason: expect.stringMatching(/./) },
    condensed: { count: 8, perClass: [4, 4], bytes: expect.any(Number) },
    metrics: {
      fdDomain: { ...arms, floor: expect.any(Number), n: 16 }, fdRaw: { method: expect.any(Number), random: spread }, kid: arms,
      encoderAccuracy: { methods: expect.any(Number), judge: expect.any(Number) },
      students: { teacher: expect.any(Number), gain: { hard: { ...spread, n: 1 }, soft: spread } }, audit: { looked: 40 },
    },
    recipe: { schema: 1, method: 'd2c', preset: 'quick', options: { select: { imagesPerClass: 4 } } },
    out: join(scratch, 'first.zip'),
  });
  expect(first.stages.map(({ id }) => id)).toEqual([
    'intake', 'encoder', 'audit', 'judge', 'scorer', 'score', 'select', 'random', 'curve:method', 'curve:random', 'curve:full',
    'teacher', 'students:method', 'students:random', 'students:full', 'evaluate', 'export',
  ]);
  expect(first.stages.every(({ seconds, cached }) => seconds >= 0 && !cached)).toBe(true);
  const bytes = await readFile(first.out);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(first.sha256);

  const second = await run(6, 'one', 'second.zip');
  const cached = second.stages.filter((stage) => stage.cached).map(({ id }) => id);
  expect(cached).toEqual(['encoder', 'audit', 'judge', 'scorer', 'score', 'curve:full', 'teacher', 'students:full']);
  expect(second.condensed.count).toBe(12);
  expect(second.sha256).not.toBe(first.sha256);

  // A fresh profile: everything is computed again, and comes out the same.
  const again = await run(4, 'two', 'again.zip');
  expect(again.stages.some((stage) => stage.cached)).toBe(false);
  expect(again.sha256).toBe(first.sha256);
});

test('what goes wrong ends with a code and a sentence, and leaves no zip', async ({ scratch }) => {
  test.setTimeout(3 * MINUTE);
  const out = join(scratch, 'x.zip');
  const missing = await condense(join(scratch, 'nowhere'), '--json', '--out', out);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain(`There is nothing at ${join(scratch, 'nowhere')}. Check the path.`);
  expect(JSON.parse(missing.stdout)).toMatchObject({ error: { code: 'no-such-path' } });

  const usage = await condense(scratch, '--preset', 'fast');
  expect(usage.code).toBe(2);
  expect(usage.stderr).toContain('--preset must be one of quick, standard, thorough, not "fast".');
  expect(usage.stdout).toBe('');

  await writeFiles(join(scratch, 'notes'), [{ path: 'a/readme.txt', bytes: new TextEncoder().encode('no picture') }]);
  const empty = await condense(join(scratch, 'notes'), '--json', '--out', out, '--profile', join(scratch, 'profile'));
  expect(empty.code).toBe(1);
  expect(JSON.parse(empty.stdout)).toMatchObject({ error: { code: 'no-images' } });
  expect(empty.stderr).toContain('None of the 1 files in notes could be used.');
  expect(existsSync(out)).toBe(false);
});
