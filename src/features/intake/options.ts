import type { IntakeOptions } from '../../../workers/protocol';
import { INTAKE_DEFAULTS } from '../../client/options';

export const workingSizes = { least: 16, most: 128, multiple: 4 } as const;

/** The nearest size the store accepts. */
export function snapSize(size: number): number {
  const { least, most, multiple } = workingSizes;
  if (!Number.isFinite(size)) return INTAKE_DEFAULTS.size;
  return Math.min(most, Math.max(least, Math.round(size / multiple) * multiple));
}

export function sameOptions(a: IntakeOptions, b: IntakeOptions): boolean {
  return (Object.keys(a) as (keyof IntakeOptions)[]).every((key) => a[key] === b[key]);
}
