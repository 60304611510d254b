import { expect, test } from './support/test';
import { dropFolder } from './support/drop';
import { imageFiles, troubleFiles, writeFiles } from './support/images';

// What every other browser test leans on: real drops, files that are what their names say, and a guard that bites.

test('a dropped folder arrives as the handle of a real folder', async ({ page, scratch }) => {
  const files = imageFiles({ classes: ['a', 'b'], perClass: 2, side: 8, channels: 3, seed: 1 });
  await writeFiles(scratch, files);
  await page.route('**/probe', (route) => route.fulfill({ contentType: 'text/html', body: '<body style="height:100vh">' }));
  await page.goto('./probe');
  const names = page.evaluate(() => new Promise<string[]>((resolve) => {
    window.addEventListener('dragover', (event) => event.preventDefault());
    window.addEventListener('drop', (event) => {
      event.preventDefault();
      const item = event.dataTransfer?.items[0] as unknown as { getAsFileSystemHandle(): Promise<FileSystemDirectoryHandle> };
      const list = async (folder: FileSystemDirectoryHandle, prefix: string): Promise<string[]> => {
        const found: string[] = [];
        for await (const [name, child] of folder.entries()) {
          if (child.kind === 'directory') found.push(...(await list(child as FileSystemDirectoryHandle, `${prefix}${name}/`)));
          else found.push(prefix + name);
        }
        return found;
      };
      void item.getAsFileSystemHandle().then((folder) => list(folder, '')).then(resolve);
    });
  }));
  await dropFolder(page, scratch);
  expect((await names).toSorted()).toEqual(files.map(({ path }) => path).toSorted());
});

test('the trouble files are what they claim to be', async ({ page }) => {
  await page.route('**/probe', (route) => route.fulfill({ contentType: 'text/html', body: '<p>' }));
  await page.goto('./probe');
  const trouble = troubleFiles();
  const decode = (name: string) => page.evaluate(async (bytes) => {
    const image = await createImageBitmap(new Blob([new Uint8Array(bytes)])).catch(() => null);
    if (image === null) return null;
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
    context?.drawImage(image, 0, 0);
    return { width: image.width, first: [...(context?.getImageData(0, 0, 1, 1).data ?? [])] };
  }, [...trouble[name]]);

  expect(await decode('good.jpg')).toEqual({ width: 64, first: [200, 200, 200, 255] });
  expect(await decode('cmyk.jpg')).toMatchObject({ width: 16 });
  expect(await decode('deep.png')).toEqual({ width: 16, first: [7, 7, 7, 255] });
  expect(await decode('animated.gif')).toEqual({ width: 16, first: [200, 60, 20, 255] });
  expect(await decode('wide.png')).toMatchObject({ width: 30_000 });
  for (const name of ['text.png', 'zero.png']) expect(await decode(name), name).toBeNull();
});

test.describe('guard', () => {
  test.fail();
  test('a request off the origin fails the test', async ({ page }) => {
    await page.route('**/probe', (route) => route.fulfill({ contentType: 'text/html', body: '<p>' }));
    await page.goto('./probe');
    await page.evaluate(() => fetch('http://127.0.0.1:9/leak').catch(() => undefined));
  });
});
