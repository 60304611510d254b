import type { Page } from '@playwright/test';
import { CondensePage, tiny, vary } from './pages/condense';
import { DataPage } from './pages/data';
import { ExportPage } from './pages/export';
import { ObservePage } from './pages/observe';
import { StartPage } from './pages/start';
import { imageFiles, zipOf } from './support/images';
import { expect, test } from './support/test';

// Nothing is lost: not on a reload, not when the worker dies; and what comes out is what would have come out anyway.

const MINUTE = 60_000;
/** Long enough to be caught at it. */
const STEPS = 400;
const options = vary(tiny, { Scorer: { Steps: STEPS, Batch: 8, 'Preview every': 0 } });
const pictures = zipOf(imageFiles({ classes: ['a', 'b', 'c'], perClass: 20, side: 16, channels: 3, seed: 3 }));

/** Reads the pictures into an empty store and starts a run on them. */
async function begin(page: Page, name: string): Promise<void> {
  const [start, data, condense] = [new StartPage(page), new DataPage(page), new CondensePage(page)];
  // Finished stages of an earlier run would be found again, and nothing would train.
  await page.goto('about:blank');
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin: new URL(test.info().project.use.baseURL ?? '').origin, storageTypes: 'all' });
  await session.detach();
  await start.open();
  await start.setWorkingSize(16);
  await start.files({ 'stripes.zip': pictures });
  await data.ready();
  await condense.open();
  await condense.set(options);
  await condense.perClass(4);
  await condense.start(name);
}

/** Starts a run and pauses it in mid-training, which saves a checkpoint. @returns the step of the checkpoint. */
async function pauseInTraining(page: Page, name: string): Promise<number> {
  const observe = new ObservePage(page);
  await begin(page, name);
  await expect(observe.controls).toContainText(new RegExp(`Scorer · \\d\\d+ of ${STEPS}`), { timeout: 2 * MINUTE });
  await observe.control('Pause').click();
  await expect(observe.controls).toContainText('Paused');
  const step = await observe.checkpoint('Scorer');
  expect(step).toBeGreaterThan(0);
  expect(step).toBeLessThan(STEPS);
  return step;
}

/** Writes down every step that the page shows of the scorer from now on. */
async function watchSteps(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate((total) => {
    const steps: number[] = [];
    Object.assign(window, { watchedSteps: steps });
    new MutationObserver(() => {
      const found = new RegExp(`Scorer · (\\d+) of ${total}`).exec(document.querySelector('.runbar')?.textContent ?? '');
      if (found) steps.push(Number(found[1]));
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, STEPS);
  return () => page.evaluate(() => (window as unknown as { watchedSteps: number[] }).watchedSteps);
}

/** The step at which a paused run has come to rest. */
async function settled(page: Page): Promise<number> {
  const observe = new ObservePage(page);
  let last = -1;
  await expect(async () => {
    const before = last;
    last = await observe.step();
    expect(last).toBe(before);
  }).toPass({ intervals: [500], timeout: MINUTE });
  return last;
}

/** Result and export, in which an interruption must leave no trace. */
async function outcome(page: Page): Promise<{ result: string[]; sha256: string }> {
  const [observe, exporter] = [new ObservePage(page), new ExportPage(page)];
  await observe.done();
  const result = await observe.result();
  await exporter.open();
  return { result, sha256: await exporter.write() };
}

test('a run goes on after a reload and after the death of its worker, and ends as if nothing had happened', async ({ page, studio }) => {
  test.setTimeout(10 * MINUTE);
  const [start, observe] = [new StartPage(page), new ObservePage(page)];

  await begin(page, 'straight');
  const straight = await outcome(page);
  expect(straight.result.length).toBeGreaterThan(10);

  await test.step('reloaded in mid-training', async () => {
    const step = await pauseInTraining(page, 'reloaded');
    await page.reload();
    await start.engineReady();
    await page.getByRole('link', { name: 'Retort, Start page' }).click();
    await expect(page.getByText('Interrupted')).toBeVisible();
    const steps = await watchSteps(page);
    await start.stored('Resume', 'reloaded').click();
    await expect(observe.stage('Scorer')).toHaveAttribute('data-status', 'done', { timeout: 2 * MINUTE });
    expect(Math.min(...await steps())).toBeGreaterThanOrEqual(step);
    expect(await outcome(page)).toEqual(straight);
  });

  await test.step('the compute worker dies', async () => {
    const step = await pauseInTraining(page, 'killed');
    await observe.control('Resume').click();
    await expect(observe.controls).toContainText('Running');
    await studio.killWorker('studio.worker');
    const fault = page.getByRole('alert').filter({ hasText: 'The compute worker stopped.' });
    await expect(fault).toBeVisible();
    const steps = await watchSteps(page);
    await expect(fault).toContainText('It was restarted and is at work again.', { timeout: MINUTE });
    await expect(observe.stage('Scorer')).toHaveAttribute('data-status', 'done', { timeout: 2 * MINUTE });
    expect(Math.min(...await steps())).toBeGreaterThanOrEqual(step);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await expect(fault).toBeHidden();
    expect(await outcome(page)).toEqual(straight);
  });
});

test('a run can be paused, stepped, resumed and stopped, and a stopped one can go on', async ({ page }) => {
  test.setTimeout(5 * MINUTE);
  const observe = new ObservePage(page);
  await pauseInTraining(page, 'held');
  const held = await settled(page);
  await expect(observe.control('Step')).toBeEnabled();
  for (const taken of [1, 2, 3]) {
    await observe.control('Step').click();
    await expect.poll(() => observe.step()).toBe(held + taken);
  }
  expect(await settled(page)).toBe(held + 3);
  await expect(observe.controls).toContainText('Paused');
  await observe.control('Resume').click();
  await expect.poll(() => observe.step(), { timeout: MINUTE }).toBeGreaterThan(held + 3);
  await observe.control('Stop').click();
  await expect(observe.controls).toBeHidden({ timeout: MINUTE });
  await expect(page.getByRole('main').getByText('Stopped', { exact: true })).toBeVisible();
  await page.getByRole('main').getByRole('button', { name: 'Resume' }).click();
  await expect(observe.controls).toContainText('Running');
  await observe.control('Stop').click();
  await expect(observe.controls).toBeHidden({ timeout: MINUTE });
});
