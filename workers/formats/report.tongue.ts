import { reportEn, type ReportWords } from './report.en';
import { reportJa } from './report.ja';

/** Four significant digits, without an exponent in the usual range; the text `missing` for what is no number. */
export function figure(value: number, missing = reportEn.notMeasured): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : missing;
}

/** A share as per cent in three digits: what is measured on a few hundred images carries no fourth. */
function perCent(share: number): string {
  return String(Number((share * 100).toPrecision(3)));
}

/** Thousands apart, by our own hand: the browser's tables of locales differ between versions, and the report's bytes must not. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A language of the written pages: its words, and how it writes numbers. Pure, the same on every machine. */
export interface Tongue {
  code: 'en' | 'ja';
  words: ReportWords;
  /** A measured value. */
  figure(value: number): string;
  /** A whole number. */
  count(value: number): string;
  /** A share in [0, 1]. */
  percent(share: number): string;
  /** A difference of shares in percentage points with its sign, one decimal, without unit. */
  points(share: number): string;
  bytes(bytes: number): string;
  seconds(seconds: number): string;
  /** Sentences one after the other. */
  join(...sentences: string[]): string;
  list(items: readonly string[]): string;
}

const UNITS = ['kB', 'MB', 'GB', 'TB'];

function bytesText(bytes: number, word: string): string {
  if (bytes < 1000) return `${figure(bytes)} ${word}`;
  const power = Math.min(UNITS.length, Math.floor(Math.log10(bytes) / 3));
  return `${figure(bytes / 1000 ** power)} ${UNITS[power - 1]}`;
}

function secondsText(seconds: number, [milli, second, minute, hour]: readonly string[]): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(2))}${milli}`;
  if (seconds < 90) return `${Number(seconds.toPrecision(2))}${second}`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes}${minute}` : `${Math.floor(minutes / 60)}${hour} ${minutes % 60}${minute}`;
}

function signed(share: number): string {
  const text = (100 * share).toFixed(1);
  return text === '-0.0' || text === '0.0' ? '0.0' : share > 0 ? `+${text}` : `−${text.slice(1)}`;
}

export const EN: Tongue = {
  code: 'en',
  words: reportEn,
  figure: (value) => figure(value),
  count: grouped,
  percent: (share) => (Number.isFinite(share) ? `${perCent(share)} %` : reportEn.notMeasured),
  points: (share) => (Number.isFinite(share) ? signed(share) : '–'),
  bytes: (bytes) => bytesText(bytes, 'bytes'),
  seconds: (seconds) => secondsText(seconds, [' ms', ' s', ' min', ' h']),
  join: (...sentences) => sentences.filter((each) => each !== '').join(' '),
  list: (items) => items.join(', '),
};

export const JA: Tongue = {
  code: 'ja',
  words: reportJa,
  figure: (value) => figure(value, reportJa.notMeasured),
  count: grouped,
  percent: (share) => (Number.isFinite(share) ? `${perCent(share)}%` : reportJa.notMeasured),
  points: (share) => (Number.isFinite(share) ? signed(share) : '–'),
  bytes: (bytes) => bytesText(bytes, 'バイト'),
  seconds: (seconds) => secondsText(seconds, [' ミリ秒', ' 秒', ' 分', ' 時間']),
  join: (...sentences) => sentences.join(''),
  list: (items) => items.join('、'),
};

export const TONGUES: readonly Tongue[] = [EN, JA];
