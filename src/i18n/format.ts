/** Numbers as people read them, in the language of the page. Pure, so that the tables and the spoken text agree. */

const cache = new Map<string, Intl.NumberFormat>();

function formatter(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options);
  let found = cache.get(key);
  if (!found) {
    found = new Intl.NumberFormat(language, options);
    cache.set(key, found);
  }
  return found;
}

const missing = '–';

/** Whole numbers with separators. */
export function formatCount(value: number, language: string): string {
  return Number.isFinite(value) ? formatter(language, { maximumFractionDigits: 0 }).format(value) : missing;
}

/** Measured values: three significant digits, whole from a thousand on, or a power of ten where that would hide them. */
export function formatMeasure(value: number | null | undefined, language: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return missing;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    return formatter(language, { notation: 'scientific', maximumSignificantDigits: 3 }).format(value);
  }
  if (size >= 1000) return formatCount(value, language);
  return formatter(language, { minimumSignificantDigits: size === 0 ? 1 : 3, maximumSignificantDigits: 3 }).format(value);
}

/** Numbers along an axis: as short as they can be, in digits for as long as that is readable. */
export function formatTick(value: number, language: string): string {
  const size = Math.abs(value);
  return formatter(language, { maximumSignificantDigits: 4, notation: size !== 0 && size < 1e-5 ? 'scientific' : 'standard' }).format(value);
}

/** A share in [0, 1] as per cent. */
export function formatShare(value: number, language: string): string {
  return Number.isFinite(value) ? formatter(language, { style: 'percent', maximumFractionDigits: value < 0.1 ? 1 : 0 }).format(value) : missing;
}

/** A share, or with `signed` a difference of two, in percentage points with one decimal, without a unit. */
export function formatPoints(value: number, language: string, signed = false): string {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: signed ? 'exceptZero' : 'auto' } as const;
  return Number.isFinite(value) ? formatter(language, digits).format(100 * value) : missing;
}

/** Bytes in decimal units, as file managers and the export card state them. */
export function formatBytes(bytes: number, language: string): string {
  if (!Number.isFinite(bytes)) return missing;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${formatter(language, { maximumFractionDigits: power > 0 && value < 100 ? 1 : 0 }).format(value)}\u00a0${units[power]}`;
}

/** Seconds as a short span: 45 s, 3 min, 1 h 20 min. */
export function formatDuration(seconds: number, language: string): string {
  if (!Number.isFinite(seconds)) return missing;
  const unit = (value: number, name: string) =>
    formatter(language, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 0 }).format(value);
  if (seconds < 1) return unit(Math.max(0, seconds * 1000), 'millisecond');
  if (seconds < 90) return unit(Math.round(seconds), 'second');
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit(minutes, 'minute');
  const rest = minutes % 60;
  return rest === 0 ? unit(minutes / 60, 'hour') : `${unit(Math.floor(minutes / 60), 'hour')} ${unit(rest, 'minute')}`;
}

/** Date and time of a stored thing. */
export function formatMoment(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}
