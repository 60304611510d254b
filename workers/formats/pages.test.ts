import { describe, expect, it } from 'vitest';
import { writeCard } from './card';
import { writeCroissant } from './croissant';
import { describeSelection, metricRows, verdicts } from './facts';
import { FACTS } from './facts.testing';
import { cardLicence, croissantLicence } from './licence';
import { writeReport } from './report';
import { EN, figure } from './report.tongue';
import { curveChart } from './svg';
import { classChart } from './svg.bars';

const result = FACTS.result!;
const withFd = (method: number, random: number) => ({ ...result, metrics: { ...result.metrics, fdDomain: { ...result.metrics.fdDomain, method, random } } });
const withRaw = (method: number) => ({ ...result, metrics: { ...result.metrics, fdRaw: { method, random: { mean: 2, sd: 0.25, n: 16 } } } });

const VOID = new Set(['meta']);

/** Every tag of a text of ours must be closed in order; the void ones of HTML aside. */
function wellFormed(markup: string): boolean {
  const open: string[] = [];
  for (const [, close, name, self] of markup.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (close) {
      if (open.pop() !== name) return false;
    } else if (!self && !VOID.has(name)) open.push(name);
  }
  return open.length === 0;
}

describe('verdicts', () => {
  it('say when the random set did better', () => {
    expect(verdicts(withFd(3, 4))[0]).toContain('came closer');
    expect(verdicts(withFd(4, 3))[0]).toContain('random set of the same size did as well or better');
  });

  it('do not make much of a difference within two standard deviations', () => {
    expect(verdicts(withRaw(1.4)).join(' ')).toContain('closer to the held-out images than random draws do, by 2.4 standard');
    expect(verdicts(withRaw(1.9)).join(' ')).toContain('within two standard deviations');
    expect(verdicts(withRaw(2.6)).join(' ')).toContain('further from the held-out images');
  });

  it('say when the judge has seen the candidates', () => {
    const metrics = { ...result.metrics, judgeIsDisjoint: false };
    expect(verdicts({ ...result, metrics }).join(' ')).toContain('too small to train the judging encoder on other images');
  });
});

/** A result as it was stored before recall and copies were measured. */
const { fdDomain, fdRaw, kid, encoderAccuracy, rankAgreement, judgeIsDisjoint, curves } = result.metrics;
const stored = { ...result, metrics: { fdDomain, fdRaw, kid, encoderAccuracy, rankAgreement, judgeIsDisjoint, curves } };

describe('what FD rewards', () => {
  const withCopies = (low: number) => ({ ...result, metrics: { ...result.metrics, memorisation: { ...result.metrics.memorisation!, method: { estimate: 0.01, low, high: 0.2 } } } });

  it('stands beside it in every arm, in card and report', () => {
    const rows = metricRows(result);
    expect(rows.map(({ name }) => name.split(' ')[0])).toEqual(['FD(domain)', 'Recall', 'Samples', 'Distance', 'Precision', 'Coverage', 'KID', 'FD(domain)', 'FD(domain)']);
    expect(rows[1]).toMatchObject({ method: '62.5 %', random: '60 %', full: '85 %' });
    expect(rows[2].method).toBe('11 % (9 % to 13 %)');
    expect(rows[7].full).toBe('1.875 ± 0.04');
    for (const page of [writeCard(FACTS, true), writeReport(FACTS)]) {
      expect(page).toContain('11 % of the samples from this set repeat a training image and they reach 62.5 % of the held-out images; with all training images it is 0.2 % and 85 %');
      expect(page).toContain('6 training images of this set and 100 of all were searched');
    }
    expect(writeReport(FACTS)).toContain('33.8 % of the images would have to be of another class');
  });

  it('is called copying only where the intervals leave no doubt', () => {
    expect(verdicts(withCopies(0.006)).join(' ')).toContain('part of its FD(domain) may be copying');
    expect(verdicts(withCopies(0.004)).join(' ')).not.toContain('part of its FD(domain) may be copying');
  });

  it('is left out of results that were stored before it was measured', () => {
    expect(metricRows(stored).map(({ name }) => name.split(' ')[0])).toEqual(['FD(domain)', 'KID', 'FD(domain)']);
    const bare = { ...FACTS, result: stored, limits: {} };
    expect(writeCard(bare, true)).not.toMatch(/recall|cop(y|ies)|NaN|undefined|of another class/i);
    const [english] = writeReport(bare).split('<h2>Limits of these figures');
    expect(english).not.toMatch(/\b(recall|cop(y|ies)|NaN|undefined)\b/i);
  });
});

