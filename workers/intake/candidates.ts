import { compareCodePoints } from '../formats/slug';
import type { Store } from '../data/storage';
import { RetortError } from '../failure';
import { mayBeLabelTable, parseLabelTable, type LabelTable } from '../formats/labels';
import type { DataSetSummary, Failure, Verdict } from '../protocol';
import { findIdx, openIdx, type IdxImage } from './idx-source';
import { isSidecar, planLayout, wrapper, type Place } from './layout';
import { pictureType } from './picture';
import { isSystemFile, type SourceEntry } from './sources';
import { Refusal, verdict, type Reason } from './verdicts';

/** A picture that has a class and waits to be read. */
export interface Candidate {
  path: string;
  classIndex: number;
  given: 'train' | 'test' | null;
  /** Values of the plan's columns. */
  metadata?: string[];
  content: SourceEntry | IdxImage;
}

/** What a source holds, before any picture is decoded. Candidates come in code-point order of their paths. */
export interface Plan {
  classes: string[];
  candidates: Candidate[];
  labels: DataSetSummary['labels'];
  /** Further columns of the label table; absent without any. */
  columns?: string[];
  splits: DataSetSummary['splits'];
  /** Verdicts that need no reading. */
  verdicts: Verdict[];
  refused: number;
  warnings: Failure[];
  /** Files to remove and handles to close once everything is read. */
  spooled: string[];
  close(): void;
}

type Placed = { path: string; place: Place | Reason; content: SourceEntry | IdxImage };

const MAX_TABLE_BYTES = 64 * 2 ** 20;
const MAX_CLASSES = 65_535;
const HEAD_BYTES = 1024;

/** classes.json of one of our exports: class names by folder, or null for anything else. */
async function exportClasses(entries: ReadonlyMap<string, SourceEntry>): Promise<Map<string, string> | null> {
  const file = entries.get('classes.json');
  if (!file || ![...entries.keys()].some((path) => path.startsWith('train/'))) return null;
  try {
    const rows: unknown = JSON.parse(new TextDecoder().decode(await file.read()));
    if (!Array.isArray(rows)) return null;
    const pairs = rows.map((row: { name?: unknown; folder?: unknown }) => [row.folder, row.name]);
    return pairs.length > 0 && pairs.every((pair) => pair.every((text) => typeof text === 'string')) ? new Map(pairs as [string, string][]) : null;
  } catch {
    return null;
  }
}

/** Reads an export back: class folders below train/ under the names of classes.json. The hold-out is drawn anew. */
function placeExport(entries: ReadonlyMap<string, SourceEntry>, names: ReadonlyMap<string, string>): { placed: Placed[]; parts: string[] } {
  const placed: Placed[] = [];
  const parts: string[] = [];
  for (const [path, content] of entries) {
    const [top, folder, file] = path.split('/');
    const className = names.get(folder);
    if (top === 'train' && file !== undefined && className !== undefined) placed.push({ path, place: { className, split: null }, content });
    else parts.push(path);
  }
  return { placed, parts };
}

async function readTables(entries: ReadonlyMap<string, SourceEntry>): Promise<Map<string, LabelTable>> {
  const tables = new Map<string, LabelTable>();
  for (const [path, entry] of entries) {
    if (!mayBeLabelTable(path)) continue;
    const bytes = await entry.read().catch(() => null);
    const table = bytes && bytes.length <= MAX_TABLE_BYTES ? parseLabelTable(new TextDecoder().decode(bytes), path) : null;
    if (table) tables.set(path, table);
  }
  return tables;
}

function counted(code: 'ignored-system' | 'part-of-export', paths: string[]): Verdict[] {
  return paths.length > 0 ? [verdict(paths[0], 'refused', -1, [{ code, params: { count: paths.length } }])] : [];
}

/** Why a file without a place is refused: what it is counts before where it lies. */
async function whyNot(content: SourceEntry | IdxImage, reason: Reason): Promise<Reason> {
  if (!('head' in content)) return reason;
  try {
    pictureType(await content.head(HEAD_BYTES));
    return reason;
  } catch (error) {
    return error instanceof Refusal ? error.reason : { code: 'unreadable', params: {} };
  }
}

