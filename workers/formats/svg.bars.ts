import type { Interval, StudentFigures } from '../protocol';
import { meanInterval } from './facts.intervals';
import type { ClassFacts, DifficultyFacts } from './facts';
import { EN, figure, type Tongue } from './report.tongue';
import { at, escapeXml, svg, ticks, WIDTH } from './svg';

const LIGHT = '#b8c4d0';
const DARK = '#0b5cad';
const LEFT = 176;
/** Characters of a name beside a bar; wide ones count double. */
const NAME_WIDTH = 24;

/** A name cut to what fits beside a bar. */
function short(name: string): string {
  let width = 0;
  const chars = Array.from(name);
  const end = chars.findIndex((char) => (width += char.charCodeAt(0) > 0x2e7f ? 2 : 1) > NAME_WIDTH);
  return end < 0 ? name : `${chars.slice(0, end - 1).join('')}…`;
}

interface Pair {
  name: string;
  before: number;
  after: number;
  /** The numbers as they stand beside the bars. */
  texts: [string, string];
}

/** Pairs of bars, light before and dark after, on one scale. */
function pairChart(pairs: readonly Pair[], key: string, title: string): string {
  const row = 34;
  const most = Math.max(...pairs.flatMap(({ before, after }) => [before, after])) || 1;
  const width = (value: number) => (value / most) * (WIDTH - LEFT - 64);
  const body = pairs.flatMap(({ name, before, after, texts }, index) => {
    const y = 32 + index * row;
    return [
      `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end" dominant-baseline="middle">${escapeXml(short(name))}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${at(width(before))}" height="12" fill="${LIGHT}"/>`,
      `<text x="${at(LEFT + width(before) + 6)}" y="${y + 6}" dominant-baseline="middle" fill="#444444">${escapeXml(texts[0])}</text>`,
      `<rect x="${LEFT}" y="${y + 13}" width="${at(width(after))}" height="12" fill="${DARK}"/>`,
      `<text x="${at(LEFT + width(after) + 6)}" y="${y + 19}" dominant-baseline="middle">${escapeXml(texts[1])}</text>`,
    ];
  });
  body.unshift(`<text x="8" y="16">${escapeXml(key)}</text>`);
  return svg(40 + pairs.length * row, title, body);
}

/** Training images and kept images of every class. */
export function classChart(classes: readonly ClassFacts[]): string {
  const pairs = classes.map(({ name, before, after }): Pair => ({ name, before, after, texts: [String(before), String(after)] }));
  return pairChart(pairs, 'Images per class: light, training images; dark, kept here', 'Training images and kept images of every class');
}

/** Share of every group before and after; where most images are left out, counts would show nothing. */
export function shareChart(groups: readonly { name: string; before: number; after: number }[], { words, percent }: Tongue): string {
  const [all, kept] = [groups.reduce((sum, each) => sum + each.before, 0), groups.reduce((sum, each) => sum + each.after, 0)];
  const pairs = groups.map(({ name, before, after }): Pair => ({ name, before: before / all, after: after / kept, texts: [percent(before / all), percent(after / kept)] }));
  return pairChart(pairs, words.shares.key, words.shares.chart);
}

