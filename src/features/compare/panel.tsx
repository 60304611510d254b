import { useMemo } from 'react';
import { useSlice, useStudio } from '../../app/context';
import { hashOf } from '../../app/shell-store';
import { useText } from '../../i18n/use-text';
import { Check } from '../../ui/fields';
import '../condense/condense.css';
import Behind from './behind';
import './compare.css';
import { RunCurves } from './curves';
import { shownRuns } from './store';
import { RunsTable } from './table';
import { WipeSection } from './wipe-section';
import { nameOf } from './words';

/** Finished runs side by side: numbers, curves and sets. */
export default function ComparePanel() {
  const { t, count } = useText();
  const studio = useStudio();
  const all = useSlice('library', (state) => state.runs);
  const ofRun = useSlice('run', (state) => state.datasetId);
  const ofData = useSlice('intake', (state) => state.dataset?.id ?? null);
  const chosen = useSlice('compare', (state) => state.chosen);
  const finished = useMemo(() => all.filter(({ result }) => result !== null), [all]);
  const wanted = ofData ?? ofRun;
  // A data set without a finished run has nothing to show: then all runs stand here.
  const dataset = finished.some(({ datasetId }) => datasetId === wanted) ? wanted : null;
  const runs = useMemo(() => shownRuns(finished, dataset, chosen), [finished, dataset, chosen]);
  const shown = new Set(runs.map(({ id }) => id));
  if (finished.length === 0) {
    return (
      <div className="empty">
        <h1>{t('compare.none.title')}</h1>
        <p>{t('compare.none.text')}</p>
        <a className="button primary" href={hashOf('condense')}>{t('app.noRun.action')}</a>
      </div>
    );
  }
  return (
    <div className="compare">
      <div className="stack-s">
        <h1>{t('compare.title')}</h1>
        <p className="quiet">{t('compare.lead')}</p>
      </div>
      <details className="disclosure">
        <summary>{t('compare.choose.title')} <span className="faint">{t('compare.choose.count', { shown: count(runs.length), total: count(finished.length) })}</span></summary>
        <div className="choose-runs">
          {finished.map((run) => (
            <Check
              key={run.id} label={t('compare.choose.other', { run: nameOf(run), dataset: run.datasetName })} checked={shown.has(run.id)}
              onChange={(checked) => studio.compare.getState().choose(run.id, checked)}
            />
          ))}
        </div>
      </details>
      {runs.length === 0 ? <p className="quiet">{t('compare.hidden')}</p> : (
        <>
          <RunsTable runs={runs} all={all} />
          <RunCurves runs={runs} />
          <WipeSection runs={runs} />
        </>
      )}
      <Behind />
    </div>
  );
}
