import { join } from 'node:path';
import onnx from '../workers/features/fixtures/onnx.json' with { type: 'json' };
import torch from '../workers/formats/fixtures/torch.json' with { type: 'json' };
import { CondensePage, tiny } from './pages/condense';
import { DataPage } from './pages/data';
import { ObservePage } from './pages/observe';
import { StartPage } from './pages/start';
import { imageFiles, writeFiles } from './support/images';
import { expect, test } from './support/test';

// Feature nets as a person brings them: what is refused says why, what is taken is measured with, and nothing leaves the origin.

const MINUTE = 60_000;

test('a feature net is examined, measured with, named in the result and removed', async ({ page, studio, scratch }) => {
  test.setTimeout(6 * MINUTE);
  const [start, data, condense, observe] = [new StartPage(page), new DataPage(page), new CondensePage(page), new ObservePage(page)];
  await writeFiles(join(scratch, 'parts'), imageFiles({ classes: ['bolt', 'gear'], perClass: 24, side: 20, channels: 3, seed: 3 }));
  await start.open();
  await start.setWorkingSize(16);
  await studio.drop(join(scratch, 'parts'));
  await data.ready();
  await condense.open();

  const group = page.locator('details.group', { hasText: 'Distances are measured in an encoder' });
  const give = (name: string, base64: string) => group.getByLabel('File of a feature net').setInputFiles({ name, mimeType: '', buffer: Buffer.from(base64, 'base64') });
  await group.locator('summary').click();

  await give('evil.pth', torch.legacySystem);
  await expect(group.getByText('The weights file asks for "posix.system", which is not weights.')).toBeVisible();
  await give('cut.pth', Buffer.from(torch.legacy, 'base64').subarray(0, 900).toString('base64'));
  await expect(group.getByText('The weights file ends before its contents do.')).toBeVisible();
  await give('other.pth', torch.zip);
  await expect(group.getByText('These are not the weights of the FID Inception: "fc.weight" is missing.')).toBeVisible();

  await give('tiny.onnx', onnx.fixed);
  await expect(group.getByText(/^tiny\.onnx, .*, 4 features at 12 px/)).toBeVisible({ timeout: MINUTE });
  await expect(group.getByRole('combobox', { name: 'Measure also' })).toHaveValue(/^[0-9a-f]{64}$/);
  await condense.set({ ...tiny, Students: { Seeds: 0 } });
  await condense.start('with a net');
  await observe.done();
  const figures = await observe.result();
  const at = figures.indexOf('FD(tiny)');
  expect(at).toBeGreaterThan(0);
  for (const value of figures.slice(at + 1, at + 5)) expect(Number(value)).toBeGreaterThanOrEqual(0);
  await expect(page.getByText(/^FD\(tiny\): 16 samples of each set against \d+ test images, brought to 12 px/)).toBeVisible();

  await condense.open();
  if (!(await group.evaluate((element: HTMLDetailsElement) => element.open))) await group.locator('summary').click();
  await group.getByRole('button', { name: /tiny\.onnx/ }).click();
  await group.getByRole('button', { name: /tiny\.onnx/ }).click();
  await expect(group.getByText(/^tiny\.onnx, /)).toBeHidden();
  await expect(group.getByRole('combobox', { name: 'Measure also' })).toHaveValue('');
});
