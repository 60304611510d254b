import { createServer } from 'node:net';
import { defineConfig } from '@playwright/test';
import { browserFlags, findBrowser } from './scripts/lib/browser.mjs';

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

// The configuration is read once by the runner and again by each of its processes, which must all agree on the port.
process.env.RETORT_E2E_PORT ??= String(await freePort());
/** Set it to test a studio that is served already, such as `npm start` in another terminal. */
const running = process.env.RETORT_E2E_URL;
const baseURL = running ?? `http://localhost:${process.env.RETORT_E2E_PORT}/`;

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  // One software GPU serves every page; two at a time only make both slow.
  workers: 1,
  forbidOnly: process.env.CI !== undefined,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  use: { baseURL, trace: 'retain-on-failure', screenshot: 'only-on-failure', acceptDownloads: true },
  projects: [
    {
      name: 'webgpu',
      use: {
        viewport: { width: 1280, height: 800 },
        launchOptions: {
          executablePath: (await findBrowser()) ?? undefined,
          // Playwright's own headless mode is the old shell, which has no WebGPU; --headless=new is among the flags.
          headless: false,
          args: browserFlags({ softwareGpu: true }),
        },
      },
    },
  ],
  webServer: running ? undefined : {
    command: `node scripts/start.mjs --port ${process.env.RETORT_E2E_PORT}`,
    url: baseURL,
    timeout: 180_000,
    reuseExistingServer: false,
  },
});
