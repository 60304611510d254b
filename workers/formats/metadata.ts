import { float32, float64, jsonLine } from './json';

/** One image of an export as `train/metadata.jsonl` tells it. */
export interface MetadataRow {
  /** Relative to the metadata file's own folder. */
  fileName: string;
  label: number;
  labelName: string;
  origin: 'selected' | 'synthetic';
  /** Relative path of the source file; empty when names are hidden. */
  sourcePath: string;
  /** SHA-256 of the source file, hex. */
  sourceSha256: string;
  /** Diffusion difficulty score, mean squared error of the predicted noise; float32. */
  difficulty: number;
  weight: number;
  /** Probabilities over the classes in label order; float32, sums to 1. */
  softLabel: ArrayLike<number>;
}

/**
 * A line of metadata.jsonl with its newline. Every row has the same keys in the same order and every float a decimal point,
 * so that Arrow types the columns alike in every block.
 * @throws RetortError `not-a-number` for a difficulty or weight that is not finite.
 */
export function metadataLine(row: MetadataRow): string {
  return `${jsonLine({
    file_name: row.fileName,
    label: row.label,
    label_name: row.labelName,
    origin: row.origin,
    source_path: row.sourcePath,
    source_sha256: row.sourceSha256,
    difficulty: float32(row.difficulty),
    weight: float64(row.weight),
    soft_label: Array.from(row.softLabel, float32),
  })}\n`;
}

/** The columns of metadata.jsonl with their Hugging Face types, beside `image`, which stands for `file_name`. */
export const METADATA_COLUMNS: readonly { name: string; dtype: string; list?: boolean }[] = [
  { name: 'label_name', dtype: 'string' },
  { name: 'origin', dtype: 'string' },
  { name: 'source_path', dtype: 'string' },
  { name: 'source_sha256', dtype: 'string' },
  { name: 'difficulty', dtype: 'float64' },
  { name: 'weight', dtype: 'float64' },
  { name: 'soft_label', dtype: 'float64', list: true },
];

/**
 * A source path that tells nothing about the machine: relative, '/' between parts, no '.' or '..'. Of an absolute path only
 * the file's own name is kept.
 */
export function safeSourcePath(path: string): string {
  const absolute = /^([/\\]|[A-Za-z]:|[a-z][a-z0-9+.-]*:\/\/)/i.test(path);
  const parts = path.split(/[/\\]+/).map((part) => part.replace(/^([A-Za-z]:)+/, '')).filter((part) => part !== '' && part !== '.' && part !== '..');
  return absolute ? (parts.at(-1) ?? '') : parts.join('/');
}
