import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { CondensePage, tiny, vary, type StageOptions } from './pages/condense';
import { DataPage } from './pages/data';
import { ExportPage, unpack } from './pages/export';
import { ObservePage } from './pages/observe';
import { sampleFolder } from './pages/sample';
import { StartPage } from './pages/start';
import { expect, test } from './support/test';

// The main job, as a person does it: a folder goes in, a condensed zip comes out, and goes in again.

const MINUTE = 60_000;

/** Names of everything that stages have stored: a new one would mean that something was computed anew. */
function artifacts(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const names: string[] = [];
    for await (const name of (await root.getDirectoryHandle('artifacts')).keys()) names.push(name);
    return names.toSorted();
  });
}

test('a folder goes in, a condensed zip comes out and goes in again', async ({ page, studio, scratch }) => {
  test.setTimeout(6 * MINUTE);
  const [start, data, condense, observe, exporter] = [new StartPage(page), new DataPage(page), new CondensePage(page), new ObservePage(page), new ExportPage(page)];
  const classes = ['bolt', 'gear', 'spring', 'washer'];
  const folder = await sampleFolder(scratch, classes, 40);

  await start.open();
  await start.setWorkingSize(16);
  await studio.drop(folder.path);

  await test.step('verdicts and thumbnails', async () => {
    await data.ready();
    const kept = folder.files.length - folder.repeated.length;
    expect(folder.repeated.length).toBeGreaterThan(0);
    await expect(data.fact('Images')).toHaveText(String(kept));
    expect(await data.count('Duplicates')).toBe(folder.repeated.length);
    await expect(data.fact('Working size')).toHaveText('16 × 16 × 3');
    expect(Object.keys(await data.classes())).toEqual(classes);
    for (const name of classes) await expect(page.getByRole('img', { name: new RegExp(`^${name}: \\d+ of \\d+ images shown`) })).toBeVisible();
    await page.getByRole('button', { name: 'Open class gear' }).click();
    await expect(page.getByRole('dialog', { name: 'Images of class gear' })).toBeVisible();
    await page.keyboard.press('Escape');
    expect(Object.keys(await data.verdicts('Duplicates'))).toEqual(folder.repeated);
  });

  await test.step('a run with everything it shows', async () => {
    await condense.open();
    await condense.set(tiny);
    await condense.perClass(5);
    await condense.start('parts at 5');
    await expect(page.getByRole('heading', { name: 'Loss', exact: true })).toBeVisible({ timeout: MINUTE });
    await expect(page.getByRole('img', { name: /samples of Scorer after step/ })).toBeVisible({ timeout: MINUTE });
    await expect(page.getByRole('heading', { name: 'Agreement of the ranking' })).toBeVisible({ timeout: MINUTE });
    await expect(page.getByRole('img', { name: /^Histogram of difficulty/ })).toBeVisible();
    await observe.done();
    await expect(page.getByRole('figure', { name: 'FD while training on each set' })).toBeVisible();
    const curve = await observe.chart('FD while training on each set');
    expect(curve.map((row) => row[0])).toEqual(['Step', '10', '20']);
    expect(curve[2].slice(1).map(Number).every((fd) => fd > 0)).toBe(true);
    expect(Object.values(await observe.stages())).toEqual(Array.from({ length: 15 }, () => 'done'));
  });

  const before = { stages: await observe.stages(), artifacts: await artifacts(page) };
  await test.step('the slider moves the selection and scores nothing anew', async () => {
    await condense.open();
    await expect.poll(() => condense.picked()).toBe(5 * classes.length);
    const first = await condense.histogram();
    const marks = page.getByRole('img', { name: /^Histogram of difficulty/ });
    const spoken = await marks.getAttribute('aria-label');
    await condense.slider.focus();
    for (let press = 0; press < 4; press++) await page.keyboard.press('ArrowRight');
    await expect.poll(() => condense.picked()).toBe(9 * classes.length);
    await expect(page.getByRole('img', { name: /random subsets/ })).toBeVisible();
    await expect(page.getByRole('img', { name: 'Class gear: 9 picked images, easy to hard' })).toBeVisible();
    await expect(marks).not.toHaveAttribute('aria-label', spoken ?? '');
    const second = await condense.histogram();
    expect(second.images).toEqual(first.images);
    expect(first.picked.reduce((sum, n) => sum + n)).toBe(5 * classes.length);
    expect(second.picked.reduce((sum, n) => sum + n)).toBe(9 * classes.length);
    await page.getByRole('combobox', { name: 'Strategy' }).selectOption('Hardest');
    await expect.poll(async () => (await condense.histogram()).picked).not.toEqual(second.picked);
    await page.getByRole('combobox', { name: 'Strategy' }).selectOption('Interval');
    expect(await artifacts(page)).toEqual(before.artifacts);
    await observe.open();
    expect(await observe.stages()).toEqual(before.stages);
  });

  const zip = join(scratch, 'parts.zip');
  await test.step('the export is what the slider shows', async () => {
    await exporter.open();
    await page.getByRole('radio', { name: /^As the slider stands now: 9 per class/ }).check();
    const told = await exporter.write();
    await exporter.save(zip);
    const { sha256, pictures, metadata, classes: written } = await unpack(zip);
    expect(sha256).toBe(told);
    expect(written.map(({ name }) => name)).toEqual(classes);
    expect(metadata.map((row) => row.file_name).toSorted()).toEqual(pictures.toSorted());
    for (const { name, index } of written) expect(metadata.filter((row) => row.label === index && row.label_name === name)).toHaveLength(9);
    expect(metadata.every((row) => folder.files.some((file) => row.source_path.endsWith(file.path)))).toBe(true);
  });

  await test.step('the zip goes in again', async () => {
    await page.getByRole('link', { name: 'Retort, Start page' }).click();
    await start.files([zip]);
    await expect(page.getByRole('heading', { name: 'parts', level: 1 })).toBeVisible();
    await data.ready();
    await expect(data.fact('Images')).toHaveText(String(9 * classes.length));
    await expect(data.fact('Refused')).toHaveText('0');
    const again = await data.classes();
    expect(Object.entries(again).map(([name, { train, test: held }]) => [name, train + held])).toEqual(classes.map((name) => [name, 9]));
  });
});

