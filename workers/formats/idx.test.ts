import { expect, test } from 'vitest';
import { idxHeader, pairIdx } from './idx';

const header = (type: number, ...dims: number[]): Uint8Array => {
  const bytes = new Uint8Array(4 + 4 * dims.length);
  bytes.set([0, 0, type, dims.length]);
  dims.forEach((dim, i) => new DataView(bytes.buffer).setUint32(4 + 4 * i, dim));
  return bytes;
};

test('the header gives shape, offset and the bytes the file must have', () => {
  expect(idxHeader(header(8, 60_000, 28, 28), 'x', null)).toEqual({ dims: [60_000, 28, 28], offset: 16, bytes: 16 + 60_000 * 784 });
});

test('truncated, foreign and broken files are named as such', () => {
  const code = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return '';
  };
  expect(code(() => idxHeader(header(8, 10, 4, 4), 'x', 100))).toBe('idx-truncated');
  expect(code(() => idxHeader(header(13, 10, 4, 4), 'x', null))).toBe('idx-type');
  expect(code(() => idxHeader(header(8, 10, 4, 4).subarray(0, 9), 'x', null))).toBe('idx-broken');
  expect(code(() => pairIdx([{ path: 'train-images-idx3-ubyte', dims: [5, 2, 2] }]))).toBe('idx-pair');
  expect(code(() => pairIdx([{ path: 'train-images-idx3-ubyte', dims: [5, 2, 2] }, { path: 'train-labels-idx1-ubyte', dims: [4] }]))).toBe('idx-pair');
  expect(code(() => pairIdx([{ path: 'train-labels-idx1-ubyte', dims: [4] }]))).toBe('idx-pair');
});

test('pairs are found in the spellings that go round, with their splits', () => {
  const pairs = pairIdx([
    { path: 'd/t10k-labels-idx1-ubyte.gz', dims: [2] }, { path: 'd/train-images-idx3-ubyte.gz', dims: [5, 2, 2] },
    { path: 'd/train-labels-idx1-ubyte.gz', dims: [5] }, { path: 'd/t10k-images.idx3-ubyte', dims: [2, 2, 2] },
    { path: 'e/emnist-balanced-images', dims: [3, 2, 2] }, { path: 'e/emnist-balanced-labels', dims: [3] },
  ]);
  expect(pairs.map(({ images, split }) => [images, split])).toEqual([['d/train-images-idx3-ubyte.gz', 'train'], ['d/t10k-images.idx3-ubyte', 'test'], ['e/emnist-balanced-images', null]]);
});
