import { createHash } from 'node:crypto';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../data/storage.testing';
import { readChecksums } from '../formats/checksums';
import { readNpy } from '../formats/npy';
import { decodePng } from '../formats/png.testing';
import { readRecipe } from '../formats/recipe';
import { decodeSafetensors } from '../formats/safetensors';
import type { ExportOptions } from '../protocol';
import { planExport, writeExport } from './export';
import { exportFacts } from './contents';
import { choose, memoryDataSet, memorySource, OPTIONS } from './export.testing';
import { storeExport } from './exporter';
import { measuredReport } from './report';
import type { ChosenSet, ExportProgress, ExportSource } from './types';

const CLASSES = [{ name: 'test', train: 3 }, { name: '打痕', train: 4 }, { name: 'Bolt "M6" <x>', train: 5 }];
const never = new AbortController().signal;
const text = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function written(source: ExportSource, chosen: ChosenSet, options: ExportOptions = OPTIONS, onProgress: (progress: ExportProgress) => void = () => undefined) {
  const pieces: Uint8Array[] = [];
  const result = await writeExport(source, options, chosen, { write: (chunk) => void pieces.push(chunk.slice()) }, onProgress, never);
  const zip = Buffer.concat(pieces);
  return { zip, result, files: unzipSync(zip) };
}

interface Row {
  file_name: string;
  label: number;
  label_name: string;
  source_path: string;
  soft_label: number[];
  difficulty: number;
}

const rowsOf = (file: Uint8Array): Row[] => text(file).trimEnd().split('\n').map((line) => JSON.parse(line) as Row);

