/**
 * Folder names for classes. The folder decides the index in torchvision's ImageFolder (code-point order) and, by mistake, the
 * split in Hugging Face's imagefolder: any folder with a word such as "test" or "val" in it becomes a split.
 */

const SPLIT_WORDS = new Set([
  'train', 'training', 'validation', 'valid', 'dev', 'val', 'test', 'testing', 'eval', 'evaluation', 'reserve',
]);

const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d|conin|conout)$/;
/** Code points; 4 bytes each and a number behind them stay within the 255 bytes a file name may have. */
const LONGEST = 48;

/** Order of Unicode code points, as Python sorts and as UTF-8 bytes compare; `<` on strings would order by UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xSurrogate = x >= 0xd800 && x <= 0xdfff;
    const ySurrogate = y >= 0xd800 && y <= 0xdfff;
    // Surrogates stand for code points above every other unit, though 0xE000 to 0xFFFF are larger units.
    if (xSurrogate !== ySurrogate) return xSurrogate ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/** Letters and digits of every script stay readable; everything else becomes one hyphen. Empty when nothing is left. */
function simplify(name: string): string {
  const kept = Array.from(name.normalize('NFKC').replace(/[^\p{L}\p{N}\p{M}_]+/gu, '-')).slice(0, LONGEST).join('');
  // A leading underscore hides a folder from some loaders; a combining mark cannot begin a name.
  return kept.replace(/^[-_\p{M}]+|[-_]+$/gu, '');
}

function collides(slug: string): boolean {
  const lower = slug.toLowerCase();
  return slug === '' || RESERVED.test(lower) || lower.split(/[-._ 0-9]+/).some((word) => SPLIT_WORDS.has(word));
}

export interface ClassFolder {
  /** Label in the export: the place of `folder` in code-point order. */
  index: number;
  name: string;
  folder: string;
  /** Index of the class in the data set. */
  original: number;
}

/**
 * A safe and unique folder for every class, in the order of the export's labels. A name that would be read as a split, is
 * reserved on Windows or has no letter or digit becomes `class-0007`, numbered by its place in the data set.
 * Names that differ only in case get a number, since Windows and macOS would merge them.
 */
export function classFolders(names: readonly string[]): ClassFolder[] {
  const taken = new Set<string>();
  const folders = names.map((name, original) => {
    const simple = simplify(name);
    const base = collides(simple) ? `class-${String(original).padStart(4, '0')}` : simple;
    let folder = base;
    for (let copy = 2; taken.has(folder.toLowerCase()); copy++) folder = `${base}-${copy}`;
    taken.add(folder.toLowerCase());
    return { name, folder, original };
  });
  folders.sort((a, b) => compareCodePoints(a.folder, b.folder));
  return folders.map((entry, index) => ({ index, ...entry }));
}

/** A file name without extension for a title; `fallback` when nothing of it can be kept. */
export function fileSlug(title: string, fallback: string): string {
  const slug = simplify(title);
  return slug === '' || RESERVED.test(slug.toLowerCase()) ? fallback : slug;
}