/** Students' accuracies with 95 % intervals of the mean: filled, class labels; open, soft labels; dashed line, the teacher. */
export function accuracyChart(students: StudentFigures, { words, percent }: Tongue = EN): string {
  const say = words.students;
  const rows = (['method', 'random', 'packed', 'full'] as const).flatMap((arm) => {
    const found = students[arm];
    return found ? [{ name: arm === 'packed' ? say.packed : words.arms[arm], ...found }] : [];
  });
  const box = { left: LEFT, right: WIDTH - 24, top: 40 };
  const bottom = box.top + rows.length * 44;
  const x = (share: number) => box.left + Math.min(1, Math.max(0, share)) * (box.right - box.left);
  const body = [0, 0.25, 0.5, 0.75, 1].flatMap((tick) => [
    `<line x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${box.top}" y2="${bottom}" stroke="#dddddd"/>`,
    `<text x="${at(x(tick))}" y="${bottom + 14}" text-anchor="middle">${percent(tick)}</text>`,
  ]);
  const whisker = ({ low, high }: Interval, y: number, colour: string) =>
    `<path d="M${at(x(low))} ${y}H${at(x(high))}M${at(x(low))} ${y - 5}v10M${at(x(high))} ${y - 5}v10" stroke="${colour}" stroke-width="1.5" fill="none"/>`;
  rows.forEach(({ name, hard, soft }, index) => {
    const y = box.top + index * 44 + 14;
    const [ofHard, ofSoft] = [meanInterval(hard), meanInterval(soft)];
    body.push(
      `<text x="${LEFT - 8}" y="${y + 8}" text-anchor="end" dominant-baseline="middle">${escapeXml(short(name))}</text>`,
      ofHard ? whisker(ofHard, y, DARK) : '', `<circle cx="${at(x(hard.mean))}" cy="${y}" r="4.5" fill="${DARK}"/>`,
      ofSoft ? whisker(ofSoft, y + 16, '#c4620a') : '', `<rect x="${at(x(soft.mean) - 4)}" y="${y + 12}" width="8" height="8" fill="#ffffff" stroke="#c4620a" stroke-width="2"/>`,
    );
  });
  body.push(
    `<line x1="${at(x(students.teacher))}" x2="${at(x(students.teacher))}" y1="${box.top}" y2="${bottom}" stroke="#333333" stroke-dasharray="3 3"/>`,
    `<text x="${at(x(students.teacher))}" y="${box.top - 5}" text-anchor="${students.teacher > 0.8 ? 'end' : 'middle'}">${escapeXml(say.teacher(percent(students.teacher)))}</text>`,
    `<circle cx="14" cy="14" r="4.5" fill="${DARK}"/><text x="24" y="14" dominant-baseline="middle">${escapeXml(say.hard)}</text>`,
    `<rect x="150" y="10" width="8" height="8" fill="#ffffff" stroke="#c4620a" stroke-width="2"/><text x="164" y="14" dominant-baseline="middle">${escapeXml(say.soft)}</text>`,
    `<text x="${at((box.left + box.right) / 2)}" y="${bottom + 32}" text-anchor="middle">${escapeXml(say.axis)}</text>`,
  );
  return svg(bottom + 40, say.title, body.filter((part) => part !== ''));
}

/** Histogram of difficulty as shares: broad and light for all training images, narrow and dark for the kept ones. */
export function difficultyChart({ edges, most, before, after }: DifficultyFacts, { words }: Tongue = EN): string {
  const [all, kept] = [before, after].map((counts) => counts.reduce((sum, count) => sum + count, 0) || 1);
  const box = { left: 40, right: WIDTH - 16, top: 16, bottom: 176 };
  const levels = ticks(Math.max(...before.map((count) => count / all), ...after.map((count) => count / kept)));
  const top = levels[levels.length - 1];
  const slot = (box.right - box.left) / before.length;
  const height = (share: number) => (share / top) * (box.bottom - box.top);
  const bar = (share: number, index: number, width: number, fill: string) =>
    `<rect x="${at(box.left + (index + (1 - width) / 2) * slot)}" y="${at(box.bottom - height(share))}" width="${at(slot * width)}" height="${at(height(share))}" fill="${fill}"/>`;
  const body = levels.flatMap((level) => [
    `<line x1="${box.left}" x2="${box.right}" y1="${at(box.bottom - height(level))}" y2="${at(box.bottom - height(level))}" stroke="#dddddd"/>`,
    `<text x="${box.left - 6}" y="${at(box.bottom - height(level))}" text-anchor="end" dominant-baseline="middle">${figure(level * 100)}%</text>`,
  ]);
  before.forEach((count, index) => body.push(bar(count / all, index, 0.92, LIGHT), bar(after[index] / kept, index, 0.45, DARK)));
  body.push(
    `<text x="${box.left}" y="194">${figure(edges[0])}</text>`,
    `<text x="${box.right}" y="194" text-anchor="end">${most > edges[before.length] ? '≥ ' : ''}${figure(edges[before.length])}</text>`,
    `<text x="${WIDTH / 2}" y="212" text-anchor="middle">${escapeXml(words.difficulty.axis)}</text>`,
  );
  return svg(222, words.difficulty.chart, body);
}
