import { ZipWriter, BlobWriter, TextReader } from '@zip.js/zip.js/lib/zip-core-native.js';
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { isUnsafeName, ZIP_LIMITS, zipItems, type ZipItem } from './zip-read';

const blob = (files: Record<string, Uint8Array>, level: 0 | 9 = 9): Blob => new Blob([zipSync(files, { level }) as Uint8Array<ArrayBuffer>]);
const items = async (file: Blob, limits = ZIP_LIMITS): Promise<ZipItem[]> => {
  const found: ZipItem[] = [];
  for await (const item of zipItems(file, 'x.zip', limits)) found.push(item);
  return found;
};
const bytes = Uint8Array.from({ length: 60_000 }, (_, i) => (i * i) >> 7);
/** Element-wise matchers take seconds on arrays of this length. */
const same = (found: Uint8Array): boolean => Buffer.from(found).equals(bytes);

test.each([0, 9] as const)('entries come back whole, stored or deflated, read or streamed (level %i)', async (level) => {
  const [one, two] = await items(blob({ 'a/one.bin': bytes, 'b/two.txt': new TextEncoder().encode('hello') }, level));
  expect(one.name).toBe('a/one.bin');
  expect(same(await one.read())).toBe(true);
  expect(same(new Uint8Array(await new Response(one.stream()).arrayBuffer()))).toBe(true);
  expect(new TextDecoder().decode(await two.read())).toBe('hello');
});

test('a damaged entry fails alone', async () => {
  const file = new Uint8Array(await blob({ 'a.bin': bytes, 'b.bin': bytes }, 0).arrayBuffer());
  file[1000] ^= 0xff;
  const [a, b] = await items(new Blob([file]));
  await expect(a.read()).rejects.toMatchObject({ code: 'zip-entry-broken' });
  expect(same(await b.read())).toBe(true);
});

test('an entry that unpacks to more than it announces stops at what it announced', async () => {
  const file = new Uint8Array(await blob({ 'a.bin': new Uint8Array(50_000) }).arrayBuffer());
  const view = new DataView(file.buffer);
  const central = Buffer.from(file).indexOf(Uint8Array.of(0x50, 0x4b, 1, 2));
  view.setUint32(22, 100, true);
  view.setUint32(central + 24, 100, true);
  const [liar] = await items(new Blob([file]));
  expect(liar.size).toBe(100);
  await expect(liar.read()).rejects.toMatchObject({ code: 'zip-entry-broken' });
  await expect(new Response(liar.stream()).arrayBuffer()).rejects.toBeDefined();
});

test('bombs are refused by their announced size: one entry, or the archive as a whole', async () => {
  const zeros = blob({ 'a.png': new Uint8Array(2_000_000), 'b.png': bytes.subarray(0, 5000) });
  const small = { ...ZIP_LIMITS, smallBytes: 1_000_000 };
  expect((await items(zeros, { ...small, totalRatio: 1e9 })).map((item) => item.refusal)).toEqual(['bomb-entry', null]);
  await expect(items(zeros, small)).rejects.toMatchObject({ code: 'zip-bomb' });
  await expect(items(zeros, { ...ZIP_LIMITS, totalBytes: 1_000_000 })).rejects.toMatchObject({ code: 'zip-bomb' });
});

test('encrypted entries are told before they are read', async () => {
  const writer = new ZipWriter(new BlobWriter(), { password: 'secret', zipCrypto: true });
  await writer.add('a.png', new TextReader('hidden'));
  expect((await items(await writer.close()))[0]).toMatchObject({ name: 'a.png', refusal: 'encrypted' });
});

test('names that leave the archive or carry control characters are unsafe; long names and emoji are not', async () => {
  expect(['../a', 'a/../../b', '/etc/x', '\\x', 'C:\\x', 'a\\..\\b', 'a\nb', 'a\0'].map(isUnsafeName)).toEqual(Array(8).fill(true));
  expect(['a..b/c', `${'n'.repeat(300)}.png`, '\u{1f984}/\u{1f984}.png', 'c:d'.slice(2)].map(isUnsafeName)).toEqual(Array(4).fill(false));
  expect((await items(blob({ '../x.png': bytes, 'ok.png': bytes })))[0].refusal).toBe('unsafe-name');
});

test('what is no zip says so', async () => {
  await expect(items(new Blob([bytes]))).rejects.toMatchObject({ code: 'zip-broken' });
});
