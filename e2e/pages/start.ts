import { expect, type Locator, type Page } from '@playwright/test';

/** The first screen: ways in, reading options, and what is kept from before. */
export class StartPage {
  constructor(private readonly page: Page) {}

  /** Opens the studio and waits until an engine has passed its test, so that a click finds everything at work. */
  async open(hash = ''): Promise<void> {
    await this.page.goto(`./${hash}`);
    await this.engineReady();
  }

  engineReady(kind: 'WebGPU' | 'WebAssembly' = 'WebAssembly', timeout = 120_000): Promise<void> {
    return expect(this.page.getByRole('button', { name: `Engine: ${kind}` })).toBeVisible({ timeout });
  }

  async setWorkingSize(pixels: number): Promise<void> {
    const options = this.page.locator('details', { hasText: 'Reading options' });
    if (!(await options.evaluate((element: HTMLDetailsElement) => element.open))) await options.locator('summary').first().click();
    await options.getByRole('slider', { name: 'Working size' }).fill(String(pixels));
  }

  /** Hands a folder to the input behind "Choose a folder". */
  folder(path: string): Promise<void> {
    return this.page.getByLabel('Folder of images').setInputFiles(path);
  }

  /** Hands files to the input behind "Open a zip or IDX files": paths, or names with bytes. */
  files(files: string[] | Record<string, Uint8Array>): Promise<void> {
    const input = this.page.getByLabel('Zip or IDX files');
    if (Array.isArray(files)) return input.setInputFiles(files);
    return input.setInputFiles(Object.entries(files).map(([name, bytes]) => ({ name, mimeType: '', buffer: Buffer.from(bytes) })));
  }

  stored(action: 'Open' | 'Resume' | 'Remove', name: string | RegExp): Locator {
    const named = typeof name === 'string' ? `${action} ${name}` : new RegExp(`^${action} ${name.source}`);
    return this.page.getByRole('main').getByRole('button', { name: named });
  }
}