describe('an export', () => {
  const dataset = memoryDataSet(CLASSES);

  it('holds what its own checksums, metadata, tensors and class list say', async () => {
    const { zip, result, files } = await written(memorySource(dataset), choose(dataset, 2));
    expect(result).toEqual({ bytes: zip.length, sha256: digest(zip), limits: [] });

    const checksums = readChecksums(text(files['CHECKSUMS.sha256']));
    expect(checksums.map(({ name }) => name)).toEqual(Object.keys(files).filter((name) => name !== 'CHECKSUMS.sha256'));
    for (const entry of checksums) expect(digest(files[entry.name])).toBe(entry.sha256);

    const classes = JSON.parse(text(files['classes.json'])) as { index: number; name: string; folder: string }[];
    expect(classes).toEqual([
      { index: 0, name: 'Bolt "M6" <x>', folder: 'Bolt-M6-x' }, { index: 1, name: 'test', folder: 'class-0000' }, { index: 2, name: '打痕', folder: '打痕' },
    ]);

    const rows = rowsOf(files['train/metadata.jsonl']);
    expect(rows.map(({ file_name }) => `train/${file_name}`)).toEqual(Object.keys(files).filter((name) => name.endsWith('.png')));
    expect(rows.map(({ label }) => label)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(JSON.parse(text(files['dataset.json']))).toEqual({ labels: rows.map(({ file_name, label }) => [`train/${file_name}`, label]) });
    expect(readNpy(files['tensors/labels.npy']).data).toEqual(BigInt64Array.of(0n, 0n, 1n, 1n, 2n, 2n));
    const soft = readNpy(files['tensors/soft_labels.npy']);
    expect(soft.shape).toEqual([6, 3]);
    expect(Array.from(soft.data as Float32Array)).toEqual(rows.flatMap(({ soft_label }) => soft_label));

    const { tensors, metadata } = decodeSafetensors(files['tensors/images.safetensors']);
    expect(tensors.images.shape).toEqual([6, 3, 8, 8]);
    expect(JSON.parse(metadata.mean)).toEqual([0.5, 0.5, 0.5]);
    rows.forEach(({ file_name, source_path }, i) => {
      const { pixels } = decodePng(files[`train/${file_name}`]);
      const row = dataset.records.findIndex(({ path }) => path === source_path);
      expect(pixels).toEqual(dataset.pixels([row]));
      const planes = (tensors.images.data as Uint8Array).subarray(i * 192, (i + 1) * 192);
      expect(Array.from(planes)).toEqual([0, 1, 2].flatMap((c) => Array.from({ length: 64 }, (_, at) => pixels[at * 3 + c])));
    });
  });

  it('always gives these bytes', async () => {
    const first = await written(memorySource(dataset), choose(dataset, 2));
    const second = await written(memorySource(dataset, 1_800_000_000_123, 'run-b'), choose(dataset, 2));
    expect(second.result.sha256).toBe(first.result.sha256);
    expect(first.result.sha256).toBe('d1a32706ef37b1e940970dc7bc69a4139757ebef8e4292d4327c4d809f75d606');
  });

  it('is planned to the byte', async () => {
    for (const options of [OPTIONS, { ...OPTIONS, plainFolders: true, tensors: false }]) {
      const plan = await planExport(memorySource(dataset), options, choose(dataset, 2));
      const { zip, files } = await written(memorySource(dataset), choose(dataset, 2), options);
      expect(plan.bytes).toBe(zip.length);
      expect(plan.entries).toEqual(Object.entries(files).map(([name, bytes]) => ({ name, bytes: bytes.length })));
    }
  });

  it('writes stored entries in code-point order, dated 1980-01-01', async () => {
    const { zip, files } = await written(memorySource(dataset), choose(dataset, 2));
    const names = Object.keys(files);
    expect(names).toEqual(names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(zip.readUInt16LE(8)).toBe(0);
    expect([zip.readUInt16LE(10), zip.readUInt16LE(12)]).toEqual([0, 33]);
  });

  it('writes every float of the metadata with a decimal point', async () => {
    const { files } = await written(memorySource(dataset), choose(dataset, 1));
    expect(text(files['train/metadata.jsonl']).split('\n')[0]).toMatch(/"difficulty":\d+\.\d+,"weight":1\.0,"soft_label":\[1\.0,0\.0,0\.0\]\}$/);
  });

  it('leaves out metadata.jsonl for plain folders and tensors when not asked for', async () => {
    const { files } = await written(memorySource(dataset), choose(dataset, 1), { ...OPTIONS, plainFolders: true, tensors: false });
    expect(Object.keys(files).filter((name) => /metadata|tensors/.test(name))).toEqual([]);
    expect(text(files['README.md'])).not.toContain('soft_label');
    expect(text(files['croissant.json'])).not.toContain('metadata.jsonl');
  });

  it('tells no file or folder name when names are hidden', async () => {
    const { files } = await written(memorySource(dataset), choose(dataset, 2), { ...OPTIONS, hideNames: true });
    expect(rowsOf(files['train/metadata.jsonl']).map(({ source_path }) => source_path)).toEqual(['', '', '', '', '', '']);
    for (const bytes of Object.values(files)) expect(new TextDecoder().decode(bytes)).not.toContain('camera-7');
  });

  it('keeps only the file name of an absolute path', async () => {
    const odd = memoryDataSet(CLASSES);
    odd.records[0].path = 'C:\\Users\\me\\secret\\a.png';
    odd.records[1].path = '/home/me/b.png';
    const { files } = await written(memorySource(odd), choose(odd, 2));
    expect(rowsOf(files['train/metadata.jsonl']).filter(({ label }) => label === 1).map(({ source_path }) => source_path)).toEqual(['a.png', 'b.png']);
  });

  it('holds a recipe that reads back with the selection that was written, and no clock', async () => {
    const { files } = await written(memorySource(dataset), { ...choose(dataset, 1), measured: false });
    const recipe = readRecipe(text(files['recipe.json']));
    expect(recipe.options.select).toMatchObject({ strategy: 'interval', imagesPerClass: 1 });
    expect(recipe.options.intake).toEqual(dataset.summary.options);
    expect(text(files['recipe.json'])).not.toMatch(/seconds|createdAt|decade|facade/);
    expect(text(files['recipe.json'])).toContain('c0ffee');
  });

  it('gives the figures with their baseline, and none that were measured on another selection', async () => {
    const own = await written(memorySource(dataset), choose(dataset, 2));
    expect(text(own.files['README.md'])).toContain('| FD(domain) of the images themselves, lower is better | 1.5 | 2 ± 0.25 (16 draws) |');
    expect(text(own.files['report.html'])).toContain('<polyline');
    const other = await written(memorySource(dataset), { ...choose(dataset, 1), measured: false });
    for (const page of ['README.md', 'report.html']) {
      expect(text(other.files[page])).not.toContain('16 draws');
      expect(text(other.files[page])).toContain('were measured on another selection');
    }
    expect(Object.keys(other.files)).not.toContain('curve.svg');
  });

  it('cannot be broken by a class name', async () => {
    const { files } = await written(memorySource(dataset), choose(dataset, 1));
    expect(text(files['report.html'])).not.toContain('<x>');
    expect(text(files['classes.svg'])).not.toContain('<x>');
    expect(text(files['README.md'])).toContain(`'0': "Bolt \\"M6\\" <x>"`);
  });

  it('encodes nothing twice for a second plan', async () => {
    const source = memorySource(dataset);
    await planExport(source, OPTIONS, choose(dataset, 2));
    let asked = 0;
    const watched = { ...source, dataset: { ...dataset, pixels: (rows: ArrayLike<number>) => (asked++, dataset.pixels(rows)) } };
    await planExport(watched, { ...OPTIONS, tensors: false }, choose(dataset, 2));
    expect(asked).toBe(0);
  });
});

describe('the report of an export', () => {
  const plain = memoryDataSet(CLASSES);
  const dataset = {
    ...plain, summary: { ...plain.summary, metadata: { columns: ['machine'], hash: '' } },
    records: plain.records.map((record, row) => ({ ...record, metadata: [row % 2 === 0 ? 'M1' : 'M2'] })),
  };
  const limits = { maxFdOverRandom: 0.5, maxClassShareChange: 1 };
  const audit = { first: Uint32Array.of(0), second: Uint32Array.of(1), mislabelled: Uint32Array.of(4, 7), suggested: Uint32Array.of(2, 0), outliers: Uint32Array.of(11) };

  it('keeps the limits in the recipe, from which they are read again, and judges them', async () => {
    const { files, result } = await written(memorySource(dataset), choose(dataset, 2), { ...OPTIONS, limits });
    expect(result.limits.map(({ name, verdict }) => [name, verdict])).toEqual([['maxFdOverRandom', 'not-met'], ['maxClassShareChange', 'met']]);
    const { options } = readRecipe(text(files['recipe.json']));
    expect(options.report).toEqual(limits);
    expect(options.export).not.toHaveProperty('limits');
    expect(text(files['README.md'])).toMatch(/\| FD\(domain\) relative to random of the same size \| at most 0\.5 times \| 0\.7222 times \| ✗ Not met \|/);
    expect((await planExport(memorySource(dataset), { ...OPTIONS, limits }, choose(dataset, 2))).limits).toEqual(result.limits);
  });

  it('refuses a limit that cannot be', async () => {
    await expect(planExport(memorySource(dataset), { ...OPTIONS, limits: { minRecall: 2 } }, choose(dataset, 2))).rejects.toMatchObject({ code: 'bad-option', params: { option: 'minRecall' } });
  });

  it('tells shares of metadata, suspects that were kept and pictures, of exactly this selection', async () => {
    const chosen = choose(dataset, 2);
    const facts = await exportFacts({ ...memorySource(dataset), audit }, OPTIONS, chosen, never);
    expect(facts.columns).toEqual([{ name: 'machine', drift: 0, values: [{ value: 'M1', before: 6, after: 3 }, { value: 'M2', before: 6, after: 3 }] }]);
    expect(chosen.rows).toEqual(Uint32Array.of(0, 1, 4, 5, 9, 10));
    expect(facts.audit?.found).toEqual({
      kept: { nearDuplicates: 1, mislabelled: 1, outliers: 0 }, nearDuplicates: [{ first: 'camera-7/test/0.png', second: 'camera-7/test/1.png' }],
      mislabelled: [{ path: 'camera-7/打痕/4.png', label: '打痕', suggested: 'Bolt "M6" <x>' }, { path: 'camera-7/打痕/7.png', label: '打痕', suggested: 'test' }],
      outliers: ['camera-7/Bolt "M6" <x>/11.png'],
    });
    expect(facts.difficulty?.before.reduce((sum, n) => sum + n)).toBe(12);
    expect(facts.difficulty?.after.reduce((sum, n) => sum + n)).toBe(6);
    expect(facts.sheet.map(({ pictures }) => pictures.length)).toEqual([2, 2, 2]);
    const first = facts.sheet[1].pictures[0];
    expect(decodePng(Buffer.from(first.slice(first.indexOf(',') + 1), 'base64')).pixels).toEqual(dataset.pixels([0]));
  });

  it('names no path where names are hidden', async () => {
    const facts = await exportFacts({ ...memorySource(dataset), audit }, { ...OPTIONS, hideNames: true }, choose(dataset, 2), never);
    expect(facts.audit?.found).toMatchObject({ kept: { nearDuplicates: 1 }, nearDuplicates: [], mislabelled: [], outliers: [] });
  });

  it('gives every class as many pictures as fit, reduced where they are large', async () => {
    const large = memoryDataSet(Array.from({ length: 30 }, (_, i) => ({ name: `c${i}`, train: 9 })), { size: 64 });
    const facts = await exportFacts(memorySource(large), OPTIONS, choose(large, 9), never);
    const counts = facts.sheet.map(({ pictures }) => pictures.length);
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[0]).toBeLessThan(8);
    const all = facts.sheet.flatMap(({ pictures }) => pictures);
    expect(all.join('').length).toBeLessThan(300_000);
    expect(decodePng(Buffer.from(all[0].slice(all[0].indexOf(',') + 1), 'base64'))).toMatchObject({ width: 48, height: 48 });
  });

  it('has the times of the run outside of the zip alone', async () => {
    const source = memorySource(dataset, 1_700_000_000_050);
    const html = await measuredReport(source, OPTIONS, choose(dataset, 2), 'ja');
    expect(html).toContain('<html lang="ja">');
    expect(html).toMatch(/<th scope="row">Difficulty scores<\/th><td>c0ffee<\/td><td>\d+ s<\/td>/);
    expect(html).toContain('<th scope="row">Selection</th><td>decade</td><td>from an earlier run</td>');
    expect(html).not.toContain('Training curve: all images</th>');
    const { files } = await written(source, choose(dataset, 2));
    expect(text(files['report.html'])).not.toContain('from an earlier run');
  });
});

