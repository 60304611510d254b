import { expect, test } from './support/test';

test('opens without a network after the first visit', async ({ page, context }) => {
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Try the sample set' })).toBeVisible();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    // `ready` comes with the activation; control of this page follows it.
    if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  });
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Try the sample set' })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Engine: / })).toBeVisible();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
});
