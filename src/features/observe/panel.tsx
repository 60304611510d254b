import { lazy, Suspense } from 'react';
import type { BehindQuery } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { hashOf } from '../../app/shell-store';
import { useText } from '../../i18n/use-text';
import '../condense/condense.css';
import { HistogramFigure } from '../condense/histogram-figure';
import { PickStrips } from '../condense/pick-strips';
import '../intake/intake.css';
import { NoRun } from '../runs/no-run';
import { canResume } from '../runs/store';
import { AuditBlock } from './audit';
import { FdCurve, TrainingCharts } from './charts';
import './observe.css';
import { ResultTable } from './result';
import { StudentsTable } from './students';
import { Samples } from './samples';
import { Stages } from './stages';
import { isActive } from './store';

const Behind = lazy(() => import('../compare/behind'));

function Heading() {
  const { t, tell } = useText();
  const studio = useStudio();
  const { name, status, failure, runId } = useSlice('run', (state) => state);
  const stored = useSlice('library', (state) => state.runs.find(({ id }) => id === runId));
  return (
    <div className="stack-s">
      <div className="spread">
        <h1>{name || t('observe.title')}</h1>
        <div className="row">
          {status && <span className="run-status" data-status={status}>{t(`observe.status.${status}`)}</span>}
          {stored && status && !isActive(status) && canResume({ status }) && (
            <button type="button" className="button primary small" onClick={() => void studio.resumeRun(stored)}>{t('observe.resume')}</button>
          )}
          {status === 'done' && <a className="button primary small" href={hashOf('export')}>{t('observe.result.toExport')}</a>}
        </div>
      </div>
      {failure && <p className="note bad" role="alert"><strong>{t('observe.runFailed')}.</strong> {tell(failure)}</p>}
    </div>
  );
}

/** The run as it happens, and its result when it has happened. */
export default function ObservePanel() {
  const { t, tell } = useText();
  const studio = useStudio();
  const hasRun = useSlice('run', (state) => state.runId !== null || state.starting);
  const result = useSlice('run', (state) => state.result);
  const runId = useSlice('run', (state) => state.runId);
  const explored = useSlice('explore', (state) => state.runId !== null && state.runId === runId && state.view !== null);
  const unexplored = useSlice('explore', (state) => (state.runId === runId ? state.failure : null));
  const opened = useSlice('compare', (state) => state.opened !== null);
  if (!hasRun) return <NoRun />;
  const open = (query: BehindQuery): void => {
    if (runId !== null) void studio.compare.getState().open({ runId, query });
  };
  return (
    <div className="bench observe">
      <div className="picture">
        <Heading />
        {result && <ResultTable result={result} onOpen={open} />}
        {result?.metrics.students && <StudentsTable students={result.metrics.students} onOpen={open} />}
        {result?.metrics.audit && <AuditBlock audit={result.metrics.audit} onOpen={open} />}
        <div className="observe-pair block">
          <Samples />
          <FdCurve />
        </div>
        <TrainingCharts />
        {unexplored && <p className="note bad" role="alert">{tell(unexplored)}</p>}
        {explored && (
          <section className="block stack">
            <HistogramFigure />
            <h2>{t('observe.picks')}</h2>
            <PickStrips />
          </section>
        )}
      </div>
      <aside className="controls" aria-label={t('observe.stagesTitle')}><Stages /></aside>
      <Suspense fallback={null}>{opened && <Behind />}</Suspense>
    </div>
  );
}
