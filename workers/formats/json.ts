import { RetortError } from '../failure';

/**
 * A number that readers must type as floating point even when it is whole. Arrow types a JSON Lines column from its first
 * rows, and JavaScript prints 1.0 as `1`, so a column of floats could be read as integers and then refused.
 */
export class JsonFloat {
  constructor(readonly value: number) {}
}

export type Json = null | boolean | number | string | JsonFloat | readonly Json[] | { readonly [key: string]: Json };

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RetortError(
    'not-a-number',
    'A figure of this run is not a finite number, so the export would not be readable elsewhere. Run the scoring again.',
    { value: String(value) },
  );
}

/** `text` with a decimal point in its mantissa: '3' -> '3.0', '1e-7' -> '1.0e-7'. */
function withPoint(text: string): string {
  if (text.includes('.')) return text;
  const exponent = text.indexOf('e');
  return exponent < 0 ? `${text}.0` : `${text.slice(0, exponent)}.0${text.slice(exponent)}`;
}

/** Shortest decimal of a float64 that reads back as itself, always with a decimal point; -0 becomes 0.0. */
export function formatFloat(value: number): string {
  return withPoint(String(finite(value) + 0));
}

/** Shortest decimal (at most 9 digits) that reads back as the same float32, always with a decimal point. */
export function formatFloat32(value: number): string {
  const target = Math.fround(finite(value));
  for (let digits = 1; digits <= 9; digits++) {
    const candidate = Number(target.toPrecision(digits));
    if (Math.fround(candidate) === target) return formatFloat(candidate);
  }
  return formatFloat(target);
}

/** A float32 as a JSON float, without the digits that float64 would add. */
export function float32(value: number): JsonFloat {
  return new JsonFloat(Number(formatFloat32(value)));
}

export function float64(value: number): JsonFloat {
  return new JsonFloat(value);
}

function write(value: Json, sorted: boolean, indent: number, depth: number): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (value instanceof JsonFloat) return formatFloat(value.value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value + 0) : formatFloat(value);

  const items = Array.isArray(value)
    ? value.map((item) => write(item, sorted, indent, depth + 1))
    : members(value as { readonly [key: string]: Json }, sorted, indent, depth);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (items.length === 0) return open + close;
  if (indent === 0) return open + items.join(',') + close;
  const pad = ' '.repeat(indent * (depth + 1));
  return `${open}\n${pad}${items.join(`,\n${pad}`)}\n${' '.repeat(indent * depth)}${close}`;
}

function members(value: { readonly [key: string]: Json }, sorted: boolean, indent: number, depth: number): string[] {
  const keys = Object.keys(value);
  if (sorted) keys.sort();
  const colon = indent === 0 ? ':' : ': ';
  return keys.map((key) => `${JSON.stringify(key)}${colon}${write(value[key], sorted, indent, depth + 1)}`);
}

/** One line, keys in insertion order. Throws `not-a-number` for NaN and infinities. */
export function jsonLine(value: Json): string {
  return write(value, false, 0, 0);
}

/** Keys in insertion order, two spaces a level, a newline at the end. */
export function jsonText(value: Json): string {
  return `${write(value, false, 2, 0)}\n`;
}

/** Keys sorted, two spaces a level, a newline at the end: equal values give equal bytes. */
export function sortedJson(value: Json): string {
  return `${write(value, true, 2, 0)}\n`;
}
