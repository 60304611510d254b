import { availableParallelism } from 'node:os';
import { expect, test } from './support/test';
import { StartPage } from './pages/start';

// WebAssembly computes on threads started inside the studio worker, in the app as it is built.

test.use({ serviceWorkers: 'block' });

test('an isolated page computes on threads', async ({ page, context }) => {
  const cores = availableParallelism();
  test.skip(cores < 2, 'one processor');
  const scripts: string[] = [];
  context.on('request', (request) => {
    if (/thread\.worker/.test(request.url())) scripts.push(request.url());
  });
  await new StartPage(page).open();
  const studio = page.workers().find((worker) => worker.url().includes('studio.worker'));
  expect(await studio?.evaluate(() => self.crossOriginIsolated)).toBe(true);
  await page.getByRole('button', { name: 'Engine: WebAssembly' }).click();
  const dialog = page.getByRole('dialog', { name: 'Engine' });
  // The verdict counts threads that said they were ready.
  await expect(dialog).toContainText(`WebAssembly, ${Math.min(8, Math.max(2, cores - 1))} threads`);
  await expect(dialog.getByText('Why one thread')).toHaveCount(0);
  expect(scripts.length).toBeGreaterThan(0);
});

test('a page that is not isolated computes on one thread and says why', async ({ page }) => {
  await page.route('./', async (route) => {
    const response = await route.fetch();
    const headers = Object.fromEntries(Object.entries(response.headers()).filter(([name]) => !name.startsWith('cross-origin-')));
    await route.fulfill({ response, headers });
  });
  await new StartPage(page).open();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  await page.getByRole('button', { name: 'Engine: WebAssembly' }).click();
  const dialog = page.getByRole('dialog', { name: 'Engine' });
  await expect(dialog).toContainText('WebAssembly, 1 thread');
  await expect(dialog).toContainText('The page is not isolated from other origins');
});