/** Every part on a software GPU, where a step takes seconds: the least of each. */
const least: StageOptions = vary(tiny, {
  'Encoder for methods': { 'Min steps': 2, Batch: 4 },
  'Encoder for judging': { 'Min steps': 2, Batch: 4 },
  Scorer: { Steps: 4, Batch: 4, 'Preview every': 2, 'Sampler steps': 1 },
  'Difficulty scores': { Timesteps: 2, 'Agreement images': 4 },
  'Training curve': { Steps: 2, Batch: 4, 'Evaluate every': 0, Samples: 4, 'Sampler steps': 1 },
});

test('the same on WebGPU, where a person insists on it', async ({ page, studio, scratch }) => {
  test.setTimeout(7 * MINUTE);
  const [start, data, condense, observe, exporter] = [new StartPage(page), new DataPage(page), new CondensePage(page), new ObservePage(page), new ExportPage(page)];
  const folder = await sampleFolder(scratch, ['gear', 'washer'], 8);
  await start.open();
  await start.setWorkingSize(16);
  await studio.drop(folder.path);
  await data.ready();
  await condense.open();
  await page.getByRole('combobox', { name: 'Engine' }).selectOption('WebGPU');
  await start.engineReady('WebGPU', 3 * MINUTE);
  await condense.set(least);
  await condense.perClass(2);
  await condense.start('on the GPU');
  await observe.done(4 * MINUTE);
  await expect(page.getByRole('figure', { name: 'FD while training on each set' })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Histogram of difficulty/ })).toBeVisible();
  await page.getByRole('button', { name: 'Engine: WebGPU' }).click();
  await expect(page.getByRole('dialog', { name: 'Engine' }).getByText('This engine was asked for.')).toBeVisible();
  await page.keyboard.press('Escape');
  await exporter.open();
  await exporter.write();
  const zip = join(scratch, 'gpu.zip');
  await exporter.save(zip);
  expect((await unpack(zip)).metadata).toHaveLength(4);
});
