import { useText } from '../i18n/use-text';

/** Which part of a long list is on screen, with the way to the next; nothing where all of it is. */
export function Pager({ page, size, total, label, onPage }: { page: number; size: number; total: number; label: string; onPage(page: number): void }) {
  const { t, count } = useText();
  const last = Math.max(0, Math.ceil(total / size) - 1);
  if (last === 0) return null;
  return (
    <nav className="pager row" aria-label={label}>
      <button type="button" className="button small" disabled={page === 0} onClick={() => onPage(page - 1)}>{t('compare.pages.previous')}</button>
      <span className="quiet" aria-live="polite">{t('compare.pages.at', { from: count(page * size + 1), to: count(Math.min(total, (page + 1) * size)), total: count(total) })}</span>
      <button type="button" className="button small" disabled={page === last} onClick={() => onPage(page + 1)}>{t('compare.pages.next')}</button>
    </nav>
  );
}
