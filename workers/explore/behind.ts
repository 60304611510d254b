import type { DataSet } from '../data/types';
import { RetortError } from '../failure';
import { directions } from '../metrics/suspects';
import { neighbourRows } from '../methods/d2c/curve';
import { searchedRows } from '../methods/d2c/curve.copying';
import type { BehindGroup, BehindQuery, BehindView } from '../protocol';
import { RandomStream } from '../random';
import type { Bundle } from '../runs/types';
import { nearestByContent, nearestPictures } from './nearest';

/** A finished run as its evidence is read from it. */
export interface EvidenceSource {
  dataset: Pick<DataSet, 'summary' | 'labels' | 'rows' | 'pixels'>;
  seed: number;
  /** Result of a node of the run's graph, such as `curve:random`; null where the run has none or it was removed. */
  artifact(node: string): Promise<Bundle | null>;
  breathe(): Promise<void>;
}

/** Images shown beside one whose neighbours by content are asked for. */
const NEIGHBOURS = 3;

function missing(): RetortError {
  return new RetortError('behind-missing', 'The images behind this number are not stored. Run the same settings again to see them.');
}

async function bundleOf(source: EvidenceSource, node: string): Promise<Bundle> {
  const bundle = await source.artifact(node);
  if (bundle === null) throw missing();
  return bundle;
}

function part<T>(bundle: Bundle, name: string, type: abstract new (...args: never[]) => T): T {
  const found: unknown = bundle.parts[name];
  if (found instanceof type) return found;
  throw missing();
}

async function rowsOf(source: EvidenceSource, arm: 'method' | 'random' | 'full'): Promise<Uint32Array<ArrayBuffer>> {
  if (arm === 'full') return source.dataset.rows('train');
  return part(await bundleOf(source, arm === 'method' ? 'select' : 'random'), 'rows', Uint32Array<ArrayBuffer>);
}

/** Difficulty of every row of the data set; NaN where it was not scored. */
async function difficulties(source: EvidenceSource): Promise<Float32Array> {
  const score = await bundleOf(source, 'score');
  const rows = part(score, 'rows', Uint32Array);
  const scores = part(score, 'scores', Float32Array);
  const out = new Float32Array(source.dataset.summary.count).fill(Number.NaN);
  rows.forEach((row, i) => { out[row] = scores[i]; });
  return out;
}

async function contentOf(source: EvidenceSource): Promise<{ content: Float64Array; dim: number }> {
  const features = part(await bundleOf(source, 'encoder'), 'features', Float32Array);
  const { count } = source.dataset.summary;
  const dim = features.length / count;
  return { content: directions(features, count, dim), dim };
}

function group(rows: readonly number[], of: Partial<Pick<BehindGroup, 'classIndex' | 'otherIndex'>> & { beside?: readonly number[]; values?: readonly number[] }): BehindGroup {
  return {
    classIndex: of.classIndex ?? null, otherIndex: of.otherIndex ?? null, rows: Uint32Array.from(rows),
    beside: Uint32Array.from(of.beside ?? []), values: Float32Array.from(of.values ?? []),
  };
}

/** Rows class by class, classes in their own order and empty ones left out. */
function byClass(rows: ArrayLike<number>, labels: Uint16Array, classes: number): { classIndex: number; rows: number[] }[] {
  const lists = Array.from({ length: classes }, (_, classIndex) => ({ classIndex, rows: [] as number[] }));
  for (let i = 0; i < rows.length; i++) lists[labels[rows[i]]].rows.push(rows[i]);
  return lists.filter((list) => list.rows.length > 0);
}

async function picked(source: EvidenceSource, arm: 'method' | 'random' | 'full'): Promise<BehindGroup[]> {
  const { dataset } = source;
  const scores = await difficulties(source);
  return byClass(await rowsOf(source, arm), dataset.labels(), dataset.summary.classes.length).map(({ classIndex, rows }) => {
    rows.sort((a, b) => scores[a] - scores[b] || a - b);
    return group(rows, { classIndex, values: rows.map((row) => scores[row]) });
  });
}

