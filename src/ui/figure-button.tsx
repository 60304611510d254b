import type { ReactNode } from 'react';

/** A number that opens the images behind it; plain text where there are none. The visible number is part of the spoken name. */
export function FigureButton({ label, strong = false, onOpen, children }: { label: string; strong?: boolean; onOpen: (() => void) | null; children: ReactNode }) {
  const look = strong ? 'figure strong' : 'figure';
  if (onOpen === null) return <span className={look}>{children}</span>;
  return <button type="button" className={look} aria-label={label} aria-haspopup="dialog" onClick={onOpen}>{children}</button>;
}