/** Sorts what was placed into classes and candidates; what has no place becomes a verdict. */
async function finish(
  placed: Placed[], labels: DataSetSummary['labels'], verdicts: Verdict[], warnings: Failure[], idx: { names: string[]; close(): void } | null,
): Promise<Plan> {
  // A folder that holds nothing but notes is no class.
  const known = new Set(placed.flatMap(({ path, place }) => ('className' in place && !isSidecar(path) ? [place.className] : [])));
  const good = placed.flatMap(({ path, place, content }) => ('className' in place && known.has(place.className) ? [{ path, place, content }] : []));
  const bad = placed.flatMap(({ path, place, content }) => {
    if ('className' in place) return known.has(place.className) ? [] : [{ path, content, reason: { code: 'no-class', params: {} } as Reason }];
    return [{ path, content, reason: place }];
  });
  const classes = [...known].sort(compareCodePoints);
  if (classes.length > MAX_CLASSES) {
    throw new RetortError('too-many-classes', `There are ${classes.length} classes; at most ${MAX_CLASSES} can be told apart. Check that the label column is the right one.`, { classes: classes.length, limit: MAX_CLASSES });
  }
  const index = new Map(classes.map((name, i) => [name, i]));
  const candidates = good
    .map(({ path, place, content }) => ({ path, classIndex: index.get(place.className) as number, given: place.split, content, ...(place.metadata && { metadata: place.metadata }) }))
    .sort((a, b) => compareCodePoints(a.path, b.path));
  const refused: Verdict[] = [];
  for (const { path, content, reason } of bad) refused.push(verdict(path, 'refused', -1, [await whyNot(content, reason)]));
  return {
    classes, candidates, labels, warnings,
    splits: candidates.some((candidate) => candidate.given !== null) ? 'folders' : 'seeded',
    verdicts: [...verdicts, ...refused],
    refused: refused.length,
    spooled: idx?.names ?? [],
    close: () => idx?.close(),
  };
}

/**
 * Labels and splits for everything a source holds: our own exports, IDX pairs, or a folder with or without tables.
 *
 * @param entries the whole index of the source; contents are read only of tables, IDX files and classes.json.
 * @throws RetortError `empty-folder`, `too-many-classes`, `idx-*`.
 */
export async function planSource(store: Store, id: string, name: string, entries: readonly SourceEntry[], signal: AbortSignal): Promise<Plan> {
  const system = entries.filter((entry) => isSystemFile(entry.path)).map((entry) => entry.path);
  const usable = entries.filter((entry) => !isSystemFile(entry.path));
  if (usable.length === 0) {
    throw new RetortError('empty-folder', `There are no files in ${name}. Choose a folder that holds pictures.`, { name, system: system.length });
  }
  const readable = usable.filter((entry) => entry.refusal === null);
  const blocked = usable.flatMap((entry) => (entry.refusal === null ? [] : [verdict(entry.path, 'refused', -1, [{ code: entry.refusal, params: {} }])]));
  const prefix = wrapper(readable.map((entry) => entry.path));
  const byPath = new Map(readable.map((entry) => [entry.path.slice(prefix.length), entry]));
  const before = [...counted('ignored-system', system), ...blocked];
  const sum = (plan: Plan): Plan => ({ ...plan, refused: plan.refused + blocked.length });

  const names = await exportClasses(byPath);
  if (names) {
    const { placed, parts } = placeExport(byPath, names);
    return sum(await finish(placed, 'folders', [...before, ...counted('part-of-export', parts)], [], null));
  }

  const found = await findIdx(readable);
  if (found.length > 0) {
    const idx = await openIdx(store, id, found, signal);
    const placed: Placed[] = idx.images.map((image) => ({ path: image.path.slice(prefix.length), place: image, content: image }));
    const used = new Set(found.map(({ entry }) => entry.path));
    for (const [path, entry] of byPath) if (!used.has(entry.path)) placed.push({ path, place: { code: 'no-class', params: {} }, content: entry });
    return sum(await finish(placed, 'idx', before, [], idx));
  }

  const wrapped = prefix.split('/').at(-2);
  const layout = planLayout([...byPath.keys()], await readTables(byPath), wrapped ?? 'all');
  const placed: Placed[] = [];
  for (const [path, content] of byPath) {
    if (path !== layout.table) placed.push({ path, place: layout.place(path), content });
    else before.push(verdict(path, 'accepted', -1, [{ code: 'label-table', params: {} }]));
  }
  const plan = await finish(placed, layout.labels, before, layout.warnings, null);
  return sum(layout.columns ? { ...plan, columns: layout.columns } : plan);
}
