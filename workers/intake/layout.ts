import type { LabelTable } from '../formats/labels';
import type { Failure } from '../protocol';
import { warning, type Reason } from './verdicts';

/** Where a picture belongs. `split` is null where the folder does not say. */
export interface Place {
  className: string;
  split: 'train' | 'test' | null;
  /** Values of the label table's further columns. */
  metadata?: string[];
}

export interface Layout {
  labels: 'folders' | 'table' | 'none';
  /** Names of those columns; absent without any. */
  columns?: string[];
  /** Place of a path, or why it has none. */
  place(path: string): Place | Reason;
  warnings: Failure[];
}

const TRAIN = /^(train|training)$/i;
const TEST = /^(test|testing|val|valid|validation)$/i;
/** Files by whose place nobody means a class. Their content is still looked at. */
const SIDECAR = /\.(csv|tsv|jsonl|ndjson|json|txt|md|html?|ya?ml|xml|pdf|svg|py|zip|gz|npy|safetensors|sha256)$/i;

export function splitOf(name: string): 'train' | 'test' | null {
  if (TRAIN.test(name)) return 'train';
  return TEST.test(name) ? 'test' : null;
}

export function isSidecar(path: string): boolean {
  return SIDECAR.test(path);
}

function firstPart(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/**
 * The folder that wraps everything: as long as all files lie in one top folder, it is taken away.
 * @returns the prefix with its trailing slash, empty when nothing wraps the files.
 */
export function wrapper(paths: readonly string[]): string {
  let prefix = '';
  for (;;) {
    const top = paths.length > 0 ? firstPart(paths[0].slice(prefix.length)) : '';
    const wrapped = `${prefix}${top}/`;
    if (top === '' || !paths.every((path) => path.startsWith(wrapped))) return prefix;
    prefix = wrapped;
  }
}

/** Top folders of `paths`, and for each the class folders right below it. */
function folderTree(paths: readonly string[]): Map<string, Set<string>> {
  const tree = new Map<string, Set<string>>();
  for (const path of paths) {
    const top = firstPart(path);
    if (top === '') continue;
    const below = tree.get(top) ?? new Set<string>();
    tree.set(top, below);
    const next = firstPart(path.slice(top.length + 1));
    if (next !== '') below.add(next);
  }
  return tree;
}

/**
 * Whether top folders named train and test are splits: only when class folders lie below them. Otherwise a folder called
 * "test" is a class like its neighbours. Beside other folders they count as splits when both sides share a class.
 */
function splitFolders(tree: Map<string, Set<string>>): boolean {
  const named = [...tree].filter(([name]) => splitOf(name) !== null);
  if (!named.some(([, below]) => below.size > 0)) return false;
  if (named.length === tree.size) return true;
  const classes = (side: 'train' | 'test'): Set<string> => new Set(named.filter(([name]) => splitOf(name) === side).flatMap(([, below]) => [...below]));
  const test = classes('test');
  return [...classes('train')].some((name) => test.has(name));
}

function folderLayout(paths: readonly string[], single: string): Layout {
  const tree = folderTree(paths);
  if (tree.size === 0) return { labels: 'none', place: () => ({ className: single, split: null }), warnings: [] };
  if (!splitFolders(tree)) {
    const warnings = [...tree.keys()].filter((name) => splitOf(name) !== null).map((name) => warning(
      'class-named-split', `The folder "${name}" holds no class folders, so it was read as a class of that name. If it is meant as a split, put class folders into it.`, { name },
    ));
    const place = (path: string): Place | Reason => {
      const className = firstPart(path);
      return className === '' ? { code: 'no-class', params: {} } : { className, split: null };
    };
    return { labels: 'folders', place, warnings };
  }
  const sides = new Set([...tree].filter(([, below]) => below.size > 0).map(([name]) => splitOf(name)).filter((side) => side !== null));
  const place = (path: string): Place | Reason => {
    const top = firstPart(path);
    const side = splitOf(top);
    if (side === null) return { code: 'outside-splits', params: {} };
    const className = firstPart(path.slice(top.length + 1));
    // With one side only there is nothing to hold against it: the hold-out is drawn as for a plain folder.
    return className === '' ? { code: 'no-class', params: {} } : { className, split: sides.size === 2 ? side : null };
  };
  return { labels: 'folders', place, warnings: [] };
}

/** Rows of a table by the path they mean: beside the table, from the top, or by file name alone where that is unique. */
function resolveTable(paths: readonly string[], tablePath: string, table: LabelTable): Map<string, LabelTable['rows'][number]> {
  const folder = tablePath.slice(0, tablePath.lastIndexOf('/') + 1);
  const known = new Set(paths);
  const byName = new Map<string, string>();
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    byName.set(name, byName.has(name) ? '' : path);
  }
  const rows = new Map<string, LabelTable['rows'][number]>();
  for (const row of table.rows) {
    const file = row.file.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
    const path = [folder + file, file, byName.get(file.slice(file.lastIndexOf('/') + 1)) ?? ''].find((candidate) => known.has(candidate));
    if (path !== undefined && !rows.has(path)) rows.set(path, row);
  }
  return rows;
}

function tableLayout(
  name: string, { columns }: LabelTable, rows: Map<string, LabelTable['rows'][number]>, missing: number, folders: Layout,
): Layout {
  const split = (path: string, text: string): 'train' | 'test' | null => {
    if (text !== '') return splitOf(text);
    const place = folders.place(path);
    if ('className' in place && place.split !== null) return place.split;
    return splitOf(firstPart(path));
  };
  const places = new Map([...rows].map(([path, row]) => [path, { className: row.label, split: split(path, row.split), ...(row.metadata && { metadata: row.metadata }) }]));
  const sides = new Set([...places.values()].map((place) => place.split));
  const given = sides.has('train') && sides.has('test');
  const warnings = missing > 0
    ? [warning('table-missing', `${missing} rows of ${name} could not be used: they lack a label or name files that are not there.`, { table: name, count: missing })]
    : [];
  const place = (path: string): Place | Reason => {
    const found = places.get(path);
    if (!found) return { code: 'not-in-table', params: { table: name } };
    return { ...found, split: given ? found.split ?? 'train' : null };
  };
  return { labels: 'table', place, warnings, ...(columns && { columns }) };
}

/**
 * Decides labels and splits of a whole folder from its paths and tables alone; no picture is opened.
 *
 * @param paths all candidate files, wrapper already taken away. @param single class name where nothing gives labels.
 * @param tables label tables by path. The one that covers most pictures counts, if it covers half of them.
 */
export function planLayout(paths: readonly string[], tables: ReadonlyMap<string, LabelTable>, single: string): Layout & { table: string | null } {
  const pictures = paths.filter((path) => !isSidecar(path));
  const folders = folderLayout(pictures, single);
  const covering = [...tables]
    .map(([path, table]) => ({ path, table, rows: resolveTable(pictures, path, table) }))
    .sort((a, b) => b.rows.size - a.rows.size);
  const best = covering[0];
  if (!best || best.rows.size === 0) return { ...folders, table: null };
  if (2 * best.rows.size < pictures.length) {
    const unused = warning(
      'table-unused', `${best.path} labels only ${best.rows.size} of ${pictures.length} pictures, so the folders give the labels.`,
      { table: best.path, covered: best.rows.size, pictures: pictures.length },
    );
    return { ...folders, warnings: [...folders.warnings, unused], table: null };
  }
  const missing = best.table.skipped + best.table.rows.length - best.rows.size;
  return { ...tableLayout(best.path, best.table, best.rows, missing, folders), table: best.path };
}
