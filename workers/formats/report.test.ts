import { describe, expect, it } from 'vitest';
import type { ExportFacts } from './facts';
import { FACTS } from './facts.testing';
import { writeReport, type ReportTimes } from './report';
import { reportEn } from './report.en';
import { reportJa } from './report.ja';
import { stageName } from './report.saved';
import { EN, JA, TONGUES } from './report.tongue';
import { accuracyChart, difficultyChart, shareChart } from './svg.bars';

type Leaf = string | ((...texts: string[]) => string);
type Tree = { readonly [key: string]: Leaf | Tree };

function leaves(tree: Tree, path = ''): [string, Leaf][] {
  return Object.entries(tree).flatMap(([key, value]): [string, Leaf][] => (typeof value === 'object' ? leaves(value, `${path}${key}.`) : [[path + key, value]]));
}

const english = new Map(leaves(reportEn as unknown as Tree));
const japanese = new Map(leaves(reportJa as unknown as Tree));
const TIMES: ReportTimes = { stages: [{ id: 'scorer', seconds: 4000 }, { id: 'curve:random', seconds: 40 }, { id: 'students:packed', seconds: null }] };

/** The part of a report in one language. */
function article(html: string, code: string): string {
  const [, after] = html.split(`<article lang="${code}">`);
  return after.split('</article>')[0];
}

describe('the words of the report', () => {
  it('are the same in number and places in both languages', () => {
    expect([...japanese.keys()].sort()).toEqual([...english.keys()].sort());
    // A place is filled where its mark comes out again; in the order of the arguments, whatever that of the sentence.
    const filled = (leaf: Leaf | undefined, length: number): string[] => {
      const marks = Array.from({ length }, (_, i) => `[${i}]`);
      const said = typeof leaf === 'function' ? leaf(...marks) : (leaf ?? '');
      return marks.filter((mark) => said.includes(mark));
    };
    for (const [key, leaf] of english) {
      const places = typeof leaf === 'function' ? leaf.length : 0;
      for (const each of [leaf, japanese.get(key)]) expect(filled(each, places), key).toHaveLength(places);
    }
  });

  it('are all translated', () => {
    const kept = new Set(['language', 'metrics.draws', 'metrics.interval', 'to', 'stageOf', 'made.seedText']);
    const say = (leaf: Leaf | undefined): string => (typeof leaf === 'function' ? leaf(...Array.from({ length: leaf.length }, () => '1')) : (leaf ?? ''));
    for (const [key, leaf] of japanese) expect(say(leaf).trim(), key).not.toBe('');
    const inWords = [...japanese].filter(([key]) => /[a-z]{3}/i.test(say(english.get(key))) && !kept.has(key));
    expect(inWords.length).toBeGreaterThan(150);
    for (const [key, leaf] of inWords) expect(say(leaf), key).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
  });

  it('write numbers alike on every machine', () => {
    expect([EN.count(1234567), EN.count(999), EN.points(-0.0004), EN.points(0.051), EN.points(-0.051)]).toEqual(['1,234,567', '999', '0.0', '+5.1', '−5.1']);
    expect([0.25, 89, 412, 4800].map(EN.seconds)).toEqual(['250 ms', '89 s', '7 min', '1 h 20 min']);
    expect([0.25, 89, 4800].map(JA.seconds)).toEqual(['250 ミリ秒', '89 秒', '1 時間 20 分']);
    expect([EN.percent(0.125), JA.percent(0.12543), EN.percent(NaN), JA.percent(NaN)]).toEqual(['12.5 %', '12.5%', 'not measured', '未測定']);
  });

  it('name stages, also those of later versions', () => {
    expect([stageName('curve:random', EN), stageName('random', EN), stageName('curve:random', JA), stageName('scorer', JA), stageName('later:thing', EN)])
      .toEqual(['Training curve: random', 'Selection: random', '学習曲線：ランダム', '採点モデル', 'later: thing']);
  });
});