describe('pictures', () => {
  const exif = [0xff, 0xe1, 0, 10, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x47, 0x50];
  const jpeg = Uint8Array.from([0xff, 0xd8, ...exif, 0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]);
  const gif = Uint8Array.from([0x47, 0x49, 0x46]);
  const sources = [{ type: 'jpeg', bytes: jpeg }, { type: 'gif', bytes: gif }, null];
  const dataset = memoryDataSet([{ name: 'a', train: 3 }, { name: 'b', train: 3 }], { original: (row) => sources[row] ?? null });

  it('are the source files without metadata where they were kept and can be cleaned', async () => {
    const { files } = await written(memorySource(dataset), choose(dataset, 3), { ...OPTIONS, pictures: 'original' });
    expect(Object.keys(files).filter((name) => /\/\d+\./.test(name))).toEqual([
      'train/a/0000.jpg', 'train/a/0001.png', 'train/a/0002.png', 'train/b/0003.png', 'train/b/0004.png', 'train/b/0005.png',
    ]);
    expect(Array.from(files['train/a/0000.jpg'])).toEqual([0xff, 0xd8, 0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]);
    expect(text(files['README.md'])).toContain('1 pictures are the source files');
    expect(JSON.parse(text(files['croissant.json']))).toMatchObject({ conformsTo: 'http://mlcommons.org/croissant/1.1' });
  });

  it('stay grey when the data set is grey', async () => {
    const grey = memoryDataSet(CLASSES, { channels: 1 });
    const { files } = await written(memorySource(grey), choose(grey, 1));
    expect(decodePng(files['train/打痕/0002.png']).channels).toBe(1);
    expect(decodeSafetensors(files['tensors/images.safetensors']).tensors.images.shape).toEqual([3, 1, 8, 8]);
  });
});

