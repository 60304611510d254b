export type Field = string | number | null;

/** Spreadsheets take text that begins like this for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const QUOTED = /[",\r\n]/;
/** Tells Excel that the file is UTF-8; without it, it reads the system's own encoding. */
const BOM = '\uFEFF';

function fieldOf(field: Field): string {
  if (field === null) return '';
  if (typeof field === 'number') return Number.isFinite(field) ? String(field) : '';
  // An apostrophe keeps a name such as =1+1 a name; numbers stay numbers, with their sign.
  const text = FORMULA.test(field) ? `'${field}` : field;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as RFC 4180, in UTF-8 with a byte order mark; numbers with a point and all their digits, nothing for what is missing. */
export function csvOf(rows: readonly (readonly Field[])[]): string {
  return BOM + rows.map((row) => `${row.map(fieldOf).join(',')}\r\n`).join('');
}

/** A file name from what a person called something: letters and digits of every script stay. */
export function csvName(name: string): string {
  const kept = name.normalize('NFKC').replace(/[^\p{L}\p{N}\p{M}_]+/gu, '-').replace(/^[-_]+|[-_]+$/gu, '').slice(0, 48);
  return `${kept || 'retort'}-runs.csv`;
}