describe('the report', () => {
  const html = writeReport(FACTS, TIMES, 'ja');

  it('stands in each language in full, with one of them chosen', () => {
    expect(html.match(/checked=""/g)).toHaveLength(1);
    expect(html).toContain('<input class="switch" type="radio" name="language" id="in-ja" checked=""/>');
    const sections = TONGUES.map(({ code }) => article(html, code).match(/<h2>/g)?.length);
    expect(sections).toEqual([8, 8]);
    const names = /打痕/g;
    expect(article(html, 'en').replace(names, '')).not.toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
    expect(article(html, 'ja')).toContain('合格条件 5 件のうち 3 件を満たしています。');
    expect(article(html, 'en')).toContain('3 of 5 limits are met.');
  });

  it('has a caption and headed cells in every table, and a sentence under every chart', () => {
    for (const [table] of html.matchAll(/<table[\s\S]*?<\/table>/g)) {
      expect(table).toMatch(/<caption>[^<]+<\/caption>/);
      expect(table.match(/<th scope="row">/g)?.length).toBe((table.match(/<tr>/g)?.length ?? 0) - 1);
    }
    const figures = html.match(/<figure>[\s\S]*?<\/figure>/g) ?? [];
    expect(figures).toHaveLength(8);
    for (const figure of figures) expect(figure).toMatch(/role="img" aria-label="[^"]+"[\s\S]*<figcaption>[^<]+<\/figcaption>/);
  });

  it('tells times only where it is given them', () => {
    expect(article(html, 'en')).toContain('A training step took 200 ms on wasm, simd, 2 threads');
    expect(article(html, 'en')).toContain('<th scope="row">Time of one pass, measured (Training curve)</th><td>2.6 s</td><td>400 ms</td>');
    expect(article(html, 'en')).toContain('<th scope="row">Scorer</th><td></td><td>1 h 7 min</td>');
    expect(article(html, 'en')).toContain('from an earlier run');
    const exported = article(writeReport(FACTS), 'en');
    expect(exported).not.toMatch(/1 h 7 min|Time of one pass, measured/);
    expect(exported).toContain('Times are not part of the export');
    expect(writeReport(FACTS)).toBe(writeReport(structuredClone(FACTS)));
  });

  it('shows what changed of the metadata, and no value where names are hidden', () => {
    const page = article(html, 'en');
    expect(page).toContain('15 % of the images would have to have another value for the shares to be as before');
    expect(page).toContain('Furthest from its share is M1 &#38; co: 60 % before, 75 % now.');
    expect(page).toMatch(/<th scope="row">\(empty\)<\/th><td>10<\/td><td>0<\/td>.*none left/);
    const hidden = writeReport({ ...FACTS, hideNames: true });
    expect(hidden).not.toMatch(/M1 &#38; co|4&#38;\.png/);
    expect(article(hidden, 'en')).toContain('value 2: 60 % before, 75 % now');
  });

  it('lists suspects of the audit and how many of them are in the set', () => {
    expect(article(html, 'en')).toContain('<th scope="row">Possibly mislabelled</th><td>4</td><td>2</td>');
    expect(article(html, 'ja')).toContain('a/&#34;3&#34;.png：a|b、打痕 かもしれません');
    const gone = article(writeReport({ ...FACTS, audit: { figures: FACTS.audit!.figures, found: null } }), 'en');
    expect(gone).toContain('<th scope="row">Possibly mislabelled</th><td>4</td><td>not measured</td>');
    expect(article(writeReport({ ...FACTS, audit: null }), 'en')).toContain('The run has no audit.');
  });

  it('lets no text out of its place', () => {
    const evil = '"\'><img src=x onerror=alert(1)>&<!--';
    const facts: ExportFacts = {
      ...FACTS, title: evil, licence: evil, appVersion: evil, engine: { kind: 'wasm', adapter: evil }, dataset: { ...FACTS.dataset, name: evil, hash: evil },
      classes: FACTS.classes.map((each) => ({ ...each, name: evil, folder: evil })), columns: [{ name: evil, drift: 0, values: [{ value: evil, before: 3, after: 3 }] }],
      audit: { figures: FACTS.audit!.figures, found: { ...FACTS.audit!.found!, nearDuplicates: [{ first: evil, second: evil }], mislabelled: [{ path: evil, label: evil, suggested: evil }], outliers: [evil] } },
      sheet: [{ classIndex: 0, pictures: [evil] }], recipe: { ...FACTS.recipe, sha256: evil, options: [{ stage: evil, values: [[evil, evil]] }] }, stages: [{ id: evil, key: evil }],
      result: { ...FACTS.result!, metrics: { ...FACTS.result!.metrics, features: {
        label: evil, net: evil, preprocessing: evil, inputSize: 1, dim: 1, fd: { method: 1, random: 1, full: 1, floor: 1 }, kid: { method: 1, random: 1, full: 1 }, n: 1, floorN: 1, reference: 1,
      } } },
    };
    const page = writeReport(facts, { stages: [{ id: evil, seconds: 1 }] });
    expect(page).not.toMatch(/<img src=x|<!--|"'>/);
    expect(page.match(/<img /g)).toHaveLength(1);
    expect(page).not.toContain('<script');
  });

  it('does without whatever was not measured', () => {
    const none = writeReport({ ...FACTS, result: null, unmeasured: 'other', limits: {}, columns: [], difficulty: null, audit: null, sheet: [], training: null, stages: [] });
    expect(none).not.toMatch(/\bNaN\b|undefined|Infinity|null/);
    for (const { code, words } of TONGUES) expect(article(none, code)).toContain(words.unmeasured.other);
    expect(article(none, 'ja')).toContain(reportJa.limits.none);
  });
});

describe('charts', () => {
  it('keep students whose interval leaves the scale inside the picture', () => {
    const students = FACTS.result!.metrics.students!;
    const chart = accuracyChart({ ...students, method: { ...students.method, hard: { mean: 0.02, sd: 0.5, n: 2 }, soft: { mean: 0.99, sd: 0, n: 1 } } });
    for (const [, x] of chart.matchAll(/ (?:cx|x)="([\d.-]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThanOrEqual(640);
    }
    expect(chart).not.toContain('NaN');
  });

  it('cut long names by what they take up', () => {
    const group = (name: string) => shareChart([{ name, before: 1, after: 1 }], EN);
    expect(group('a'.repeat(24))).toContain(`>${'a'.repeat(24)}<`);
    expect(group('a'.repeat(25))).toContain(`>${'a'.repeat(23)}…<`);
    expect(group('漢'.repeat(13))).toContain(`>${'漢'.repeat(11)}…<`);
  });

  it('draw every bin of difficulty twice', () => {
    expect(difficultyChart(FACTS.difficulty!).match(/<rect x=/g)).toHaveLength(6);
  });
});
