import { readFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from '@playwright/test';

/** The screen that holds finished runs against each other. */
export class ComparePage {
  constructor(private readonly page: Page) {}

  /** Goes there, whether or not there is something to compare. */
  go(): Promise<void> {
    return this.page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name: 'Compare' }).click();
  }

  async open(): Promise<void> {
    await this.go();
    await expect(this.page.getByRole('heading', { name: 'Compare', level: 1 })).toBeVisible();
  }

  /** The row of a run. */
  run(name: string): Locator {
    return this.page.getByRole('region', { name: 'Runs', exact: true }).getByRole('row').filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** Names of the runs as the table has them. */
  names(): Promise<string[]> {
    return this.page.locator('.runs-table .run-name').allInnerTexts();
  }

  get divider(): Locator {
    return this.page.getByRole('slider', { name: 'Divider between A and B' });
  }

  /** What is painted left and right of the divider, as two digests of the screen's own pixels. */
  async wiped(): Promise<{ left: Buffer; right: Buffer }> {
    const box = await this.page.locator('.wipe-view').boundingBox();
    if (!box) throw new Error('The wipe is not on screen.');
    const strip = { y: box.y, height: Math.min(60, box.height), width: box.width / 4 };
    return {
      left: await this.page.screenshot({ clip: { ...strip, x: box.x } }),
      right: await this.page.screenshot({ clip: { ...strip, x: box.x + box.width * 0.74 } }),
    };
  }

  /** Saves the table and reads it back as text and as rows, as a spreadsheet would. */
  async csv(): Promise<{ name: string; text: string; rows: string[][] }> {
    // The save dialog belongs to the system, where no test can reach it.
    await this.page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.page.getByRole('button', { name: 'Save as CSV' }).click()]);
    const text = await readFile(await download.path(), 'utf8');
    return { name: download.suggestedFilename(), text, rows: parseCsv(text.replace(/^\uFEFF/, '')) };
  }
}

/** RFC 4180, read field by field. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (let at = 0; at < text.length;) {
    const quoted = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
    quoted.lastIndex = at;
    const found = quoted.exec(text);
    rows[rows.length - 1].push((found?.[1]?.replaceAll('""', '"') ?? found?.[2]) ?? '');
    at = quoted.lastIndex;
    if (text.startsWith('\r\n', at)) {
      at += 2;
      if (at < text.length) rows.push([]);
    } else if (text[at] === ',') at++;
    else throw new Error(`The csv is broken at ${at}: ${JSON.stringify(text.slice(at, at + 20))}`);
  }
  return rows;
}
