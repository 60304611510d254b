import type { Download, Locator, Page } from '@playwright/test';
import { dropPaths } from './drop';

/** The studio as tests see it: by role and name, so that a test reads like what a person does. */
export class StudioPage {
  constructor(readonly page: Page) {}

  async goto(hash = ''): Promise<void> {
    await this.page.goto(`./${hash}`);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole('heading', { name });
  }

  /** Drops folders or files, by absolute path. */
  async drop(...paths: string[]): Promise<void> {
    await dropPaths(this.page, paths);
  }

  /** What a click downloads. */
  async download(click: () => Promise<void>): Promise<Download> {
    const [download] = await Promise.all([this.page.waitForEvent('download', { timeout: 0 }), click()]);
    return download;
  }

  /** Ends a worker as a crash would: without a word to the page. `part` is a part of its address, such as `studio.worker`. */
  async killWorker(part: string): Promise<void> {
    const worker = this.page.workers().find((one) => one.url().includes(part));
    if (!worker) throw new Error(`No worker named like ${part}; there are: ${this.page.workers().map((one) => one.url()).join(', ')}`);
    const closed = worker.waitForEvent('close');
    // The call never answers: its worker is gone.
    void worker.evaluate(() => self.close()).catch(() => undefined);
    await closed;
  }
}