describe('a selection that cannot be exported', () => {
  const dataset = memoryDataSet(CLASSES);
  it.each([
    ['export-empty', memorySource(dataset), { ...choose(dataset, 1), rows: new Uint32Array(0) }],
    ['export-unscored', { ...memorySource(dataset), scores: { rows: new Uint32Array(0), scores: new Float32Array(0) } }, choose(dataset, 1)],
    ['export-class-empty', memorySource(dataset), { ...choose(dataset, 1), rows: choose(dataset, 1).rows.slice(1) }],
  ])('is refused with %s', async (code, source, chosen) => {
    await expect(planExport(source, OPTIONS, chosen)).rejects.toMatchObject({ code });
  });

  it('is refused when a score is not a number', async () => {
    const source = memorySource(dataset);
    source.scores.scores.fill(NaN);
    await expect(planExport(source, OPTIONS, choose(dataset, 1))).rejects.toMatchObject({ code: 'not-a-number' });
  });
});

describe('writing to the store', () => {
  const dataset = memoryDataSet(CLASSES);
  const store = (quota?: number) => memoryStore(quota);

  it('leaves one zip, named after the title, and clears older ones', async () => {
    const disk = store();
    const first = await storeExport(disk, memorySource(dataset), { ...OPTIONS, name: 'old' }, choose(dataset, 2), () => undefined, never);
    const second = await storeExport(disk, memorySource(dataset), OPTIONS, choose(dataset, 2), () => undefined, never);
    expect([first.path, second.path]).toEqual(['exports/old.zip', 'exports/Ten-parts.zip']);
    expect([...disk.files.keys()]).toEqual(['exports/Ten-parts.zip']);
    expect(digest(disk.files.get(second.path)!)).toBe(second.sha256);
  });

  it('says so when there is no room, and leaves nothing behind', async () => {
    const disk = store(2000);
    await expect(storeExport(disk, memorySource(dataset), OPTIONS, choose(dataset, 2), () => undefined, never)).rejects.toMatchObject({ code: 'quota' });
    expect(disk.files.size).toBe(0);
  });

  it('stops when cancelled, and leaves nothing behind', async () => {
    const disk = store();
    const control = new AbortController();
    const many = memoryDataSet([{ name: 'a', train: 200 }, { name: 'b', train: 200 }], { size: 4 });
    const work = storeExport(disk, memorySource(many), OPTIONS, choose(many, 200), ({ done }) => done > 40 && control.abort(), control.signal);
    await expect(work).rejects.toMatchObject({ name: 'AbortError' });
    expect(disk.files.size).toBe(0);
  });

  it('reports progress that rises to its total', async () => {
    const seen: ExportProgress[] = [];
    await written(memorySource(dataset), choose(dataset, 2), OPTIONS, (progress) => seen.push(progress));
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ done: 12, total: 12 });
  });

  it('notices when a picture changes between the two passes', async () => {
    const source = memorySource(dataset);
    const chosen = choose(dataset, 1);
    await planExport(source, OPTIONS, chosen);
    const changed = { ...source, dataset: { ...dataset, pixels: (rows: ArrayLike<number>) => new Uint8Array(rows.length * 192) } };
    await expect(writeExport(changed, OPTIONS, chosen, { write: () => undefined }, () => undefined, never)).rejects.toMatchObject({ code: 'export-changed' });
  });
});
