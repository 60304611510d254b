import { useSlice } from '../../app/context';
import { useStageName } from '../../app/narration';
import { useText } from '../../i18n/use-text';
import { Meter } from '../../ui/meter';
import { Agreement } from './agreement';

/** The path through the graph, what is done and what is to come. */
export function Stages() {
  const { t, duration, count } = useText();
  const stageName = useStageName();
  const { stages, progress, checkpoint, log } = useSlice('run', (state) => state);
  return (
    <>
      <section className="group stack">
        <h2>{t('observe.stagesTitle')}</h2>
        <ol className="stages">
          {stages.map(({ id, status, seconds }) => {
            const at = status === 'running' ? progress[id] : undefined;
            return (
              <li key={id} data-status={status}>
                <p className="spread">
                  <span>{stageName(id)}</span>
                  <span className="faint">
                    {status === 'done' ? duration(seconds) : at ? t('observe.progressOf', { done: count(at.done), total: count(at.total) }) : t(`observe.stageStatus.${status}`)}
                  </span>
                </p>
                {status === 'running' && (
                  <>
                    <Meter label={t('observe.progress', { stage: stageName(id) })} share={at && at.total > 0 ? at.done / at.total : null} />
                    {at?.secondsLeft !== null && at !== undefined && <p className="faint">{t('app.left', { time: duration(Math.ceil(at.secondsLeft)) })}</p>}
                  </>
                )}
              </li>
            );
          })}
        </ol>
        <p className="faint">{checkpoint ? t('observe.checkpoint', { stage: stageName(checkpoint.stage), step: count(checkpoint.step) }) : t('observe.noCheckpoint')}</p>
      </section>
      <Agreement />
      <details className="disclosure group">
        <summary>{t('observe.log')}</summary>
        {log.length === 0 ? <p className="faint">{t('observe.noLog')}</p>
          : <pre className="log mono" tabIndex={0} role="region" aria-label={t('observe.log')}>{log.join('\n')}</pre>}
      </details>
    </>
  );
}
