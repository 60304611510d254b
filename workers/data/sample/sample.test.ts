import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mayBeLabelTable, parseLabelTable } from '../../formats/labels';
import { sampleFiles, sampleTruth } from './index';
import { FOLDER_COUNTS, planSample, PLANTED_COUNTS, RARE_CLASS } from './plan';
import { renderPart, SAMPLE_SIDE } from './render';
import { SAMPLE_CLASSES, type Planted, type TruthRow } from './types';

const SEED = 1;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const empty = new Uint8Array();
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The first files of the stream; the tables come before the pictures. */
async function collect(seed: number, limit: number): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { path, bytes } of sampleFiles(seed)) {
    files.set(path, bytes);
    if (files.size >= limit) break;
  }
  return files;
}

function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

describe('the plan of the sample set', () => {
  const files = planSample(SEED);

  it('has at least 8 classes and 1,600 pictures, four to one between the largest and the smallest folder', () => {
    expect(new Set(files.map((file) => file.label)).size).toBeGreaterThanOrEqual(8);
    expect(files.length).toBeGreaterThanOrEqual(1600);
    for (const label of SAMPLE_CLASSES) expect(files.filter((file) => file.label === label)).toHaveLength(FOLDER_COUNTS[label]);
    const counts = Object.values(FOLDER_COUNTS);
    expect(Math.max(...counts) / Math.min(...counts)).toBe(4);
  });

  it('has unique paths in sorted order, each in the folder of its label', () => {
    const paths = files.map((file) => file.path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toEqual(paths.slice().sort());
    for (const file of files) expect(file.path.startsWith(`${file.label}/`)).toBe(true);
  });

  it('plants as many of each kind as it says, under every seed', () => {
    for (const seed of [SEED, 2, 77]) {
      const truth = sampleTruth(seed);
      for (const [kind, count] of Object.entries(PLANTED_COUNTS)) {
        expect(truth.filter((row) => row.planted === (kind as Planted))).toHaveLength(count);
      }
    }
  });

  it('puts mislabelled parts, and only these, in a folder that is not their class', () => {
    const misplaced = files.filter(({ label, truth }) => truth.trueClass !== '' && truth.trueClass !== label);
    expect(misplaced).toEqual(files.filter(({ truth }) => truth.planted === 'mislabelled'));
    expect(files.filter(({ truth }) => truth.trueClass === '' && truth.planted !== 'outlier')).toEqual([]);
  });

  it('pairs duplicates with an earlier unplanted picture of the folder, at most once', () => {
    const rows = new Map(files.map((file) => [file.path, file]));
    const partners = files.filter((file) => file.truth.partner !== '').map((file) => file.truth.partner);
    expect(partners).toHaveLength(PLANTED_COUNTS['exact-duplicate'] + PLANTED_COUNTS['near-duplicate']);
    expect(new Set(partners).size).toBe(partners.length);
    for (const file of files.filter((one) => one.truth.partner !== '')) {
      const partner = rows.get(file.truth.partner);
      expect(partner?.truth.planted).toBe('none');
      expect(partner?.label).toBe(file.label);
      expect(file.truth.partner < file.path).toBe(true);
    }
  });

  it('keeps the rare mode inside one class and between one and two percent of the set', () => {
    const rare = files.filter((file) => file.spec.material === 'anodised-blue');
    expect(rare.every((file) => file.label === RARE_CLASS && file.truth.planted === 'rare-mode')).toBe(true);
    expect(rare.length / files.length).toBeGreaterThan(0.01);
    expect(rare.length / files.length).toBeLessThan(0.02);
  });

  it('changes with the seed', () => {
    expect(planSample(2)[0].spec).not.toEqual(files[0].spec);
  });
});

/** SHA-256 of the decoded pixels, taken when the pictures were last looked at and found good. */
const GOLDEN: readonly (readonly [string, string])[] = [
  ['bearing/bearing-0001.png', '5c5943d9bedaaf79ea67f4ae18be0eceda1be3681037aeb5276978d328017e49'],
  ['bracket/bracket-0071.png', '21e1ed64728934dd23b9ea9e69fa3b571e3a22d6bc68f02dd2135e2e8142bf92'],
  ['gear/gear-0171.png', 'd03f32571cb826960b11f20aa2435043b3e5e60e2e915a2467144db514994510'],
  ['washer/washer-0320.png', '75c2441a17276e70d45ded96c77adb04c7bec63b53fcac972246d3774b4a95a4'],
];

describe('rendering', () => {
  it('repeats the pictures that were looked at, to the bit', () => {
    const plan = new Map(planSample(SEED).map((file) => [file.path, file.spec]));
    const rendered = GOLDEN.map(([path]) => {
      const spec = plan.get(path);
      return [path, spec ? sha256(renderPart(spec)) : 'missing'];
    });
    expect(rendered).toEqual(GOLDEN);
  });

  it('shows the part: an anodised nut is blue, an empty station is flat, a black frame is dark', () => {
    const files = planSample(SEED);
    const mean = (pixels: Uint8Array, channel: number): number =>
      pixels.reduce((sum, value, i) => sum + (i % 3 === channel ? value : 0), 0) / (pixels.length / 3);
    const contrast = (pixels: Uint8Array): number => {
      const level = mean(pixels, 1);
      return Math.sqrt(pixels.reduce((sum, value, i) => sum + (i % 3 === 1 ? (value - level) ** 2 : 0), 0) / (pixels.length / 3));
    };
    const nut = files.find((file) => file.truth.planted === 'rare-mode' && file.spec.backdrop === 'grey-mat');
    const black = files.find((file) => file.truth.variant === 'black-frame');
    const bearing = files.find((file) => file.spec.object === 'bearing' && file.truth.planted === 'none');
    if (!nut || !black || !bearing) throw new Error('the plan lacks a case');
    const blue = renderPart(nut.spec);
    expect(mean(blue, 2)).toBeGreaterThan(mean(renderPart({ ...nut.spec, material: 'zinc' }), 2) - 40);
    expect(mean(blue, 2) - mean(blue, 0)).toBeGreaterThan(15);
    expect(mean(renderPart(black.spec), 1)).toBeLessThan(16);
    expect(contrast(renderPart({ ...bearing.spec, object: 'nothing' }))).toBeLessThan(0.6 * contrast(renderPart(bearing.spec)));
  });

  it('draws every defect that a class can have: the pixels differ from the good part', () => {
    const seen = new Map<string, { visible: number; all: number }>();
    for (const { spec } of planSample(SEED)) {
      const count = seen.get(spec.defect) ?? { visible: 0, all: 0 };
      if (spec.defect === 'none' || count.all >= 8) continue;
      const good = renderPart({ ...spec, defect: 'none' });
      if (difference(renderPart(spec), good) > 0.1) count.visible++;
      count.all++;
      seen.set(spec.defect, count);
    }
    expect(seen.size).toBe(10);
    const hidden = [...seen].filter(([, { visible, all }]) => visible / all < 0.75).map(([defect]) => defect);
    expect(hidden).toEqual([]);
  });
});

describe('the files of the sample set', () => {
  it('are the same bytes for the same seed, whatever was rendered before', async () => {
    const first = await collect(SEED, 5);
    renderPart(planSample(9)[1500].spec);
    const again = await collect(SEED, 5);
    expect([...again]).toEqual([...first]);
  });

  it('begin with the label table and the truth, then bring the pictures of the plan as PNG', async () => {
    const files = await collect(SEED, 5);
    const plan = planSample(SEED);
    expect([...files.keys()]).toEqual(['labels.csv', 'truth.jsonl', ...plan.slice(0, 3).map((file) => file.path)]);
    const png = files.get(plan[0].path) ?? empty;
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect([...png.subarray(16, 24)]).toEqual([0, 0, 0, SAMPLE_SIDE, 0, 0, 0, SAMPLE_SIDE]);
  });

  it('carry the label of the folder in the table, wrong ones too, and a truth that is no label table', async () => {
    const files = await collect(SEED, 2);
    const labels = text(files.get('labels.csv') ?? empty);
    const truth = text(files.get('truth.jsonl') ?? empty);
    const expected = planSample(SEED).map((file) => `${file.label} ${file.path}`);
    expect(mayBeLabelTable('labels.csv')).toBe(true);
    expect(parseLabelTable(labels, 'labels.csv')?.rows.map((row) => `${row.label} ${row.file}`)).toEqual(expected);
    expect(truth.trim().split('\n').map((line): TruthRow => JSON.parse(line))).toEqual(sampleTruth(SEED));
    expect(parseLabelTable(truth, 'truth.jsonl')?.rows ?? []).toEqual([]);
  });

  it('repeat a picture where an exact duplicate is planted and nowhere else among what is planted', () => {
    const plan = planSample(SEED);
    const pixels = new Map<string, Uint8Array>();
    const partners = new Set(plan.map((file) => file.truth.partner));
    for (const { path, spec, truth } of plan) {
      if (truth.planted !== 'none' || partners.has(path)) pixels.set(path, renderPart(spec));
    }
    const groups = new Map<string, string[]>();
    for (const [path, bytes] of pixels) groups.set(sha256(bytes), [...(groups.get(sha256(bytes)) ?? []), path]);
    const repeated = [...groups.values()].filter((group) => group.length > 1);
    const rows = plan.map((file) => file.truth);
    const exact = rows.filter((row) => row.planted === 'exact-duplicate').map((row) => [row.partner, row.truthPath]);
    expect(repeated.map(String).sort()).toEqual(exact.map(String).sort());

    const near = rows.filter((row) => row.planted === 'near-duplicate');
    const far = near.filter((row) => difference(pixels.get(row.truthPath) ?? empty, pixels.get(row.partner) ?? empty) > 20);
    expect(far).toEqual([]);
  });

  it('hold no other repetition: every other picture is another part under another noise', () => {
    const specs = planSample(SEED).filter((file) => file.truth.planted !== 'exact-duplicate').map((file) => JSON.stringify(file.spec));
    expect(new Set(specs).size).toBe(specs.length);
  });
});
