import { useEffect, useMemo, useState } from 'react';
import type { BehindView, RunSummary } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { SelectField } from '../../ui/fields';
import { Pager } from '../../ui/pager';
import { Wipe } from '../../ui/wipe';
import { overlapOf } from './arrange';
import { nameOf } from './words';

/** Images of each set drawn at a time. */
const PAGE = 240;

const rowsOf = (view: BehindView | undefined, className: string): number[] => {
  const group = view?.groups.find(({ classIndex }) => classIndex !== null && view.classNames[classIndex] === className);
  return group ? [...group.rows] : [];
};

function ChosenWipe({ a, b }: { a: RunSummary; b: RunSummary }) {
  const { t, tell, count, share } = useText();
  const studio = useStudio();
  const [setA, setB] = [useSlice('compare', (state) => state.sets[a.id]), useSlice('compare', (state) => state.sets[b.id])];
  const failure = useSlice('compare', (state) => state.setFailure);
  const [wanted, setWanted] = useState<string | null>(null);
  const [page, setPage] = useState(0);
  useEffect(() => {
    void studio.compare.getState().loadSet(a.id);
    void studio.compare.getState().loadSet(b.id);
  }, [studio, a.id, b.id]);
  const together = a.datasetId === b.datasetId;
  const names = useMemo(() => [...new Set([...(setA?.classNames ?? []), ...(setB?.classNames ?? [])])], [setA, setB]);
  const className = wanted !== null && names.includes(wanted) ? wanted : names[0] ?? '';
  const rows = useMemo(() => overlapOf(rowsOf(setA, className), rowsOf(setB, className), together), [setA, setB, className, together]);
  const total = Math.max(rows.a.length, rows.b.length);
  const at = page * PAGE < total ? page : 0;
  const sides = useMemo(() => {
    if (!setA || !setB) return null;
    const side = (run: RunSummary, view: BehindView, all: number[]) => ({
      name: nameOf(run), gallery: studio.galleryOf(view.datasetId, view.size, view.channels), rows: all.slice(at * PAGE, (at + 1) * PAGE), ownFrom: together ? rows.shared - at * PAGE : Infinity,
    });
    return [side(a, setA, rows.a), side(b, setB, rows.b)] as const;
  }, [studio, setA, setB, a, b, rows, at, together]);
  if (failure) return <p className="note bad" role="alert">{tell(failure)}</p>;
  if (!sides || !setA) return <p className="quiet" aria-busy="true">{t('compare.behind.loading')}</p>;
  return (
    <div className="stack">
      <div className="wipe-class">
        <SelectField label={t('compare.wipe.classShown')} value={className} options={names.map((value) => ({ value, label: value }))} onChange={(name) => { setWanted(name); setPage(0); }} />
      </div>
      <div className="stack-s">
        <p>{t('compare.wipe.sentence', {
          a: count(rows.a.length), b: count(rows.b.length), shared: count(rows.shared), ownA: count(rows.a.length - rows.shared), ownB: count(rows.b.length - rows.shared),
        })}</p>
        <p className="quiet">{together ? t('compare.wipe.how') : t('compare.wipe.apart')}</p>
      </div>
      <Wipe a={sides[0]} b={sides[1]} size={setA.size} label={t('compare.wipe.divider')} spoken={(percent) => t('compare.wipe.spoken', { percent: share(percent / 100) })} />
      <Pager page={at} size={PAGE} total={total} label={t('compare.wipe.pages')} onPage={setPage} />
    </div>
  );
}

/** The selections of two runs in the same places, with a divider to draw across them. */
export function WipeSection({ runs }: { runs: readonly RunSummary[] }) {
  const { t } = useText();
  const [ids, setIds] = useState<{ a: string | null; b: string | null }>({ a: null, b: null });
  const started = runs.toSorted((x, y) => x.createdAt - y.createdAt);
  // The last two unless chosen otherwise: what was just changed is what one wants to see.
  const a = started.find(({ id }) => id === ids.a) ?? started[Math.max(0, started.length - 2)];
  const b = started.find(({ id }) => id === ids.b) ?? started[started.length - 1];
  const options = started.map((run) => ({ value: run.id, label: nameOf(run) }));
  return (
    <section className="block stack">
      <h2>{t('compare.wipe.title')}</h2>
      {started.length < 2 ? <p className="quiet">{t('compare.wipe.needTwo')}</p> : (
        <>
          <div className="wipe-runs">
            <SelectField label={t('compare.wipe.a')} value={a.id} options={options} onChange={(id) => setIds({ ...ids, a: id })} />
            <SelectField label={t('compare.wipe.b')} value={b.id} options={options} onChange={(id) => setIds({ ...ids, b: id })} />
          </div>
          <ChosenWipe a={a} b={b} />
        </>
      )}
    </section>
  );
}
