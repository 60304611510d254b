import { crc32 } from 'node:zlib';
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { openDataSet } from '../data/dataset';
import { encodePng } from '../formats/png';
import type { Verdict } from '../protocol';
import { environment, filesSource, fixture, noise, png, readAll } from './intake.testing';

const folder = (): Record<string, Uint8Array<ArrayBuffer>> => {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (let i = 0; i < 24; i++) files[`set/${['cat', 'dog', 'eel'][i % 3]}/${String(i).padStart(2, '0')}.png`] = png(i + 1);
  return files;
};
const code = (verdicts: Verdict[], path: string): string | undefined => verdicts.find((verdict) => verdict.path === path)?.code;

test('a folder becomes a data set whose pixels, labels and splits can be read back', async () => {
  const { summary, env } = await readAll(filesSource(folder()));
  expect(summary).toMatchObject({ count: 24, read: 24, refused: 0, labels: 'folders', splits: 'seeded', channels: 3 });
  expect(summary.classes).toEqual(['cat', 'dog', 'eel'].map((name) => ({ name, train: 6, test: 2, reserve: 0 })));
  const dataset = await openDataSet(env.store, summary.id);
  expect(dataset.rows('test').length).toBe(6);
  expect(dataset.pixels([3, 4, 1]).length).toBe(3 * 16 * 16 * 3);
  expect(Array.from(dataset.pixels([4]))).toEqual(Array.from(dataset.pixels([3, 4]).subarray(16 * 16 * 3)));
  const record = dataset.records[5];
  expect(dataset.original(5)).toEqual(folder()[`set/${record.path}`]);
  expect(summary.classes[record.classIndex].name).toBe(record.path.split('/')[0]);
});

test('the same folder gives the same bytes whatever the order, the wrapper or the container', async () => {
  const files = folder();
  const reversed = Object.fromEntries(Object.entries(files).reverse());
  const bare = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path.slice(4), bytes]));
  const zip = { 'all.zip': zipSync(reversed) as Uint8Array<ArrayBuffer> };
  const readings = await Promise.all([files, reversed, bare, zip].map((source) => readAll(filesSource(source))));
  const [first] = readings;
  for (const { summary, env } of readings) {
    expect(summary.hash).toBe(first.summary.hash);
    for (const file of ['pixels.bin', 'records.jsonl', 'originals.bin']) {
      expect(env.store.files.get(`datasets/${summary.id}/${file}`)).toEqual(first.env.store.files.get(`datasets/${first.summary.id}/${file}`));
    }
  }
  const other = await readAll(filesSource({ ...files, 'set/cat/00.png': png(999) }));
  expect(other.summary.hash).not.toBe(first.summary.hash);
});

test('bad files are refused one by one, each with its reason, and the good ones stay', async () => {
  const { summary, verdicts } = await readAll(filesSource({
    ...folder(),
    'set/cat/empty.jpg': new Uint8Array(0), 'set/cat/text.png': new TextEncoder().encode('not a picture\n'), 'set/cat/script.png': fixture('script.svg'),
    'set/cat/truncated.jpg': fixture('truncated.jpg'), 'set/cat/wide.png': fixture('wide.png'), 'set/cat/photo.jpg': fixture('picture.tif'),
    'set/cat/nested.jpg': zipSync({ 'a.txt': new Uint8Array(3) }) as Uint8Array<ArrayBuffer>,
    'set/cat/animated.gif': fixture('animated.gif'), 'set/cat/deep.png': fixture('deep.png'), 'set/cat/cmyk.jpg': fixture('cmyk.jpg'),
    [`set/cat/${'n'.repeat(300)}.png`]: png(500), 'set/cat/\u{1f984}.png': png(501), 'set/.DS_Store': new Uint8Array(8), 'set/cat/Thumbs.db': new Uint8Array(8),
    'set/readme.md': new TextEncoder().encode('# notes'), 'set/cover.png': png(502),
  }));
  expect(Object.fromEntries(verdicts.filter((verdict) => verdict.code !== '').map((verdict) => [verdict.path, [verdict.status, verdict.code]]))).toEqual({
    'set/.DS_Store': ['refused', 'ignored-system'],
    'cat/empty.jpg': ['refused', 'empty-file'], 'cat/text.png': ['refused', 'not-a-picture'], 'cat/script.png': ['refused', 'not-a-picture'],
    'cat/truncated.jpg': ['refused', 'truncated'], 'cat/wide.png': ['refused', 'too-large'], 'cat/photo.jpg': ['refused', 'unsupported-type'],
    'cat/nested.jpg': ['refused', 'nested-zip'], 'cat/animated.gif': ['accepted', 'animated'], 'cat/deep.png': ['accepted', 'deep'],
    'cat/cmyk.jpg': ['accepted', 'cmyk'], 'readme.md': ['refused', 'not-a-picture'], 'cover.png': ['refused', 'no-class'],
  });
  expect(verdicts.every((verdict) => verdict.status === 'accepted' || verdict.sentence.length > 20)).toBe(true);
  expect(summary).toMatchObject({ accepted: 29, refused: 9, read: 38 });
});

