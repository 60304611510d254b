/** How a limit is written and typed: ratios as they are, shares and points as per cent. */
export type LimitKind = 'ratio' | 'share' | 'points';

const scale = (kind: LimitKind): number => (kind === 'ratio' ? 1 : 100);

/** At most four significant digits, so that 0.07 x 100 does not show its binary fraction. */
export function limitText(value: number, kind: LimitKind): string {
  return String(Number((value * scale(kind)).toPrecision(4)));
}

/** What was typed as a limit: null takes it away, undefined leaves things as they were because it is no number in range. */
export function parseLimit(text: string, kind: LimitKind): number | null | undefined {
  if (text.trim() === '') return null;
  const typed = Number(text);
  if (!Number.isFinite(typed) || typed < 0 || typed > (kind === 'ratio' ? 1000 : 100)) return undefined;
  return kind === 'ratio' ? typed : Number((typed / 100).toPrecision(12));
}
