import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CondensePage, tiny } from './pages/condense';
import { DataPage } from './pages/data';
import { ExportPage, unpack } from './pages/export';
import { ObservePage } from './pages/observe';
import { StartPage } from './pages/start';
import { idxPair, imageFiles, writeFiles, zipOf, type FolderPlan } from './support/images';
import { expect, test } from './support/test';

// The same pictures by every way in: a tree, its zip, an IDX pair packed or not, a table of labels.

const MINUTE = 60_000;
const plan: FolderPlan = { classes: ['bolt', 'nut', 'ring'], perClass: 12, side: 20, channels: 3, seed: 5 };
const tree = imageFiles(plan);

test('a tree and the zip of it are the same data set', async ({ page, studio, scratch }) => {
  const [start, data] = [new StartPage(page), new DataPage(page)];
  await writeFiles(join(scratch, 'parts'), tree);
  await start.open();
  await start.setWorkingSize(16);
  await studio.drop(join(scratch, 'parts'));
  await data.ready();
  const dropped = { classes: await data.classes(), images: await data.count('Images'), moment: await data.fact('Second moment').innerText() };
  expect(Object.keys(dropped.classes)).toEqual(plan.classes);
  expect(dropped.images).toBe(36);

  await page.getByRole('link', { name: 'Retort, Start page' }).click();
  await start.files({ 'other.zip': zipOf(tree) });
  await expect(page.getByRole('heading', { name: 'other', level: 1 })).toBeVisible();
  await data.ready();
  expect({ classes: await data.classes(), images: await data.count('Images'), moment: await data.fact('Second moment').innerText() }).toEqual(dropped);

  // The input behind the button gives the same again, also where the browser has no folder picker.
  await page.getByRole('link', { name: 'Retort, Start page' }).click();
  await start.folder(join(scratch, 'parts'));
  await expect(page.getByRole('heading', { name: 'parts', level: 1 })).toBeVisible();
  await data.ready();
  expect({ classes: await data.classes(), images: await data.count('Images'), moment: await data.fact('Second moment').innerText() }).toEqual(dropped);
});

test('labels come from a table beside the pictures', async ({ page, studio, scratch }) => {
  const [start, data] = [new StartPage(page), new DataPage(page)];
  const flat = tree.map(({ bytes }, i) => ({ path: `images/${i}.png`, bytes, label: plan.classes[Math.floor(i / plan.perClass)] }));
  const rows = ['file_name,label', ...flat.slice(1).map(({ path, label }) => `${path},"${label}, small"`)].join('\n');
  await writeFiles(join(scratch, 'flat'), [...flat, { path: 'labels.csv', bytes: new TextEncoder().encode(rows) }]);
  await start.open();
  await start.setWorkingSize(16);
  await studio.drop(join(scratch, 'flat'));
  await data.ready();
  expect(Object.keys(await data.classes())).toEqual(plan.classes.map((name) => `${name}, small`));
  await expect(page.getByText('Labels come from the table beside the images.')).toBeVisible();
  const refused = await data.verdicts('Refused');
  expect(Object.keys(refused)).toEqual(['images/0.png']);
  expect(refused['images/0.png'].why).toContain('The label table labels.csv has no row for this picture.');
});

test('an IDX pair stays grey from the file to the zip', async ({ page, studio, scratch }) => {
  test.setTimeout(5 * MINUTE);
  const [start, data, condense, observe, exporter] = [new StartPage(page), new DataPage(page), new CondensePage(page), new ObservePage(page), new ExportPage(page)];
  const pair = idxPair({ ...plan, channels: 1 });
  const files = [{ path: 'train-images-idx3-ubyte.gz', bytes: gzipSync(pair.images) }, { path: 'train-labels-idx1-ubyte', bytes: pair.labels }];
  await writeFiles(scratch, files);
  await start.open();
  await start.setWorkingSize(16);
  await studio.drop(...files.map(({ path }) => join(scratch, path)));
  await data.ready();
  const packed = { classes: await data.classes(), moment: await data.fact('Second moment').innerText() };
  expect(Object.values(packed.classes).map(({ train, test: held }) => train + held)).toEqual([12, 12, 12]);
  await expect(data.fact('Working size')).toHaveText('16 × 16 × 1');
  await expect(page.getByText('Labels come from the IDX file.')).toBeVisible();

  await page.getByRole('link', { name: 'Retort, Start page' }).click();
  await start.files({ 'train-images-idx3-ubyte': pair.images, 'train-labels-idx1-ubyte': pair.labels });
  await data.ready();
  expect({ classes: await data.classes(), moment: await data.fact('Second moment').innerText() }).toEqual(packed);

  await condense.open();
  await condense.set(tiny);
  await condense.perClass(3);
  await condense.start('grey');
  await expect(page.getByRole('img', { name: /samples of Scorer after step/ })).toBeVisible({ timeout: MINUTE });
  await observe.done();
  await exporter.open();
  await exporter.write();
  await exporter.save(join(scratch, 'grey.zip'));
  const { pictures, metadata, classes, files: content } = await unpack(join(scratch, 'grey.zip'));
  expect(pictures).toHaveLength(9);
  expect(metadata.map((row) => row.label_name).toSorted()).toEqual(classes.flatMap(({ name }) => [name, name, name]));
  // Byte 25 of a PNG is its colour type; 0 is grey.
  for (const name of pictures) expect(content[`train/${name}`][25]).toBe(0);
});
