import { expect, test } from 'vitest';
import { intakeOptions } from './options';
import { compareCodePoints } from '../formats/slug';
import { effectiveDimension } from './statistics';
import { Appender, chunkFile, readText, writeText } from './storage';
import { memoryStore } from './storage.testing';
import { openDataSet } from './dataset';
import { RandomStream } from '../random';

test('chunks in memory read like one file, across their borders and past the end', () => {
  const all = Uint8Array.from({ length: 25 }, (_, i) => i);
  const file = chunkFile([all.slice(0, 10), all.slice(10, 20), all.slice(20)], 10, 25);
  const into = new Uint8Array(14);
  expect(file.read(into, 8)).toBe(14);
  expect(into).toEqual(all.slice(8, 22));
  expect(file.read(into, 20)).toBe(5);
  expect(() => file.write(into, 0)).toThrow(TypeError);
});

test('an appender reads back what it holds, wrote, or has half of each', async () => {
  const file = await memoryStore().create('a/b');
  const appender = new Appender(file, 8);
  for (let i = 0; i < 10; i++) appender.append(Uint8Array.of(3 * i, 3 * i + 1, 3 * i + 2));
  const into = new Uint8Array(4);
  for (let at = 0; at <= 26; at++) {
    appender.read(into, at);
    expect(Array.from(into)).toEqual([at, at + 1, at + 2, at + 3]);
  }
  appender.append(new Uint8Array(20).fill(9));
  expect(appender.position).toBe(50);
  appender.clear();
  expect([appender.position, file.size()]).toEqual([0, 0]);
});

test('text is replaced whole, writers are exclusive, a torn manifest is no data set', async () => {
  const store = memoryStore();
  await writeText(store, 'x/y', 'long text');
  await writeText(store, 'x/y', 'short');
  expect(await readText(store, 'x/y')).toBe('short');
  await store.create('x/z');
  await expect(store.create('x/z')).rejects.toMatchObject({ code: 'in-use' });
  await writeText(store, 'datasets/torn/dataset.json', '{"id":"to');
  await expect(openDataSet(store, 'torn')).rejects.toMatchObject({ code: 'no-dataset' });
  await expect(openDataSet(store, 'gone')).rejects.toMatchObject({ code: 'no-dataset' });
});

test('code points order classes as Python does, beyond U+FFFF too', () => {
  expect(['\u{1f600}', '\uff5e', 'a', 'B', 'ab', ''].sort(compareCodePoints)).toEqual(['', 'B', 'a', 'ab', '\uff5e', '\u{1f600}']);
});

test('options have defaults and refuse what cannot be', () => {
  expect(intakeOptions.parse({})).toMatchObject({ size: 32, fit: 'crop', holdout: 0.2, limit: 0, reserve: 30_000, keepOriginals: 536_870_912 });
  for (const bad of [{ size: 30 }, { size: 256 }, { holdout: 0.9 }, { background: 'red' }, { seed: -1 }, { fit: 'stretch' }]) {
    expect(intakeOptions.safeParse(bad).success).toBe(false);
  }
});

test('effective dimension: isotropic noise gives its dimension though the sample is smaller, one direction gives one', () => {
  const stream = new RandomStream(1, 'test/dimension');
  const noise = stream.normals(new Float32Array(300 * 400));
  expect(effectiveDimension(noise, 400)).toBeGreaterThan(330);
  expect(effectiveDimension(noise, 400)).toBeLessThan(480);
  const line = Float32Array.from({ length: 200 * 50 }, (_, i) => Math.sin(Math.floor(i / 50)) * (i % 50));
  expect(effectiveDimension(line, 50)).toBeCloseTo(1, 1);
  expect(effectiveDimension(new Float32Array(100), 10)).toBe(0);
});
