import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Budget, ordered } from './concurrency';
import { planLayout, wrapper } from './layout';
import { isSystemFile, normalisePath } from './sources';
import { apportion, classOrder, holdoutCount, planClasses, RESERVE_FROM } from './splits';

const places = (paths: string[]): unknown[] => {
  const layout = planLayout(paths, new Map(), 'all');
  return paths.map((path) => {
    const place = layout.place(path);
    return 'code' in place ? place.code : [place.className, place.split];
  });
};

test('top folders are classes; train and test above class folders are splits, in any of their names', () => {
  expect(places(['cat/1.png', 'dog/deep/2.png'])).toEqual([['cat', null], ['dog', null]]);
  expect(places(['Train/cat/1.png', 'VALID/cat/2.png'])).toEqual([['cat', 'train'], ['cat', 'test']]);
  expect(places(['training/cat/1.png', 'testing/cat/2.png', 'val/dog/3.png'])).toEqual([['cat', 'train'], ['cat', 'test'], ['dog', 'test']]);
});

test('a class called test beside other classes is a class, and says so', () => {
  expect(places(['test/1.png', 'train/2.png'])).toEqual([['test', null], ['train', null]]);
  expect(places(['test/1.png', 'cat/2.png', 'dog/a/3.png'])).toEqual([['test', null], ['cat', null], ['dog', null]]);
  expect(planLayout(['test/1.png', 'cat/2.png'], new Map(), 'x').warnings[0].code).toBe('class-named-split');
});

test('what lies outside is told: loose pictures, pictures beside splits, a flat test folder', () => {
  expect(places(['1.png', 'cat/2.png'])).toEqual(['no-class', ['cat', null]]);
  expect(places(['train/a/1.png', 'test/a/2.png', 'extra/3.png'])).toEqual([['a', 'train'], ['a', 'test'], 'outside-splits']);
  expect(places(['train/a/1.png', 'train/b/2.png', 'test/3.png'])).toEqual([['a', null], ['b', null], 'no-class']);
});

test('no folders mean one class; notes do not make classes', () => {
  expect(places(['1.png', '2.png'])).toEqual([['all', null], ['all', null]]);
  expect(planLayout(['1.png', 'notes/a.txt'], new Map(), 'all').labels).toBe('none');
});

test('a table labels by path, from the top, or by unique name; too thin a table is left alone', () => {
  const table = (rows: [string, string, string?][]) => new Map([['d/labels.csv', { rows: rows.map(([file, label, split = '']) => ({ file, label, split })), skipped: 0 }]]);
  const layout = planLayout(['d/1.png', 'd/2.png', 'e/3.png'], table([['1.png', 'up'], ['d/2.png', 'down'], ['elsewhere/3.png', 'up']]), 'all');
  expect(['d/1.png', 'd/2.png', 'e/3.png'].map((path) => layout.place(path))).toEqual(['up', 'down', 'up'].map((className) => ({ className, split: null })));
  const thin = planLayout(['d/1.png', 'd/2.png', 'e/3.png'], table([['1.png', 'up']]), 'all');
  expect([thin.labels, thin.table, thin.warnings[0].code]).toEqual(['folders', null, 'table-unused']);
});

test('wrapping folders vanish; system files and folder paths are recognised', () => {
  expect(wrapper(['a/b/c/1.png', 'a/b/d/2.png'])).toBe('a/b/');
  expect(wrapper(['a/1.png', 'ab/2.png'])).toBe('');
  expect(wrapper([])).toBe('');
  expect(['a/.DS_Store', '__MACOSX/a/._1.png', 'a/Thumbs.db', '.git/config', 'a/b.png'].map(isSystemFile)).toEqual([true, true, true, true, false]);
  expect(normalisePath('./a//../b\\c.png')).toBe('a/b/c.png');
});

test('hold-out: one at least of two or more, never all', () => {
  expect([1, 2, 3, 10, 100].map((count) => holdoutCount(count, 0.2))).toEqual([0, 1, 1, 2, 20]);
  expect(holdoutCount(2, 0.5)).toBe(1);
});

test('apportioning keeps the total, the bounds, and one each while there is enough', () => {
  fc.assert(fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 20 }), fc.nat(500), (sizes, total) => {
    const quota = apportion(total, sizes);
    const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0);
    expect(sum(quota)).toBe(Math.min(total, sum(sizes)));
    const filled = sizes.filter((size) => size > 0).length;
    quota.forEach((count, c) => {
      expect(count).toBeLessThanOrEqual(sizes[c]);
      expect(count).toBeGreaterThanOrEqual(total >= filled && sizes[c] > 0 ? 1 : 0);
    });
  }));
});

test('large sets give a quarter to the judge without a limit, and the rest of it with one', () => {
  expect(planClasses([RESERVE_FROM], 0, 0, 30_000)).toEqual([{ test: 0, train: 15_000, reserve: 5000 }]);
  expect(planClasses([RESERVE_FROM - 1], 0, 0, 30_000)[0].reserve).toBe(0);
  expect(planClasses([6000, 6000], 0, 2000, 3000)).toEqual([{ test: 0, train: 1000, reserve: 1500 }, { test: 0, train: 1000, reserve: 1500 }]);
});

test('the seeded order of a class depends on its name and the seed, not on its neighbours', () => {
  expect(classOrder(50, 1, 'cat')).toEqual(classOrder(50, 1, 'cat'));
  expect(classOrder(50, 1, 'cat')).not.toEqual(classOrder(50, 2, 'cat'));
  expect(classOrder(50, 1, 'cat')).not.toEqual(classOrder(50, 1, 'dog'));
});

test('results come in order with bounded concurrency, and a budget never runs over', async () => {
  let running = 0;
  let most = 0;
  const task = async (n: number): Promise<number> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, (n * 7) % 5));
    running--;
    return n;
  };
  const out: number[] = [];
  for await (const n of ordered(Array.from({ length: 30 }, (_, i) => i), 4, task)) out.push(n);
  expect(out).toEqual(Array.from({ length: 30 }, (_, i) => i));
  expect(most).toBeLessThanOrEqual(4);

  const budget = new Budget(10);
  let used = 0;
  await Promise.all([4, 4, 4, 25, 1, 9].map(async (amount) => {
    const release = await budget.take(amount);
    used += Math.min(amount, 10);
    expect(used).toBeLessThanOrEqual(10);
    await new Promise((resolve) => setTimeout(resolve, 2));
    used -= Math.min(amount, 10);
    release();
  }));
});
