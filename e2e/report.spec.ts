import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from '@playwright/test';
import { CondensePage, tiny } from './pages/condense';
import { DataPage } from './pages/data';
import { ExportPage, unpack } from './pages/export';
import { ObservePage } from './pages/observe';
import { sampleFolder } from './pages/sample';
import { StartPage } from './pages/start';
import { writeFiles } from './support/images';
import { expect, test } from './support/test';

const MINUTE = 60_000;
/** A folder that keeps what was printed, for people to look at. */
const KEEP = process.env.RETORT_REPORT_KEEP;

/** Pages of a PDF, from its page objects. */
function pages(pdf: Buffer): number {
  return (pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;
}

/** What a reader sees: the visible text of the page. */
const seen = (page: Page): Promise<string> => page.locator('body').innerText();

test('a report is saved, read in both languages and printed', async ({ page, browser, studio, scratch }) => {
  test.setTimeout(10 * MINUTE);
  const [start, data, condense, observe, exporter] = [new StartPage(page), new DataPage(page), new CondensePage(page), new ObservePage(page), new ExportPage(page)];
  const classes = ['bolt', 'gear', 'spring'];
  const folder = await sampleFolder(scratch, classes, 30);
  // A label table as a plant would keep it: two machines, and a serial number that groups nothing.
  const rows = folder.files.map(({ path }, i) => `${path},${path.split('/')[0]},${i % 3 === 0 ? 'M1' : 'M2 <old>'},SN${i}`);
  await writeFiles(folder.path, [{ path: 'labels.csv', bytes: new TextEncoder().encode(['file_name,label,machine,serial', ...rows, ''].join('\n')) }]);

  await start.open();
  await start.setWorkingSize(16);
  await studio.drop(folder.path);
  await data.ready();
  await condense.open();
  await condense.set(tiny);
  await condense.set({ Students: { Seeds: 2 } });
  await condense.perClass(6);
  await condense.start('for the manager');
  await observe.done(7 * MINUTE);
  await exporter.open();

  await test.step('limits are set and judged before anything is written', async () => {
    await exporter.limit('FD(domain), at most this many times random', '1000');
    await exporter.limit('Recall, at least', '100');
    await exporter.limit('Accuracy below all images, at most', '100');
    await expect(page.getByText('limits are met.')).toHaveText(/^[12] of 3 limits are met\.$/);
    await expect(page.getByRole('row', { name: /FD\(domain\), at most this many times random/ })).toContainText('Met');
    await exporter.limit('Recall, at least', '');
    if (KEEP) await page.screenshot({ path: join(KEEP, 'panel.png'), fullPage: true });
    await expect(page.getByText('limits are met.')).toHaveText('2 of 2 limits are met.');
  });

  const file = await exporter.saveReport(scratch);
  // Opened as the person who gets it by mail would: without the studio and without a network.
  const elsewhere = await browser.newContext({ offline: true });
  const requests: string[] = [];
  elsewhere.on('request', (request) => requests.push(request.url()));
  const report = await elsewhere.newPage();
  await report.goto(pathToFileURL(file).href);

  await test.step('it says what was saved and what it cost', async () => {
    const text = await seen(report);
    expect(text).toContain('Report on a condensed data set');
    expect(text).toContain('18 images instead of ');
    expect(text).toContain('Shares of “machine”');
    expect(text).toContain('M2 <old>');
    expect(text).not.toContain('serial');
    expect(text).toMatch(/FD\(domain\) relative to random of the same size\s+at most 1000 times\s+[\d.]+ times\s+✓ Met/);
    expect(text).toMatch(/Total of what was computed\s+[\d.]+ s/);
    expect(text).not.toMatch(/NaN|undefined|凝縮/);
    expect(await report.getByRole('img').count()).toBeGreaterThan(3);
  });

  await test.step('it is printed in both languages', async () => {
    for (const [language, name, words] of [['en', 'English', 'Acceptance limits'], ['ja', '日本語', '合格条件']] as const) {
      await report.getByRole('radio', { name }).check({ force: true });
      await expect(report.getByRole('heading', { name: words })).toBeVisible();
      const other = language === 'en' ? 'ja' : 'en';
      await expect(report.locator(`article[lang=${other}]`)).toBeHidden();
      await report.emulateMedia({ media: 'print' });
      await expect(report.locator('label').first()).toBeHidden();
      // Nothing may stick out of the paper: A4 less its margins is 180 mm, 680 CSS pixels.
      await report.setViewportSize({ width: 680, height: 960 });
      expect(await report.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(680);
      const path = KEEP && join(KEEP, `report.${language}.pdf`);
      const pdf = await report.pdf({ format: 'A4', printBackground: false, preferCSSPageSize: true, ...(path ? { path } : {}) });
      expect(pages(pdf)).toBeGreaterThanOrEqual(3);
      expect(pages(pdf)).toBeLessThanOrEqual(14);
      if (KEEP) await report.screenshot({ path: join(KEEP, `report.${language}.png`), fullPage: true });
      await report.emulateMedia({ media: 'screen' });
      await report.setViewportSize({ width: 1280, height: 800 });
    }
    expect(await seen(report)).not.toMatch(/NaN|undefined|Acceptance/);
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
    await elsewhere.close();
  });

  await test.step('the zip holds the same report without times', async () => {
    await exporter.write();
    const zip = KEEP ? join(KEEP, 'report.zip') : join(scratch, 'report.zip');
    await exporter.save(zip);
    const inside = new TextDecoder().decode((await unpack(zip)).files['report.html']);
    expect(inside).not.toContain('Total of what was computed');
    expect(inside).toContain('2 of 2 limits are met.');
    const saved = await readFile(file, 'utf8');
    expect(saved.length).toBeGreaterThan(inside.length);
    expect(saved).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });
});