test('repetitions are dropped by file bytes and by pixels, and name the other label', async () => {
  const files = folder();
  const reencoded = fixture('plain.png');
  const { summary, verdicts } = await readAll(filesSource({ ...files, 'set/cat/again.png': files['set/cat/00.png'], 'set/eel/x.png': files['set/dog/01.png'], 'set/dog/p.png': reencoded, 'set/dog/q.png': withText(reencoded) }));
  expect(code(verdicts, 'cat/again.png')).toBe('duplicate');
  expect(verdicts.find((verdict) => verdict.path === 'eel/x.png')).toMatchObject({ code: 'duplicate-other-class', params: { of: 'dog/01.png', ofClass: 'dog', class: 'eel' } });
  expect(code(verdicts, 'dog/q.png')).toBe('duplicate');
  expect(summary).toMatchObject({ duplicates: 3, accepted: 25 });
  expect(summary.warnings.map((warning) => warning.code)).toContain('label-conflicts');
});

/** Another file with the same pixels: a private ancillary chunk between IHDR and IDAT. */
function withText(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const chunk = Uint8Array.of(0, 0, 0, 1, 0x74, 0x45, 0x58, 0x74, 65, 0, 0, 0, 0);
  const crc = crc32(chunk.subarray(4, 9));
  new DataView(chunk.buffer).setUint32(9, crc);
  const out = new Uint8Array(bytes.length + chunk.length);
  out.set(bytes.subarray(0, 33));
  out.set(chunk, 33);
  out.set(bytes.subarray(33), 33 + chunk.length);
  return out;
}

test('near repetitions are flagged with the row they repeat, and dropped when asked', async () => {
  const pixels = noise(1, 20, 20, 3).map((value, i) => Math.min(255, value + (i % 5)));
  const files = { ...folder(), 'set/cat/zz.png': encodePng(pixels, 20, 20, 3) };
  const kept = await readAll(filesSource(files));
  const dataset = await openDataSet(kept.env.store, kept.summary.id);
  const row = dataset.records.findIndex((record) => record.path === 'cat/zz.png');
  expect(dataset.records[dataset.records[row].nearDuplicateOf].path).toBe('cat/00.png');
  expect(kept.summary).toMatchObject({ nearDuplicates: 1, count: 25 });
  expect((await readAll(filesSource(files), { nearDuplicates: 'drop' })).summary).toMatchObject({ nearDuplicates: 1, count: 24 });
});

test('grey sets are stored with one channel, and one coloured picture makes them RGB', async () => {
  const files = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`${i % 2 ? 'a' : 'b'}/${i}.png`, png(i, 16, 1)]));
  const grey = await readAll(filesSource(files));
  expect(grey.summary).toMatchObject({ channels: 1, mean: [expect.any(Number)] });
  const dataset = await openDataSet(grey.env.store, grey.summary.id);
  const first = dataset.records.findIndex((record) => record.path === 'a/1.png');
  expect(dataset.pixels([first])).toEqual(noise(1, 16, 16, 1));
  expect((await readAll(filesSource({ ...files, 'a/z.png': png(99) }))).summary.channels).toBe(3);
  expect((await readAll(filesSource({ ...files, 'a/z.png': png(99) }), { channels: 'grey' })).summary.channels).toBe(1);
});

