import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataPage } from './pages/data';
import { StartPage } from './pages/start';
import { imageFiles, troubleFiles, writeFiles, zipOf } from './support/images';
import { encodePng } from '../workers/formats/png';
import { RandomStream } from '../workers/random';
import { expect, test } from './support/test';

// What people really drop. Each file gets its sentence, nothing is skipped in silence, and nothing breaks the page.

const MINUTE = 60_000;
const trouble = troubleFiles();
const good = (classes: string[], perClass: number, seed = 1) => imageFiles({ classes, perClass, side: 20, channels: 3, seed });

test('every troublesome file of a folder gets its own sentence', async ({ page, studio, scratch }) => {
  const [start, data] = [new StartPage(page), new DataPage(page)];
  const inside = Object.entries(trouble).filter(([name]) => !name.endsWith('.zip') || name === 'nested.zip');
  await writeFiles(join(scratch, 'mixed'), [
    ...inside.map(([name, bytes]) => ({ path: `odd/${name}`, bytes })), ...good(['plain', 'test'], 6), ...good(['lonely'], 1, 2),
  ]);
  await start.open();
  await start.setWorkingSize(16);
  await studio.drop(join(scratch, 'mixed'));
  await data.ready();

  const refused = await data.verdicts('Refused');
  const sentences: Record<string, string> = {
    'odd/truncated.jpg': 'The file was cut off before its end.',
    'odd/text.png': 'By its content this is text, not a picture.',
    'odd/zero.png': 'The file has no bytes.',
    'odd/wide.png': 'The picture is 30000 x 4 pixels; the limit is 16384 a side',
    'odd/script.svg': 'By its content this is an SVG drawing, not a picture.',
    'odd/nested.zip': 'This is a zip inside the folder or zip.',
  };
  expect(Object.keys(refused).toSorted()).toEqual(Object.keys(sentences).toSorted());
  for (const [path, sentence] of Object.entries(sentences)) expect(refused[path].why, path).toContain(sentence);
  // The drawing's script would have renamed the page.
  expect(await page.title()).not.toContain('owned');

  const all = await data.verdicts('All');
  const noted: Record<string, string> = {
    'odd/animated.gif': 'The picture is animated; its first frame was taken.',
    'odd/deep.png': 'The picture has 16 bits a channel; the browser reduced it to 8.',
    'odd/cmyk.jpg': 'The picture is in CMYK; the browser turned it into RGB.',
  };
  for (const [path, sentence] of Object.entries(noted)) expect(all[path]?.why, path).toContain(sentence);
  for (const path of ['odd/good.jpg', 'odd/emoji-\u{1f9ea}.png']) expect(all[path]?.verdict, path).toMatch(/accepted|near duplicate/);

  await expect(page.getByText('The folder "test" holds no class folders, so it was read as a class of that name.')).toBeVisible();
  await expect(page.getByText('Classes with a single picture cannot be held out and stay in training: lonely.')).toBeVisible();
  expect((await data.classes()).lonely).toEqual({ train: 1, test: 0 });
});

test('zips that lie, hide or swell are told apart', async ({ page }) => {
  const [start, data] = [new StartPage(page), new DataPage(page)];
  const alert = page.getByRole('main').getByRole('alert');
  const read = async (name: string): Promise<void> => {
    await page.getByRole('link', { name: 'Retort, Start page' }).click();
    await start.files({ [name]: trouble[name] });
  };
  await start.open();
  await start.setWorkingSize(16);

  await read('bomb.zip');
  await expect(alert).toContainText('bomb.zip claims to unpack to far more than its');
  await read('encrypted.zip');
  await expect(alert).toContainText('None of the 1 files in encrypted could be used.');
  await expect(page.getByText('The zip entry is encrypted. Unpack the zip with its password and drop the folder.')).toBeVisible();

  await read('nested.zip');
  await data.ready();
  expect((await data.verdicts('Refused'))['inner.zip'].why).toContain('This is a zip inside the folder or zip.');
  await expect(data.fact('Images')).toHaveText('1');
  await expect(page.getByText('There is only one class.')).toBeVisible();

  await read('names.zip');
  await data.ready();
  const refused = await data.verdicts('Refused');
  expect(refused['../up.png'].why).toContain('The name points outside the zip');
  const long = `${'n'.repeat(300)}.png`;
  const all = await data.verdicts('All');
  expect(all[Object.keys(all).find((path) => path.endsWith(long)) ?? long].verdict).toMatch(/accepted|duplicate/);
});

