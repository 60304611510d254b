import type { RunSummary, Strategy } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { ConfirmButton } from '../../ui/confirm-button';
import { strategies } from '../condense/store';
import { isActive } from '../observe/store';
import { canResume } from './store';

/** One stored run: what it was, how it stands, and what can be done with it. */
export function RunLine({ run, onDone }: { run: RunSummary; onDone?(): void }) {
  const { t, moment, measure, count } = useText();
  const studio = useStudio();
  const current = useSlice('run', (state) => state.runId === run.id);
  const busy = useSlice('run', (state) => isActive(state.status) && state.runId !== run.id);
  const live = useSlice('run', (state) => (state.runId === run.id ? state.status : null));
  const select = run.recipe.options.select ?? {};
  const strategy = strategies.find((known: Strategy) => known === select.strategy);
  const status = live ?? run.status;
  return (
    <div className="line">
      <div className="clip">
        <strong>{run.name || run.datasetName}</strong>
        <p className="faint clip">
          {t(`observe.status.${status}`)}
          {current && <> · {t('runs.current')}</>}
          {' · '}{moment(run.updatedAt)}
        </p>
        {strategy && (
          <p className="faint clip">
            {t('runs.meta', {
              perClass: count(Number(select.imagesPerClass)), strategy: t(`condense.strategy.names.${strategy}`),
              preset: t(`condense.effort.presets.${run.recipe.preset}`), seed: run.recipe.seed,
            })}
          </p>
        )}
        {run.result && (
          <p className="faint clip">{t('runs.metrics', { method: measure(run.result.metrics.fdDomain.method), random: measure(run.result.metrics.fdDomain.random) })}</p>
        )}
      </div>
      <div className="row">
        {canResume({ status }) && (
          <button
            type="button" className="button small primary" disabled={busy} title={busy ? t('condense.alreadyRunning') : undefined} aria-label={t('arrive.resumeNamed', { name: run.name })}
            onClick={() => { onDone?.(); void studio.resumeRun(run); }}
          >
            {t('arrive.resume')}
          </button>
        )}
        <button
          type="button" className="button small" disabled={busy} title={busy ? t('condense.alreadyRunning') : undefined} aria-label={t('arrive.openNamed', { name: run.name })}
          onClick={() => { onDone?.(); studio.openRun(run); }}
        >
          {t('arrive.open')}
        </button>
        <ConfirmButton name={run.name} onConfirm={() => void studio.removeRun(run.id)} />
      </div>
    </div>
  );
}
