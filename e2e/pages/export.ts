import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { readChecksums } from '../../workers/formats/checksums';

/** The screen that writes the zip. */
export class ExportPage {
  constructor(private readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name: 'Export' }).click();
    await expect(this.page.getByRole('heading', { name: 'Export', level: 1 })).toBeVisible();
  }

  /** Writes the zip inside the page. @returns its SHA-256 as the page tells it. */
  async write(): Promise<string> {
    const button = this.page.getByRole('button', { name: 'Write the zip' });
    await expect(button).toBeEnabled();
    await button.click();
    const sum = this.page.locator('dd.sha');
    await expect(sum).toHaveText(/^[0-9a-f]{64}$/, { timeout: 60_000 });
    return sum.innerText();
  }

  /** Types an acceptance limit; an empty text takes it away. */
  async limit(label: string, text: string): Promise<void> {
    const field = this.page.getByRole('spinbutton', { name: label });
    await field.fill(text);
    await field.press('Enter');
  }

  /** Saves the report below a folder. @returns its path. */
  async saveReport(folder: string): Promise<string> {
    await this.page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.page.getByRole('button', { name: 'Save report' }).click()]);
    const path = join(folder, download.suggestedFilename());
    await download.saveAs(path);
    return path;
  }

  /** Saves what was written to a path, as a browser without a save dialog does: as a download. */
  async save(path: string): Promise<void> {
    // The save dialog belongs to the system, where no test can reach it.
    await this.page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.page.getByRole('button', { name: 'Save the zip' }).click()]);
    await download.saveAs(path);
  }
}

export interface Metadata {
  file_name: string;
  label: number;
  label_name: string;
  source_path: string;
  difficulty: number;
}

/** A zip as somebody without the studio finds it. */
export interface Unpacked {
  files: Record<string, Uint8Array>;
  names: string[];
  sha256: string;
  /** Pictures below train/, relative to it. */
  pictures: string[];
  metadata: Metadata[];
  classes: { index: number; name: string; folder: string }[];
}

/** Unpacks an export in Node and holds every file against CHECKSUMS.sha256. */
export async function unpack(path: string): Promise<Unpacked> {
  const bytes = await readFile(path);
  const files = unzipSync(bytes);
  const text = (name: string): string => new TextDecoder().decode(files[name]);
  const names = Object.keys(files);
  const listed = readChecksums(text('CHECKSUMS.sha256'));
  expect(listed.map(({ name }) => name).toSorted()).toEqual(names.filter((name) => name !== 'CHECKSUMS.sha256').toSorted());
  for (const { name, sha256 } of listed) expect(createHash('sha256').update(files[name]).digest('hex'), name).toBe(sha256);
  return {
    files,
    names,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    pictures: names.filter((name) => /^train\/.+\.png$/.test(name)).map((name) => name.slice('train/'.length)),
    metadata: text('train/metadata.jsonl').trimEnd().split('\n').map((line) => JSON.parse(line) as Metadata),
    classes: JSON.parse(text('classes.json')) as Unpacked['classes'],
  };
}