test('an empty folder and one without a picture say what to do next', async ({ page, studio, scratch }) => {
  const start = new StartPage(page);
  const alert = page.getByRole('main').getByRole('alert');
  await mkdir(join(scratch, 'empty'));
  await start.open();
  await studio.drop(join(scratch, 'empty'));
  await expect(alert).toHaveText('There are no files in empty. Choose a folder that holds pictures.');

  await writeFiles(join(scratch, 'notes'), [{ path: 'a/readme.txt', bytes: new TextEncoder().encode('nothing to see') }]);
  await studio.drop(join(scratch, 'notes'));
  await expect(alert).toContainText('None of the 1 files in notes could be used.');
});

test('a full disk ends in a sentence, and what was stored before is still there', async ({ page, context, baseURL }) => {
  const [start, data] = [new StartPage(page), new DataPage(page)];
  await start.open();
  await start.setWorkingSize(16);
  await start.files({ 'first.zip': zipOf(good(['a', 'b'], 6)) });
  await data.ready();

  const session = await context.newCDPSession(page);
  const origin = new URL(baseURL ?? '').origin;
  const { usage } = await session.send('Storage.getUsageAndQuota', { origin });
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 2 ** 20 });
  await page.getByRole('link', { name: 'Retort, Start page' }).click();
  await start.setWorkingSize(128);
  await start.files({ 'second.zip': zipOf(good(['a', 'b'], 60, 2)) });
  await expect(page.getByRole('main').getByRole('alert')).toContainText(/browser.*(storage|space)/i, { timeout: MINUTE });

  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await page.getByRole('link', { name: 'Retort, Start page' }).click();
  await expect(start.stored('Open', 'second')).toBeHidden();
  await start.stored('Open', 'first').click();
  await data.ready();
  await expect(data.fact('Images')).toHaveText('12');
  await expect(page.getByRole('img', { name: /^a: 6 of 6 images shown/ })).toBeVisible();
});

test('fifty thousand tiny files are read to the last', async ({ page, scratch }) => {
  test.setTimeout(8 * MINUTE);
  const [start, data] = [new StartPage(page), new DataPage(page)];
  const random = new RandomStream(7, 'e2e/many');
  const side = 16;
  const files = Array.from({ length: 50_000 }, (_, i) => ({
    path: `c${i % 10}/${i}.png`, bytes: encodePng(Uint8Array.from({ length: side * side }, () => random.integer(256)), side, side, 1),
  }));
  await writeFiles(scratch, [{ path: 'many.zip', bytes: zipOf(files) }]);
  await start.open();
  await start.setWorkingSize(side);
  const begun = Date.now();
  await start.files([join(scratch, 'many.zip')]);
  await expect(page.getByRole('progressbar', { name: 'Reading progress' })).toBeVisible();
  await data.ready(6 * MINUTE);
  test.info().annotations.push({ type: 'seconds to read 50,000 files', description: ((Date.now() - begun) / 1000).toFixed(1) });
  await expect(data.fact('Images')).toHaveText('50,000');
  await expect(data.fact('Refused')).toHaveText('0');
  expect(new Set(Object.values(await data.classes()).map((split) => JSON.stringify(split))).size).toBe(1);
  for (const status of ['Duplicates', 'Near duplicates']) await expect(data.fact(status)).toHaveText('0');
});