test('a limit draws by class and seed, replaces broken files, and counts what it left out', async () => {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (let i = 0; i < 60; i++) files[`${i < 40 ? 'big' : 'small'}/${i}.png`] = i % 7 === 0 ? new Uint8Array(0) : png(i + 1);
  const draw = (seed: number) => readAll(filesSource(files), { limit: 15, reserve: 6, seed });
  const { summary, verdicts } = await draw(1);
  expect(summary.classes).toEqual([{ name: 'big', train: 10, test: 8, reserve: 4 }, { name: 'small', train: 5, test: 4, reserve: 2 }]);
  expect(summary.hash).toBe((await draw(1)).summary.hash);
  expect(summary.hash).not.toBe((await draw(2)).summary.hash);
  const left = verdicts.find((verdict) => verdict.code === 'beyond-limit');
  expect(left?.params.count).toBe(60 - summary.read);
  expect(summary.refused).toBeGreaterThan(0);
});

test('given splits are kept, and a picture in both stays on the test side only', async () => {
  const shared = png(77);
  const { summary, verdicts } = await readAll(filesSource({ 'train/a/1.png': png(1), 'train/a/2.png': shared, 'Test/a/1.png': shared, 'train/b/1.png': png(2), 'test/b/9.png': png(3) }));
  expect(summary.splits).toBe('folders');
  expect(summary.classes).toEqual([{ name: 'a', train: 1, test: 1, reserve: 0 }, { name: 'b', train: 1, test: 1, reserve: 0 }]);
  expect(code(verdicts, 'train/a/2.png')).toBe('duplicate');
});

test('warnings: one class, a class of one picture, imbalance, enlarged pictures, a class named test, nothing kept', async () => {
  const codes = async (files: Record<string, Uint8Array<ArrayBuffer>>, options = {}) => (await readAll(filesSource(files), options)).summary.warnings.map((warning) => warning.code);
  expect(await codes({ 'a/1.png': png(1), 'a/2.png': png(2) })).toContain('one-class');
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`a/${i}.png`, png(i, 8)]));
  const found = await codes({ ...many, 'test/1.png': png(50) }, { keepOriginals: 100 });
  expect(found).toEqual(expect.arrayContaining(['class-of-one', 'imbalance', 'enlarged', 'class-named-split', 'class-like-split', 'originals-dropped']));
  expect(await codes({ ...many, 'b/1.png': png(61), 'b/2.png': png(62), 'c/x.png': new Uint8Array(0) })).toContain('class-empty');
});

test('an empty folder and a folder without any picture say so and leave nothing behind', async () => {
  const env = environment();
  await expect(readAll(filesSource({}), {}, env)).rejects.toMatchObject({ code: 'empty-folder' });
  await expect(readAll(filesSource({ 'a/x.txt': new TextEncoder().encode('hello') }), {}, env)).rejects.toMatchObject({ code: 'no-images' });
  await expect(readAll(filesSource({ 'train/a/x.png': new Uint8Array(0), 'test/a/y.png': png(1) }), {}, env)).rejects.toMatchObject({ code: 'no-train' });
  expect(env.store.files.size).toBe(0);
});

test('a full disk stops the reading with a sentence and touches no other data set', async () => {
  const env = environment(60_000);
  const { summary } = await readAll(filesSource(folder()), {}, env);
  const more = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`x/${i}.png`, png(i + 200)]));
  await expect(readAll(filesSource(more), {}, env)).rejects.toMatchObject({ code: 'quota' });
  expect([...env.store.files.keys()].every((path) => path.startsWith(`datasets/${summary.id}/`))).toBe(true);
  expect((await openDataSet(env.store, summary.id)).records.length).toBe(24);
});

test('cancelling leaves no half data set, and what a crash left is swept by the next reading', async () => {
  const env = environment();
  const abort = new AbortController();
  const source = filesSource(folder());
  const reading = readAll(source, {}, { ...env, decoder: () => ({ decode: async (bytes, type) => { abort.abort(); return (environment().decoder('#ffffff')).decode(bytes, type); } }) }, [], abort.signal);
  await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
  expect(env.store.files.size).toBe(0);
  env.store.files.set('datasets/crashed/pixels.bin', new Uint8Array(10));
  const { summary } = await readAll(source, {}, env);
  expect(await env.store.list('datasets')).toEqual([summary.id]);
});

