import type { ReactNode } from 'react';

/** A wide table that scrolls by itself; focusable, so that the keyboard reaches what is out of view. */
export function ScrollRegion({ label, className = '', children }: { label: string; className?: string; children: ReactNode }) {
  return <div className={`scroll ${className}`} tabIndex={0} role="region" aria-label={label}>{children}</div>;
}
