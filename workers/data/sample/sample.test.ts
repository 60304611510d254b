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

async function collect(seed: number, limit = Infinity): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { path, bytes } of sampleFiles(seed)) {
    if (files.has(path)) throw new Error(`twice: ${path}`);
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

describe('rendering', () => {
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
    const first = await collect(SEED, 4);
    renderPart(planSample(9)[1500].spec);
    const again = await collect(SEED, 4);
    expect([...again]).toEqual([...first]);
  });

  it('agree with the truth: exact duplicates byte-equal, near duplicates close, nothing else repeated', async () => {
    const files = await collect(SEED);
    const paths = [...files.keys()];
    expect(paths.slice(-2)).toEqual(['labels.csv', 'truth.jsonl']);
    const truth = text(files.get('truth.jsonl') ?? empty).trim().split('\n').map((line): TruthRow => JSON.parse(line));
    expect(truth).toEqual(sampleTruth(SEED));
    expect(paths.slice(0, -2)).toEqual(truth.map((row) => row.truthPath));

    const byHash = new Map<string, string[]>();
    for (const [path, bytes] of files) byHash.set(sha256(bytes), [...(byHash.get(sha256(bytes)) ?? []), path]);
    const repeated = [...byHash.values()].filter((group) => group.length > 1).map((group) => group.slice().sort());
    const planted = truth.filter((row) => row.planted === 'exact-duplicate').map((row) => [row.partner, row.truthPath]);
    expect(repeated.map(String).sort()).toEqual(planted.map(String).sort());

    const plan = new Map(planSample(SEED).map((file) => [file.path, file.spec]));
    const pixels = (path: string): Uint8Array => {
      const spec = plan.get(path);
      if (!spec) throw new Error(path);
      return renderPart(spec);
    };
    const near = truth.filter((row) => row.planted === 'near-duplicate');
    expect(near.filter((row) => difference(pixels(row.truthPath), pixels(row.partner)) > 20)).toEqual([]);

    // The label table repeats the folders; the truth file cannot be taken for one.
    const table = parseLabelTable(text(files.get('labels.csv') ?? empty), 'labels.csv');
    expect(table?.rows.map((row) => `${row.label} ${row.file}`)).toEqual(truth.map((row) => `${row.truthPath.split('/')[0]} ${row.truthPath}`));
    expect(mayBeLabelTable('labels.csv')).toBe(true);
    expect(parseLabelTable(text(files.get('truth.jsonl') ?? empty), 'truth.jsonl')?.rows ?? []).toEqual([]);

    const png = files.get(paths[0]) ?? empty;
    expect([...png.subarray(16, 24)]).toEqual([0, 0, 0, SAMPLE_SIDE, 0, 0, 0, SAMPLE_SIDE]);
  });
});