test('reading the same folder again answers with the data set there is', async () => {
  const env = environment();
  const first = await readAll(filesSource(folder()), {}, env);
  const second = await readAll(filesSource(folder()), {}, env);
  expect(second.summary.id).toBe(first.summary.id);
  expect(await env.store.list('datasets')).toEqual([first.summary.id]);
});

test('the sample set, an export and a labelled table are read through the same door', async () => {
  expect((await readAll({ kind: 'sample', name: 'sample', seed: 1 })).summary.classes.map((item) => item.name)).toEqual(['a', 'b']);
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const exported = await readAll(filesSource({
    'classes.json': json([{ index: 0, name: 'test', folder: 'class-0000' }, { index: 1, name: 'zebra', folder: 'zebra' }]), 'README.md': json('x'),
    'train/metadata.jsonl': json({ file_name: 'zebra/0.png', label: 1 }),
    'train/class-0000/0.png': png(1), 'train/class-0000/1.png': png(2), 'train/zebra/0.png': png(3), 'train/zebra/1.png': png(4),
  }));
  expect(exported.summary.classes.map((item) => item.name)).toEqual(['test', 'zebra']);
  expect(exported.verdicts.find((verdict) => verdict.code === 'part-of-export')?.params.count).toBe(3);
  const csv = new TextEncoder().encode('file,label,split\n1.png,up,train\n2.png,down,test\n3.png,up,test\n4.png,down,train\ngone.png,up,train\n');
  const table = await readAll(filesSource({ 'd/labels.csv': csv, 'd/1.png': png(1), 'd/2.png': png(2), 'd/3.png': png(3), 'd/4.png': png(4), 'd/5.png': png(5) }));
  expect(table.summary).toMatchObject({ labels: 'table', splits: 'folders', refused: 1, classes: [{ name: 'down', train: 1, test: 1 }, { name: 'up', train: 1, test: 1 }] });
  expect(code(table.verdicts, '5.png')).toBe('not-in-table');
  expect(table.summary.warnings.map((warning) => warning.code)).toContain('table-missing');
});

test('further columns of a label table stay with the images, and another table makes another data set of the same pixels', async () => {
  const pictures = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`d/${i}.png`, png(i + 1)]));
  const table = (machine: (i: number) => string) => ({
    ...pictures, 'd/labels.csv': new TextEncoder().encode(['file,label,machine,serial', ...Array.from({ length: 12 }, (_, i) => `${i}.png,${i % 2 ? 'up' : 'down'},${machine(i)},S${i}`)].join('\n')),
  });
  const env = environment();
  const first = await readAll(filesSource(table((i) => (i < 6 ? 'M1' : 'M2'))), {}, env);
  expect(first.summary.metadata).toEqual({ columns: ['machine'], hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const dataset = await openDataSet(env.store, first.summary.id);
  for (const { path, metadata } of dataset.records) expect(metadata).toEqual([Number.parseInt(path) < 6 ? 'M1' : 'M2']);
  const other = await readAll(filesSource(table((i) => (i < 7 ? 'M1' : 'M2'))), {}, env);
  expect([other.summary.hash === first.summary.hash, other.summary.id === first.summary.id]).toEqual([true, false]);
  expect((await readAll(filesSource(table((i) => (i < 7 ? 'M1' : 'M2'))), {}, env)).summary.id).toBe(other.summary.id);
  expect((await readAll(filesSource(folder()))).summary).not.toHaveProperty('metadata');
});

test('thousands of tiny files arrive in few messages', async () => {
  const files = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`c${i % 10}/${i}.png`, png(i, 4)]));
  const { summary, events } = await readAll(filesSource(files));
  expect(summary.read).toBe(3000);
  expect(events.filter((event) => event.type === 'images').length).toBeLessThan(110);
  expect(events.filter((event) => event.type === 'verdicts').length).toBeLessThan(30);
});
