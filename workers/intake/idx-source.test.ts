import { gzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { openDataSet } from '../data/dataset';
import { filesSource, noise, readAll } from './intake.testing';

const idx = (dims: number[], data: Uint8Array): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(4 + 4 * dims.length + data.length);
  out.set([0, 0, 8, dims.length]);
  dims.forEach((dim, i) => new DataView(out.buffer).setUint32(4 + 4 * i, dim));
  out.set(data, 4 + 4 * dims.length);
  return out;
};
const images = (from: number, count: number): Uint8Array => Uint8Array.from(Array.from({ length: count }, (_, i) => [...noise(from + i, 16, 16, 1)]).flat());
const labels = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i % 12);
const gz = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => gzipSync(bytes) as Uint8Array<ArrayBuffer>;

test('a gzipped train and t10k pair becomes splits, grey, with padded class names and exact pixels', async () => {
  const { summary, env, verdicts } = await readAll(filesSource({
    'mnist/train-images-idx3-ubyte.gz': gz(idx([24, 16, 16], images(0, 24))), 'mnist/train-labels-idx1-ubyte.gz': gz(idx([24], labels(24))),
    'mnist/t10k-images-idx3-ubyte': idx([12, 16, 16], images(100, 12)), 'mnist/t10k-labels-idx1-ubyte': idx([12], labels(12)),
    'mnist/README.txt': new TextEncoder().encode('about'),
  }));
  expect(summary).toMatchObject({ labels: 'idx', splits: 'folders', channels: 1, count: 36, originalBytes: 0, refused: 1 });
  expect(summary.classes.slice(0, 3).map((item) => item.name)).toEqual(['00', '01', '02']);
  expect(summary.classes[11]).toEqual({ name: '11', train: 2, test: 1, reserve: 0 });
  const dataset = await openDataSet(env.store, summary.id);
  const row = dataset.records.findIndex((record) => record.path === 'train-images-idx3-ubyte/05');
  expect(dataset.records[row]).toMatchObject({ classIndex: 5, split: 'train', type: 'raw', original: -1 });
  expect(Buffer.from(dataset.pixels([row])).equals(noise(5, 16, 16, 1))).toBe(true);
  expect(dataset.original(row)).toBeNull();
  expect([...env.store.files.keys()].some((path) => path.endsWith('.tmp'))).toBe(false);
  expect(verdicts.find((verdict) => verdict.path === 'README.txt')?.code).toBe('not-a-picture');
});

test('a limit reads only what it stores', async () => {
  const { summary, verdicts } = await readAll(filesSource({
    'train-images-idx3-ubyte': idx([120, 16, 16], images(0, 120)), 'train-labels-idx1-ubyte': idx([120], labels(120)),
    't10k-images-idx3-ubyte': idx([12, 16, 16], images(200, 12)), 't10k-labels-idx1-ubyte': idx([12], labels(12)),
  }), { limit: 24, reserve: 12 });
  expect(summary).toMatchObject({ read: 48, count: 48 });
  expect(summary.classes[0]).toEqual({ name: '00', train: 2, test: 1, reserve: 1 });
  expect(verdicts.find((verdict) => verdict.code === 'beyond-limit')?.params.count).toBe(84);
});

test('cut off files, odd shapes and missing partners stop with their sentence, and nothing stays behind', async () => {
  const whole = idx([24, 16, 16], images(0, 24));
  const partner = { 'train-labels-idx1-ubyte': idx([24], labels(24)) };
  const code = (files: Record<string, Uint8Array<ArrayBuffer>>): Promise<string> => readAll(filesSource(files)).then(() => '', (error: { code: string }) => error.code);
  expect(await code({ 'train-images-idx3-ubyte': whole.slice(0, 3000), ...partner })).toBe('idx-truncated');
  expect(await code({ 'train-images-idx3-ubyte.gz': gz(whole).slice(0, 2000), ...partner })).toBe('idx-truncated');
  expect(await code({ 'train-images-idx3-ubyte': idx([24, 4, 4, 2], new Uint8Array(24 * 32)), ...partner })).toBe('idx-shape');
  expect(await code({ 'train-images-idx3-ubyte': whole })).toBe('idx-pair');
  const huge = idx([24, 16, 16], new Uint8Array(0));
  new DataView(huge.buffer).setUint32(4, 0xffffffff);
  expect(await code({ 'train-images-idx3-ubyte': huge, 'train-labels-idx1-ubyte': idx([0xffffffff], new Uint8Array(9)) })).toBe('idx-too-large');
});
