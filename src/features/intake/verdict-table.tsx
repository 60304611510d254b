import { useEffect, useState } from 'react';
import type { Failure, Verdict, VerdictStatus } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { Segments } from '../../ui/fields';
import { ScrollRegion } from '../../ui/scroll-region';

const PAGE = 50;
const filters = ['all', 'accepted', 'near-duplicate', 'duplicate', 'refused'] as const;
type Filter = (typeof filters)[number];

function Rows({ items }: { items: readonly Verdict[] }) {
  const { t, tell } = useText();
  return (
    <table className="table verdicts">
      <thead><tr><th scope="col">{t('intake.file')}</th><th scope="col">{t('intake.verdict')}</th><th scope="col">{t('intake.why')}</th></tr></thead>
      <tbody>
        {items.map((item) => (
          <tr key={`${item.path} ${item.status}`}>
            <th scope="row" className="mono">{item.path}</th>
            <td><span className="status" data-status={item.status}>{t(`intake.statusOne.${item.status}`)}</span></td>
            <td className="quiet">{item.code === '' ? '' : tell(item)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Stored({ id }: { id: string }) {
  const { t, tell, count } = useText();
  const { client } = useStudio();
  const troubled = useSlice('intake', ({ dataset }) => dataset !== null && dataset.refused > 0);
  const [filter, setFilter] = useState<Filter>(troubled ? 'refused' : 'all');
  const [from, setFrom] = useState(0);
  const [page, setPage] = useState<{ total: number; items: Verdict[] } | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);

  useEffect(() => {
    let current = true;
    const status: VerdictStatus | undefined = filter === 'all' ? undefined : filter;
    client.intake.verdicts(id, from, PAGE, status).then(
      (answer) => current && (setPage(answer), setFailure(null)),
      (refused: Failure) => current && setFailure(refused),
    );
    return () => {
      current = false;
    };
  }, [client, id, filter, from]);

  const total = page?.total ?? 0;
  return (
    <>
      <Segments
        label={t('intake.verdictsFilter')} value={filter} options={filters.map((value) => ({ value, label: t(`intake.status.${value}`) }))}
        onChange={(value) => { setFilter(value); setFrom(0); }}
      />
      {failure && <p className="note bad">{tell(failure)}</p>}
      {page !== null && total === 0 && <p className="quiet">{t('intake.noVerdicts')}</p>}
      {page !== null && total > 0 && (
        <>
          <ScrollRegion label={t('intake.verdicts')}><Rows items={page.items} /></ScrollRegion>
          <nav className="row" aria-label={t('intake.verdicts')}>
            <button type="button" className="button small" disabled={from === 0} onClick={() => setFrom(Math.max(0, from - PAGE))}>{t('intake.previous')}</button>
            <button type="button" className="button small" disabled={from + PAGE >= total} onClick={() => setFrom(from + PAGE)}>{t('intake.next')}</button>
            <span className="faint" role="status">{t('intake.range', { from: count(from + 1), to: count(Math.min(total, from + PAGE)), total: count(total) })}</span>
          </nav>
        </>
      )}
    </>
  );
}

/** What became of each file and why: live while reading, then filtered and paged from the store. */
export function VerdictTable() {
  const { t } = useText();
  const dataset = useSlice('intake', (state) => state.dataset);
  const recent = useSlice('intake', (state) => state.recent);
  if (!dataset && recent.length === 0) return null;
  return (
    <section className="block stack">
      <h2>{t('intake.verdicts')}</h2>
      {dataset ? <Stored key={dataset.id} id={dataset.id} /> : (
        <>
          <p className="quiet">{t('intake.verdictsSoFar')}</p>
          <ScrollRegion label={t('intake.verdicts')}><Rows items={recent.slice(0, PAGE)} /></ScrollRegion>
        </>
      )}
    </section>
  );
}
