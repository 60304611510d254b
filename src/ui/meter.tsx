/** A thin progress bar; `share` null means that the end is not known. */
export function Meter({ label, share, text }: { label: string; share: number | null; text?: string }) {
  const percent = share === null ? undefined : Math.round(100 * Math.min(1, Math.max(0, share)));
  return (
    <div
      className={share === null ? 'meter unknown' : 'meter'} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100}
      aria-valuenow={percent} aria-valuetext={text}
    >
      <i style={{ width: `${percent ?? 0}%` }} />
    </div>
  );
}
