import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from '@playwright/test';
import { StudioPage } from './studio-page';

interface Fixtures {
  /** Fails the test when anything asks for an address off the page's origin, or when the page throws. */
  guard: void;
  /** A folder of the test's own, removed afterwards. */
  scratch: string;
  studio: StudioPage;
}

/** Playwright's test with the guards every browser test of the studio runs under. */
export const test = base.extend<Fixtures>({
  guard: [
    async ({ context, baseURL }, use) => {
      const own = new URL(baseURL ?? '').origin;
      const problems: string[] = [];
      // Requests of workers are reported on the context, not on the page.
      context.on('request', (request) => {
        const url = new URL(request.url());
        const inside = url.origin === own || ['blob:', 'data:', 'about:', 'chrome-error:'].includes(url.protocol);
        if (!inside) problems.push(`request to ${request.url()}`);
      });
      context.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) problems.push(message.text());
      });
      context.on('weberror', (error) => problems.push(`uncaught: ${error.error().stack ?? error.error().message}`));
      await use();
      if (problems.length > 0) throw new Error(`The page broke its promises:\n${problems.join('\n')}`);
    },
    { auto: true },
  ],
  // Playwright reads a fixture's needs from this pattern, so it has to stand there even when it is empty.
  // eslint-disable-next-line no-empty-pattern
  scratch: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'retort-e2e-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
  studio: async ({ page }, use) => {
    await use(new StudioPage(page));
  },
});

export { expect } from '@playwright/test';
