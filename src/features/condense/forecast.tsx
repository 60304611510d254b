import type { DataSetSummary } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useStageName } from '../../app/narration';
import { useText } from '../../i18n/use-text';
import { TextField } from '../../ui/fields';
import { isActive } from '../observe/store';

/** What the run will cost, before it starts, and the start. */
export function ForecastGroup({ dataset }: { dataset: DataSetSummary }) {
  const { t, tell, duration, bytes, count } = useText();
  const stageName = useStageName();
  const studio = useStudio();
  const { forecast, failure, forecasting, name } = useSlice('condense', (state) => state);
  const perClass = useSlice('condense', (state) => state.selection.imagesPerClass);
  const active = useSlice('run', (state) => isActive(state.status));
  const starting = useSlice('run', (state) => state.starting);
  const startFailure = useSlice('run', (state) => (state.runId === null ? state.failure : null));
  const engineReady = useSlice('engine', (state) => state.verdict !== null && !state.opening);
  const engineFailure = useSlice('engine', (state) => state.failure);
  const fallback = t('condense.effort.defaultName', { name: dataset.name, perClass: count(perClass) });
  const slowest = Math.max(...(forecast?.stages.map(({ seconds }) => seconds) ?? []), 1e-9);
  return (
    <section className="commit stack" aria-labelledby="forecast">
      <h2 id="forecast">{t('condense.forecast.title')}</h2>
      <div aria-live="polite" aria-busy={forecasting} className="stack">
        {engineFailure && <p className="note bad">{tell(engineFailure)}</p>}
        {!forecast && !failure && !engineFailure && <p className="quiet">{t('condense.forecast.waiting')}</p>}
        {forecast && (
          <dl className="facts">
            <div><dt>{t('condense.forecast.time')}</dt><dd>{duration(forecast.seconds)}</dd></div>
            <div><dt>{t('condense.forecast.memory')}</dt><dd>{bytes(forecast.bytes)}</dd></div>
          </dl>
        )}
        {forecast?.refusal && <p className="note bad">{tell(forecast.refusal)}</p>}
        {failure && <p className="note bad">{tell(failure)}</p>}
        {startFailure && <p className="note bad">{tell(startFailure)}</p>}
      </div>
      {forecast && forecast.stages.length > 0 && (
        <details className="disclosure">
          <summary>{t('condense.forecast.detail')}</summary>
          <table className="table">
            <thead><tr><th scope="col">{t('condense.forecast.stage')}</th><td /><th scope="col" className="number">{t('condense.forecast.time')}</th></tr></thead>
            <tbody>
              {forecast.stages.map(({ id, seconds, cached }) => (
                <tr key={id}>
                  <th scope="row">{stageName(id)}</th>
                  <td className="forecast-bar"><div className="bar" aria-hidden="true"><i style={{ width: cached ? 0 : `${(100 * seconds) / slowest}%` }} /></div></td>
                  <td className="number">{cached ? t('condense.forecast.cached') : duration(seconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
      <TextField label={t('condense.effort.name')} value={name} placeholder={fallback} onChange={(value) => studio.condense.getState().setEffort({ name: value })} />
      <button
        type="button" className="button primary large" disabled={active || starting || !engineReady || (forecast?.refusal ?? null) !== null || failure !== null}
        onClick={() => void studio.start(name.trim() || fallback)}
      >
        {t(starting ? 'condense.starting' : 'condense.start')}
      </button>
      {active && <p className="faint">{t('condense.alreadyRunning')}</p>}
    </section>
  );
}
