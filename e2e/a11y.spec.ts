import type { Page } from '@playwright/test';
import { CondensePage, tiny } from './pages/condense';
import { DataPage } from './pages/data';
import { ExportPage } from './pages/export';
import { ObservePage } from './pages/observe';
import { StartPage } from './pages/start';
import { axe } from './support/axe';
import { imageFiles, troubleFiles, zipOf } from './support/images';
import { expect, test } from './support/test';

// Every screen for everybody: in both languages and both themes, by keyboard alone, and on a phone.

const MINUTE = 60_000;
const PHONE = { width: 390, height: 844 };

/** What sticks out to the right where the page scrolls sideways; nothing where it does not. */
function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const out = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > width + 0.5);
    return out.map((element) => `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''} to ${Math.round(element.getBoundingClientRect().right)}`);
  });
}

/** Looks at what is on screen in English on light ground, on a phone, and in Japanese on dark ground. */
async function inspect(page: Page, where: string): Promise<void> {
  const wide = page.viewportSize();
  await axe(page, where);
  await page.setViewportSize(PHONE);
  // Charts follow a new width a frame later.
  await expect.poll(() => overflowing(page), { message: `${where}: sideways scroll on a phone`, timeout: 5_000 }).toEqual([]);
  await turn(page, 'ja', 'dark');
  await expect.poll(() => overflowing(page), { message: `${where}: sideways scroll on a phone, in Japanese`, timeout: 5_000 }).toEqual([]);
  if (wide) await page.setViewportSize(wide);
  await axe(page, `${where}, Japanese, dark`);
  await turn(page, 'en', 'light');
}

/** Changes language and theme as a person does, with the buttons of the header; a dialog in front of them keeps its place. */
async function turn(page: Page, language: 'en' | 'ja', theme: 'light' | 'dark'): Promise<void> {
  await page.getByRole('button', { name: language === 'ja' ? 'Language: 日本語' : '言語: English', includeHidden: true }).evaluate((button: HTMLElement) => button.click());
  await expect(page.locator('html')).toHaveAttribute('lang', language);
  const button = page.locator('header .tools button').last();
  for (let press = 0; press < 3 && (await page.locator('html').getAttribute('data-theme')) !== theme; press++) {
    await button.evaluate((element: HTMLElement) => element.click());
  }
  await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
}

test('every screen passes axe in both languages and themes, and fits a phone', async ({ page }) => {
  test.setTimeout(10 * MINUTE);
  const [start, data, condense, observe, exporter] = [new StartPage(page), new DataPage(page), new CondensePage(page), new ObservePage(page), new ExportPage(page)];
  await start.open();
  await turn(page, 'ja', 'dark');
  await turn(page, 'en', 'light');
  await inspect(page, 'start');
  for (const hash of ['data', 'condense', 'observe', 'export']) {
    await page.goto(`./#/${hash}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await inspect(page, `${hash} with nothing in it`);
  }
  await page.getByRole('button', { name: /^Engine: / }).click();
  await inspect(page, 'engine');
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Retort, Start page' }).click();
  await start.setWorkingSize(16);
  const odd = Object.entries(troubleFiles()).filter(([name]) => !name.endsWith('.zip')).map(([name, bytes]) => ({ path: `odd/${name}`, bytes }));
  await start.files({ 'parts.zip': zipOf([...imageFiles({ classes: ['a', 'b'], perClass: 20, side: 16, channels: 3, seed: 9 }), ...odd]) });
  await data.ready();
  await data.verdicts('Refused');
  await inspect(page, 'data');
  await page.getByRole('button', { name: 'Open class a', exact: true }).click();
  await inspect(page, 'images of a class');
  await page.keyboard.press('Escape');

  await condense.open();
  await condense.set({ ...tiny, Scorer: { ...tiny.Scorer, Steps: 300 } });
  await condense.perClass(4);
  await inspect(page, 'condense before a run');
  await condense.start('parts at 4');
  await expect(page.getByRole('img', { name: /samples of Scorer after step/ })).toBeVisible({ timeout: MINUTE });
  await observe.control('Pause').click();
  await expect(observe.controls).toContainText('Paused');
  await inspect(page, 'observe in mid-training');
  await observe.control('Resume').click();
  await observe.done();
  await inspect(page, 'observe with a result');

  await condense.open();
  await expect(page.getByRole('heading', { name: 'The selection' })).toBeVisible();
  await inspect(page, 'condense with scores');
  await exporter.open();
  await exporter.write();
  await inspect(page, 'export');
  await page.getByRole('button', { name: 'Runs, 1 stored' }).click();
  await expect(page.getByRole('dialog', { name: 'Runs' })).toBeVisible();
  await inspect(page, 'runs');
});

/** Presses Tab until the element has the focus, as somebody without a mouse would. */
async function tabTo(page: Page, role: 'button' | 'link' | 'textbox', name: string): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: true });
  await expect(wanted).toBeVisible({ timeout: MINUTE });
  for (let press = 0; press < 150; press++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      expect(await wanted.evaluate((element) => element.matches(':focus-visible')), `${name} shows its focus`).toBe(true);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to the ${role} "${name}".`);
}

test('the way from the first screen to a run needs no mouse', async ({ page }) => {
  test.setTimeout(5 * MINUTE);
  const [start, observe] = [new StartPage(page), new ObservePage(page)];
  await start.open();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await tabTo(page, 'button', 'Try the sample set');
  await page.keyboard.press('Enter');
  await new DataPage(page).ready(2 * MINUTE);
  await tabTo(page, 'link', 'Set how small');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('slider', { name: 'How small: images per class' })).toBeVisible();
  await tabTo(page, 'textbox', 'Run name');
  await page.keyboard.type('by keyboard');
  await tabTo(page, 'button', 'Start run');
  await expect(page.getByRole('button', { name: 'Start run' })).toBeEnabled();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'by keyboard', level: 1 })).toBeVisible();
  await expect(observe.controls).toContainText('Running', { timeout: MINUTE });
  await tabTo(page, 'button', 'Stop');
  await page.keyboard.press('Enter');
  await expect(observe.controls).toBeHidden({ timeout: 2 * MINUTE });
  await expect(page.getByRole('main').getByText('Stopped', { exact: true })).toBeVisible();
});