/** Of ascending `scores`, the position of the value nearest to `wanted`. */
function nearestPosition(scores: readonly number[], wanted: number): number {
  let [low, high] = [0, scores.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low > 0 && wanted - scores[low - 1] <= Math.abs(scores[low] - wanted) ? low - 1 : low;
}

async function dropped(source: EvidenceSource): Promise<BehindGroup[]> {
  const { dataset } = source;
  const [kept, scores, { content, dim }] = [await picked(source, 'method'), await difficulties(source), await contentOf(source)];
  const keptRows = new Set(kept.flatMap(({ rows }) => [...rows]));
  const left = dataset.rows('train').filter((row) => !keptRows.has(row) && !Number.isNaN(scores[row]));
  const distance = (a: number, b: number): number => {
    let sum = 0;
    for (let j = 0; j < dim; j++) sum += (content[a * dim + j] - content[b * dim + j]) ** 2;
    return Math.sqrt(sum);
  };
  return byClass(left, dataset.labels(), dataset.summary.classes.length).map(({ classIndex, rows }) => {
    const own = kept.find((each) => each.classIndex === classIndex);
    if (!own) return group(rows, { classIndex });
    const ranking = [...own.values];
    const pairs = rows.map((row) => {
      const twin = own.rows[nearestPosition(ranking, scores[row])];
      return { row, twin, value: distance(row, twin) };
    }).sort((a, b) => b.value - a.value || a.row - b.row);
    return group(pairs.map(({ row }) => row), { classIndex, beside: pairs.map(({ twin }) => twin), values: pairs.map(({ value }) => value) });
  });
}

async function neighbours(source: EvidenceSource, arm: 'method' | 'random'): Promise<BehindGroup[]> {
  const { dataset, breathe } = source;
  const { content, dim } = await contentOf(source);
  const queries = await rowsOf(source, arm);
  const train = dataset.rows('train');
  const { nearest, distances, k } = await nearestByContent(content, dim, queries, train, NEIGHBOURS, breathe);
  const at = new Map(Array.from(queries, (row, i) => [row, i]));
  return byClass(queries, dataset.labels(), dataset.summary.classes.length).map(({ classIndex, rows }) => {
    const first = (row: number): number => distances[at.get(row)! * k];
    rows.sort((a, b) => first(b) - first(a) || a - b);
    return group(rows, { classIndex, beside: rows.flatMap((row) => [...nearest.subarray(at.get(row)! * k, (at.get(row)! + 1) * k)]), values: rows.map(first) });
  });
}

/** The samples that the copying figures looked at, in the same draw of training images, so that what is shown is what was counted. */
async function samples(source: EvidenceSource, arm: 'method' | 'random' | 'full'): Promise<{ groups: BehindGroup[]; sampled: Uint8Array<ArrayBuffer> }> {
  const { dataset, seed, breathe } = source;
  const curve = await bundleOf(source, `curve:${arm}`);
  const all = part(curve, 'samples', Uint8Array);
  const labels = part(curve, 'labels', Uint32Array);
  const { size, channels } = dataset.summary;
  const bytes = size * size * channels;
  const chosen = neighbourRows(labels.length, seed, 'generated');
  const sampled = new Uint8Array(chosen.length * bytes);
  chosen.forEach((row, i) => sampled.set(all.subarray(row * bytes, (row + 1) * bytes), i * bytes));
  const trained = await rowsOf(source, arm);
  if (trained.length < 2) return { groups: [group([...chosen.keys()], {})], sampled };
  const searched = new RandomStream(seed, 'curve/searched').sample(trained.length, searchedRows(bytes)).sort().map((at) => trained[at]);
  const { nearest, ratios } = await nearestPictures(sampled, chosen.length, { size, channels }, searched, (rows) => dataset.pixels(rows), breathe);
  const order = [...chosen.keys()].sort((a, b) => ratios[a] - ratios[b] || a - b);
  const lists = Array.from(dataset.summary.classes, (_, classIndex) => order.filter((i) => labels[chosen[i]] === classIndex));
  const groups = lists.flatMap((rows, classIndex) => (rows.length === 0 ? [] : [
    group(rows, { classIndex, beside: rows.flatMap((i) => [nearest[2 * i], nearest[2 * i + 1]]), values: rows.map((i) => ratios[i]) }),
  ]));
  return { groups, sampled };
}

/** Groups of rows with the same pair of classes, the fullest first, rows in the order given. */
function byMistake(rows: ArrayLike<number>, labels: Uint16Array, other: ArrayLike<number>, values?: ArrayLike<number>): BehindGroup[] {
  const lists = new Map<string, { classIndex: number; otherIndex: number; rows: number[]; values: number[] }>();
  for (let i = 0; i < rows.length; i++) {
    const [classIndex, otherIndex] = [labels[rows[i]], other[i]];
    const key = `${classIndex}/${otherIndex}`;
    const list = lists.get(key) ?? { classIndex, otherIndex, rows: [], values: [] };
    lists.set(key, list);
    list.rows.push(rows[i]);
    if (values) list.values.push(values[i]);
  }
  return [...lists.values()].sort((a, b) => b.rows.length - a.rows.length || a.classIndex - b.classIndex || a.otherIndex - b.otherIndex).map((list) => group(list.rows, list));
}

async function confused(source: EvidenceSource, node: string, kind: 'hard' | 'soft'): Promise<BehindGroup[]> {
  const predicted = part(await bundleOf(source, node), `predicted:${kind}`, Uint32Array);
  const labels = source.dataset.labels();
  const test = source.dataset.rows('test');
  const wrong = [...test.keys()].filter((i) => predicted[i] !== labels[test[i]]);
  return byMistake(wrong.map((i) => test[i]), labels, wrong.map((i) => predicted[i]));
}

async function audited(source: EvidenceSource, kind: 'duplicates' | 'mislabelled' | 'outliers'): Promise<BehindGroup[]> {
  const audit = await bundleOf(source, 'audit');
  if (kind === 'duplicates') {
    const first = part(audit, 'duplicates:first', Uint32Array);
    return first.length === 0 ? [] : [group([...first], { beside: [...part(audit, 'duplicates:second', Uint32Array)], values: [...part(audit, 'duplicates:distance', Float32Array)] })];
  }
  const rows = part(audit, `${kind}:rows`, Uint32Array);
  if (rows.length === 0) return [];
  if (kind === 'outliers') return [group([...rows], { values: [...part(audit, 'outliers:chance', Float32Array)] })];
  return byMistake(rows, source.dataset.labels(), part(audit, 'mislabelled:suggested', Uint32Array), part(audit, 'mislabelled:margin', Float32Array));
}

async function groupsOf(source: EvidenceSource, query: BehindQuery): Promise<{ groups: BehindGroup[]; sampled: Uint8Array<ArrayBuffer> | null }> {
  switch (query.kind) {
    case 'picked': return { groups: await picked(source, query.arm), sampled: null };
    case 'dropped': return { groups: await dropped(source), sampled: null };
    case 'neighbours': return { groups: await neighbours(source, query.arm), sampled: null };
    case 'samples': return samples(source, query.arm);
    case 'confused': return { groups: await confused(source, `students:${query.arm}`, query.labels), sampled: null };
    default: return { groups: await audited(source, query.kind), sampled: null };
  }
}

/**
 * The images behind a number of a run; see `BehindQuery` for what each kind holds and how it is ordered.
 * @throws RetortError `behind-missing` where the run has not measured that number or its results were removed.
 */
export async function imagesBehind(source: EvidenceSource, query: BehindQuery): Promise<BehindView> {
  const { id, classes, size, channels } = source.dataset.summary;
  return { datasetId: id, classNames: classes.map(({ name }) => name), size, channels, ...(await groupsOf(source, query)) };
}
