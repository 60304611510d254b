/** Label tables beside images: CSV (RFC 4180, separated by comma, semicolon or tab) and JSON Lines. */

export interface LabelRow {
  file: string;
  label: string;
  split: string;
  /** Values of the table's further columns, in the order of `columns`; absent where it has none worth keeping. */
  metadata?: string[];
}

export interface LabelTable {
  rows: LabelRow[];
  /** Lines that could not be read or lacked a file name or label. */
  skipped: number;
  /** Further columns whose values fall into groups, such as machine or lot. */
  columns?: string[];
}

const FILE_COLUMNS = ['file_name', 'file', 'filename', 'path', 'image', 'image_path', 'image_name', 'img'];
const LABEL_COLUMNS = ['label_name', 'class_name', 'label', 'class', 'category', 'target'];
const SPLIT_COLUMNS = ['split', 'subset', 'set'];
const OWN_COLUMNS = new Set([...FILE_COLUMNS, ...LABEL_COLUMNS, ...SPLIT_COLUMNS]);

/** Columns kept beside the label, characters of a value, and values of a column: more of any is no grouping that a person compares. */
const MOST_COLUMNS = 8;
const MOST_CHARACTERS = 64;
const MOST_VALUES = 64;

/** Rows with all their cells by column, in the order in which columns came. */
type Cells = Map<string, string>;

/**
 * Keeps the columns that group the images: at least two values, at most `MOST_VALUES`, and every value on two rows on average, which leaves out names, numbers measured and
 * whatever else differs from row to row.
 */
function keepColumns(table: LabelTable, cells: readonly Cells[]): LabelTable {
  const values = new Map<string, Set<string>>();
  for (const row of cells) for (const [name, value] of row) values.set(name, (values.get(name) ?? new Set()).add(value));
  // A column that some rows lack has the empty value there.
  const groups = (name: string, found: Set<string>) => found.size + (!found.has('') && cells.some((row) => !row.has(name)) ? 1 : 0);
  const columns = [...values]
    .filter(([name, found]) => groups(name, found) >= 2 && groups(name, found) <= Math.min(MOST_VALUES, cells.length / 2))
    .map(([name]) => name)
    .slice(0, MOST_COLUMNS);
  if (columns.length === 0) return table;
  return { ...table, columns, rows: table.rows.map((row, i) => ({ ...row, metadata: columns.map((name) => cells[i].get(name) ?? '') })) };
}

function cut(value: string): string {
  return Array.from(value.trim()).slice(0, MOST_CHARACTERS).join('');
}

/** Records of a CSV text. Quoted fields may hold separators, doubled quotes and line breaks. */
function* csvRecords(text: string, separator: string): Generator<string[]> {
  let record: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (char === '"' && field === '') quoted = true;
    else if (char === separator || char === '\n' || char === '\r') {
      record.push(field);
      field = '';
      if (char === separator) continue;
      if (record.length > 1 || record[0] !== '') yield record;
      record = [];
    } else field += char;
  }
  record.push(field);
  if (record.length > 1 || record[0] !== '') yield record;
}

function separatorOf(line: string): string {
  const count = (char: string): number => line.split(char).length;
  return [',', ';', '\t'].reduce((best, char) => (count(char) > count(best) ? char : best));
}

function pick(columns: string[], wanted: string[]): number {
  return wanted.reduce((found, name) => (found >= 0 ? found : columns.indexOf(name)), -1);
}

function parseCsv(text: string): LabelTable | null {
  const firstLine = text.slice(0, (text + '\n').indexOf('\n'));
  const records = csvRecords(text, separatorOf(firstLine));
  const head = records.next();
  if (head.done) return null;
  const columns = head.value.map((name) => name.trim().toLowerCase());
  const [file, label, split] = [FILE_COLUMNS, LABEL_COLUMNS, SPLIT_COLUMNS].map((wanted) => pick(columns, wanted));
  if (file < 0 || label < 0) return null;
  const others = head.value.flatMap((name, at) => (name.trim() === '' || OWN_COLUMNS.has(columns[at]) ? [] : [{ name: name.trim(), at }]));
  const table: LabelTable = { rows: [], skipped: 0 };
  const cells: Cells[] = [];
  for (const record of records) {
    const row = { file: (record[file] ?? '').trim(), label: (record[label] ?? '').trim(), split: (record[split] ?? '').trim() };
    if (row.file === '' || row.label === '') table.skipped++;
    else {
      table.rows.push(row);
      cells.push(new Map(others.map(({ name, at }) => [name, cut(record[at] ?? '')])));
    }
  }
  return keepColumns(table, cells);
}

function cell(row: Record<string, unknown>, wanted: string[]): string {
  for (const name of wanted) {
    const value = row[name];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  }
  return '';
}

/** Texts, numbers and truth values of a row under keys that are not the table's own. */
function otherCells(row: Record<string, unknown>): Cells {
  const found: Cells = new Map();
  for (const [name, value] of Object.entries(row)) {
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (plain && !OWN_COLUMNS.has(name)) found.set(name, cut(String(value)));
  }
  return found;
}

function parseJsonLines(text: string): LabelTable | null {
  const table: LabelTable = { rows: [], skipped: 0 };
  const cells: Cells[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    try {
      const parsed: unknown = JSON.parse(line);
      const row = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>;
      const entry = { file: cell(row, FILE_COLUMNS), label: cell(row, LABEL_COLUMNS), split: cell(row, SPLIT_COLUMNS) };
      if (entry.file === '' || entry.label === '') table.skipped++;
      else {
        table.rows.push(entry);
        cells.push(otherCells(row));
      }
    } catch {
      table.skipped++;
    }
  }
  return table.rows.length > 0 ? keepColumns(table, cells) : null;
}

/**
 * Reads a label table, or answers null when the text is something else: a CSV without both a file and a label column, or
 * JSON lines of which none has both. Where a table has an index and a name for the label, the name counts.
 */
export function parseLabelTable(text: string, name: string): LabelTable | null {
  const clean = text.replace(/^\ufeff/, '');
  return /\.(jsonl|ndjson)$/i.test(name) ? parseJsonLines(clean) : parseCsv(clean);
}

/** Whether a file might hold labels, by name: only those are opened before the images are. */
export function mayBeLabelTable(path: string): boolean {
  return /\.(csv|tsv|jsonl|ndjson)$/i.test(path);
}