describe('the card', () => {
  const card = writeCard(FACTS, true);

  it('has front matter in which no name can break out', () => {
    const [, front, body] = card.split(/^---$/m);
    expect(front).toContain(`pretty_name: ${JSON.stringify(FACTS.title)}`);
    expect(front).toContain(JSON.stringify("it's: \"x\"\n- y"));
    expect(front.split('\n').filter((line) => line.startsWith('- y'))).toEqual([]);
    expect(body.replace(/^```python$[^`]*^```$/m, '')).not.toMatch(/<script|<b>|```/);
  });

  it('says what was kept, with baselines, spread and limits', () => {
    expect(card).toContain('16 of 100 training images (16 %), 4.321 kB of pictures instead of 1.235 MB');
    expect(card).toContain('2 ± 0.25 (16 draws)');
    expect(card).toContain('3 pictures are the source files');
    expect(card).toContain('The other 13 are 16 x 16 pixel PNGs, grey.');
    expect(card).toContain('ClassLabel(names=names)');
    expect(card).toContain('## Limits');
  });

  it('gives no figures that were not measured', () => {
    const none = writeCard({ ...FACTS, result: null, unmeasured: 'unfinished', limits: {} }, false);
    expect(none).toContain('The run had not been evaluated');
    expect(none).not.toMatch(/KID|curve\.svg/);
  });
});

describe('licences', () => {
  it('are mapped where the hub knows them and kept in words where not', () => {
    expect(cardLicence('CC-BY-4.0')).toEqual(['license: cc-by-4.0']);
    expect(cardLicence('ODbL-1.0')).toEqual(['license: odbl']);
    expect(cardLicence(' ')).toEqual(['license: unknown']);
    expect(cardLicence('Ours: "all"')).toEqual(['license: other', 'license_name: "Ours: \\"all\\""']);
    expect(croissantLicence('mit')).toBe('https://spdx.org/licenses/MIT.html');
    expect([croissantLicence(''), croissantLicence('Ours')]).toEqual(['not stated', 'Ours']);
  });
});

describe('the Croissant file', () => {
  const file = { name: 'train/metadata.jsonl', bytes: 7, sha256: 'ee' };
  const parsed = JSON.parse(writeCroissant(FACTS, [file])) as {
    distribution: Record<string, unknown>[]; recordSet: { '@id': string; field: { '@id': string; references?: { field: { '@id': string } }; source?: Record<string, { '@id': string }> }[] }[];
    'prov:wasDerivedFrom': { sha256: string }; 'prov:wasGeneratedBy': { 'prov:label': string };
  };

  it('lists files with digests and pictures as a set', () => {
    expect(parsed.distribution[0]).toMatchObject({ '@type': 'cr:FileObject', contentUrl: file.name, contentSize: '7 B', sha256: 'ee', encodingFormat: 'application/jsonlines' });
    expect(parsed.distribution[1]).toMatchObject({ '@type': 'cr:FileSet', includes: ['train/*/*.jpg', 'train/*/*.png'] });
  });

  it('refers only to what it defines', () => {
    const fields = new Set(parsed.recordSet.flatMap((set) => set.field.map((each) => each['@id'])));
    const resources = new Set(parsed.distribution.map((each) => each['@id']));
    const used = parsed.recordSet.flatMap((set) => set.field);
    const references = used.flatMap((each) => (each.references ? [each.references.field['@id']] : []));
    const sources = used.flatMap((each) => [each.source?.fileObject ?? [], each.source?.fileSet ?? []].flat()).map((from) => from['@id']);
    expect(references.filter((id) => !fields.has(id))).toEqual([]);
    expect(sources.filter((id) => !resources.has(id))).toEqual([]);
    expect([references.length, sources.length]).toEqual([3, 12]);
  });

  it('tells where the set came from and what made it', () => {
    expect(parsed['prov:wasDerivedFrom'].sha256).toBe(FACTS.dataset.hash);
    expect(parsed['prov:wasGeneratedBy']['prov:label']).toContain(describeSelection(FACTS.selection));
  });
});

describe('report and charts', () => {
  it('are well formed whatever the names are', () => {
    const charts = [classChart(FACTS.classes), curveChart(result.metrics.curves, 0.75)];
    const report = writeReport(FACTS, { stages: [{ id: 'curve:random', seconds: 40 }, { id: '<x>', seconds: null }] }, 'ja');
    for (const markup of [...charts, report]) {
      expect(wellFormed(markup.replace(/^<!doctype html>/, ''))).toBe(true);
      expect(markup).not.toContain('<script');
    }
    expect(report).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });

  it('say which limits were missed and which class lost its share', () => {
    const report = writeReport({ ...FACTS, columns: [], result: withFd(5, 4) });
    expect(report).toMatch(/✗ Not met: Better than a random set/);
    expect(report.match(/less than half its share/g)).toHaveLength(1);
  });

  it('draw nothing without points, and a flat curve without failing', () => {
    const none = { method: [], random: [], full: [] };
    expect(curveChart(none, 1)).toBe('');
    expect(curveChart({ ...none, full: [{ step: 0, fd: 0, kid: 0 }] }, 0)).not.toContain('NaN');
  });
});

describe('numbers in words', () => {
  it('keep four digits', () => {
    expect([figure(1234567), figure(0.00012346), figure(NaN)]).toEqual(['1235000', '0.0001235', 'not measured']);
    expect([EN.bytes(999), EN.bytes(1_500_000), EN.bytes(0)]).toEqual(['999 bytes', '1.5 MB', '0 bytes']);
  });
});
