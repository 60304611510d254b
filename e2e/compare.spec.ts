import type { Page } from '@playwright/test';
import { ComparePage } from './pages/compare';
import { CondensePage, tiny } from './pages/condense';
import { DataPage } from './pages/data';
import { ObservePage } from './pages/observe';
import { sampleFolder } from './pages/sample';
import { StartPage } from './pages/start';
import { axe } from './support/axe';
import { expect, test } from './support/test';

// Two runs that differ in one setting, held against each other as a person does it: numbers, curves, sets, and the images behind a number.

const MINUTE = 60_000;
const NARROW = { width: 360, height: 740 };

const sideways = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test('two runs are compared, wiped, looked behind and saved', async ({ page, studio, scratch }) => {
  test.setTimeout(8 * MINUTE);
  const [start, data, condense, observe, compare] = [new StartPage(page), new DataPage(page), new CondensePage(page), new ObservePage(page), new ComparePage(page)];
  const classes = ['bolt', 'gear', 'washer'];
  const folder = await sampleFolder(scratch, classes, 24);
  await start.open();
  await compare.go();
  await expect(page.getByRole('heading', { name: 'Nothing to compare yet' })).toBeVisible();
  await page.getByRole('link', { name: 'Retort, Start page' }).click();
  await start.setWorkingSize(16);
  await studio.drop(folder.path);
  await data.ready();
  for (const [name, strategy] of [['=steady', 'Interval'], ['hard ones', 'Hardest']]) {
    await condense.open();
    if (name === '=steady') await condense.set(tiny);
    await condense.perClass(4);
    await page.getByRole('combobox', { name: 'Strategy' }).selectOption(strategy);
    await condense.start(name);
    await observe.done();
  }

  await test.step('a number on Observe opens the images behind it', async () => {
    await page.getByRole('button', { name: /^Class labels, This selection: .* Show the images/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Mistaken images, hard ones' });
    await expect(dialog.locator('.card').first().or(dialog.getByText('There are none.'))).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('heading', { name: 'What the audit found in the folder' })).toBeVisible();
  });

  await compare.open();
  await test.step('the table says what changed and what it came to', async () => {
    expect(await compare.names()).toEqual(['=steady', 'hard ones']);
    await expect(compare.run('hard ones')).toContainText('Strategy: Interval → Hardest');
    await expect(compare.run('=steady')).toContainText('the first of these');
    await expect(compare.run('hard ones').getByRole('button', { name: /^Images of hard ones: 12\. / })).toBeVisible();
    await expect(compare.run('hard ones').getByText('Not measured: the run used no feature net.')).toBeAttached();
    await page.getByRole('columnheader', { name: /^Run/ }).getByRole('button').click();
    await page.getByRole('columnheader', { name: /^Run/ }).getByRole('button').click();
    expect(await compare.names()).toEqual(['hard ones', '=steady']);
    await expect(page.getByRole('columnheader', { name: /^Run/ })).toHaveAttribute('aria-sort', 'descending');
  });

  await test.step('a curve is brought out', async () => {
    const mark = page.getByRole('button', { name: /^hard ones, .* at the end\. Bring out its curve/ });
    await mark.click();
    await expect(mark).toHaveAttribute('aria-pressed', 'true');
    await expect(page.locator('svg.many .curve[data-marked]')).toHaveCount(1);
    await page.getByRole('button', { name: 'Show table: Curves of the runs' }).click();
    await expect(page.getByRole('region', { name: 'Curves of the runs' }).getByRole('row')).toHaveCount(3);
    await page.getByRole('button', { name: 'Show table: Curves of the runs' }).click();
  });

  await test.step('the wipe shows the one set or the other', async () => {
    await page.getByRole('combobox', { name: 'Class' }).selectOption('gear');
    const told = await page.getByText(/images in A and 4 in B/).innerText();
    const [shared, ownA] = [/(\d+) stand in both/, /(\d+) in A alone/].map((what) => Number(what.exec(told)?.[1]));
    expect(shared + ownA).toBe(4);
    expect(ownA).toBeGreaterThan(0);
    await compare.divider.scrollIntoViewIfNeeded();
    const pixels = () => page.locator('.wipe-view canvas').evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()));
    await expect.poll(async () => new Set(await pixels()).size).toBe(2);
    await compare.divider.focus();
    await page.keyboard.press('Home');
    await expect(compare.divider).toHaveAttribute('aria-valuetext', 'A on the left 0%, B on the rest');
    const before = await compare.wiped();
    await page.keyboard.press('End');
    await expect(compare.divider).toHaveAttribute('aria-valuenow', '100');
    const after = await compare.wiped();
    expect(after.left.equals(before.left)).toBe(false);
    await page.keyboard.press('ArrowLeft');
    await expect(compare.divider).toHaveAttribute('aria-valuenow', '95');
    const box = await page.locator('.wipe-view').boundingBox();
    await page.mouse.move(box!.x + 0.95 * box!.width, box!.y + 20);
    await page.mouse.down();
    await page.mouse.move(box!.x + 0.25 * box!.width, box!.y + 20, { steps: 4 });
    await page.mouse.up();
    await expect(compare.divider).toHaveAttribute('aria-valuenow', '25');
  });

  await test.step('a number opens its images, with their files', async () => {
    await compare.run('hard ones').getByRole('button', { name: /^Images of hard ones/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Picked images, hard ones' });
    await expect(dialog.locator('.card')).toHaveCount(12);
    await dialog.locator('.card').first().focus();
    await page.keyboard.press('ArrowRight');
    await expect(dialog.locator('.contact-readout')).toHaveText(/\.png, class bolt, training, /);
    await dialog.getByRole('combobox', { name: 'Group' }).selectOption({ index: 2 });
    await expect(dialog.locator('.card')).toHaveCount(4);
    await dialog.getByRole('combobox', { name: 'Show' }).selectOption('Dropped images');
    const dropped = page.getByRole('dialog', { name: 'Dropped images, hard ones' });
    await expect(dropped.getByText(/beside the kept image of its class/)).toBeVisible();
    await expect.poll(() => dropped.locator('.card').count()).toBeGreaterThan(12);
    await axe(page, 'images behind a number');
    await page.keyboard.press('Escape');
    await compare.run('=steady').getByRole('button', { name: /^FD\(domain\) of =steady/ }).click();
    await expect(page.getByRole('dialog', { name: 'Sampled images, =steady' }).locator('.card')).toHaveCount(16);
    await page.keyboard.press('Escape');
  });

  await test.step('the table is saved as csv', async () => {
    const { name, text, rows } = await compare.csv();
    expect(name).toBe('parts-runs.csv');
    expect(text.startsWith('\uFEFFrun,')).toBe(true);
    expect(rows.map((row) => row.length)).toEqual([rows[0].length, rows[0].length, rows[0].length]);
    const at = (row: string[], head: string) => row[rows[0].indexOf(head)];
    expect(at(rows[1], 'run')).toBe('hard ones');
    expect(at(rows[2], 'run')).toBe('\'=steady');
    expect(at(rows[1], 'changed')).toBe('Strategy: Interval → Hardest');
    expect(Number(at(rows[1], 'Images'))).toBe(12);
    expect(Number(at(rows[1], 'FD(domain)'))).toBeGreaterThan(0);
    expect(Number(at(rows[2], 'Accuracy, class labels, random'))).toBeGreaterThan(0);
  });

  await test.step('everybody can use it: in both languages and themes, and on a narrow screen', async () => {
    await axe(page, 'compare');
    await page.setViewportSize(NARROW);
    await expect.poll(() => sideways(page), { timeout: 5_000 }).toBe(0);
    await page.getByRole('button', { name: 'Language: 日本語' }).click();
    await expect(page.getByRole('heading', { name: '比較', level: 1 })).toBeVisible();
    await expect(page.locator('.runs-table')).toContainText('選び方：等間隔 → 難しい順');
    const theme = page.locator('header .tools button').last();
    for (let press = 0; press < 3 && (await page.locator('html').getAttribute('data-theme')) !== 'dark'; press++) await theme.click();
    await expect.poll(() => sideways(page), { timeout: 5_000 }).toBe(0);
    await axe(page, 'compare, Japanese, dark, narrow');
  });
});
