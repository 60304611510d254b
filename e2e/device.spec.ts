import type { Page } from '@playwright/test';
import type { AutomationLine, AutomationOutcome, AutomationRequest, AutomationSummary } from '../src/client/automation';
import { imageFiles, zipOf } from './support/images';
import { expect, test } from './support/test';

// The graphics device goes away in mid-training, as a driver takes it. The page that the command line drives has a handle for that; everything behind it
// is the studio's own: the worker loses its device, the client replaces it, the run goes on from its checkpoint.

const MINUTE = 60_000;
const pictures = zipOf(imageFiles({ classes: ['a', 'b'], perClass: 16, side: 16, channels: 1, seed: 8 }));
const encoder = { epochs: 1, minSteps: 5, maxSteps: 5, batch: 8, width: 8 };

const STEPS = 40;

/** A run on WebGPU whose every stage is real, and as short as it can be: the adapter of this machine may be its processor. */
function request(): AutomationRequest {
  return {
    name: 'device',
    recipe: {
      schema: 1, method: 'd2c', preset: 'quick', seed: 5, engine: 'webgpu',
      options: {
        intake: { size: 16 },
        encoder, judge: encoder, teacher: encoder,
        scorer: { width: 8, steps: STEPS, batch: 4, previewEvery: 0 },
        score: { timesteps: 2, agreementImages: 4 },
        select: { imagesPerClass: 3 },
        students: { seeds: 1, steps: 2, batch: 4, width: 8 },
        curve: { width: 8, steps: 2, batch: 4, samples: 8, samplerSteps: 1, evaluateEvery: 0, previewEvery: 0 },
      },
    },
  };
}

/** Progress as the command line gets it. */
class Progress {
  readonly lines: string[] = [];

  static async of(page: Page): Promise<Progress> {
    const progress = new Progress();
    await page.exposeFunction('retortProgress', ({ text }: AutomationLine) => {
      progress.lines.push(text);
    });
    return progress;
  }

  /** Steps of the scorer told since line `from`. */
  steps(from = 0): number[] {
    return this.lines.slice(from).flatMap((line) => /^scorer: (\d+) of /.exec(line)?.slice(1).map(Number) ?? []);
  }

  checkpoints(): number[] {
    return this.lines.flatMap((line) => /^scorer: checkpoint at step (\d+)/.exec(line)?.slice(1).map(Number) ?? []);
  }
}

test('a run outlives its graphics device, with every image, every setting and a result', async ({ page }) => {
  test.setTimeout(10 * MINUTE);
  const wanted = request();
  const progress = await Progress.of(page);
  await page.goto('./#/automation');
  await page.waitForFunction(() => window.retort !== undefined);
  await page.setInputFiles('#automation-files', { name: 'device.zip', mimeType: '', buffer: Buffer.from(pictures) });
  const running: Promise<AutomationOutcome> = page.evaluate((asked) => window.retort!.condense(asked), wanted);

  // Held and let go, which leaves a checkpoint wherever the run is by now.
  await expect.poll(() => Math.max(0, ...progress.steps()), { timeout: 3 * MINUTE, intervals: [50] }).toBeGreaterThanOrEqual(4);
  await page.evaluate(() => window.retort!.pause());
  await expect.poll(() => progress.checkpoints().length, { timeout: MINUTE, intervals: [50] }).toBeGreaterThan(0);
  const checkpoint = progress.checkpoints().at(-1)!;
  await page.evaluate(() => window.retort!.resume());
  await expect.poll(() => Math.max(...progress.steps()), { timeout: MINUTE, intervals: [20] }).toBeGreaterThan(checkpoint);
  const before = progress.lines.length;
  expect(await page.evaluate(() => window.retort!.loseDevice())).toBe(true);

  const outcome = await running;
  if ('failure' in outcome) throw new Error(`${outcome.failure.sentence} ${outcome.failure.detail}`);
  const after = progress.lines.slice(before);
  expect(after.filter((line) => line.includes('The graphics card went away'))).toEqual([expect.stringContaining('Going on from the last checkpoint.')]);
  // From the checkpoint and not from the start, in a worker that computes on a device of its own.
  const told = after.findIndex((line) => line.includes('The graphics card went away'));
  const steps = progress.steps(before + told);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(checkpoint);
  expect(Math.max(...steps)).toBe(STEPS);

  const { dataset, run, engine, bytes }: AutomationSummary = outcome.summary;
  expect(engine.kind).toBe('webgpu');
  expect(run.engine?.kind).toBe('webgpu');
  expect(dataset).toMatchObject({ accepted: 32, refused: 0 });
  expect(run).toMatchObject({ status: 'done', failure: null, result: { condensed: { count: 6, perClass: [3, 3] } } });
  expect(run.recipe.options).toMatchObject(wanted.recipe.options);
  // What was finished before the loss was not computed again.
  expect(run.stages.find(({ id }) => id === 'encoder')?.status).toBe('cached');
  expect(run.stages.every(({ status }) => status === 'done' || status === 'cached')).toBe(true);
  expect(bytes).toBeGreaterThan(1000);
});
